/*
 * body: the objects that the body of a request holds, as JSON or as JSON Lines.
 */
#ifndef BELFRY_PUBLISH_BODY_H
#define BELFRY_PUBLISH_BODY_H

#include <jansson.h>
#include <stddef.h>

#include "publish-fcgi/reply.h"

#define BODY_OBJECTS_MAX 1000
/* The most values and keys in a body: each costs an allocation. */
#define BODY_VALUES_MAX 131072

/* Of the Content-Type. */
enum body_form { BODY_JSON, BODY_LINES, BODY_OTHER };

enum body_form body_form_of(const char *content_type);

/* What is in the body, as an array: the elements of a JSON array, or one value of any other type,
 * or that of each line that is not blank. A new reference; or NULL, and the reply is the refusal.
 */
json_t *body_read(enum body_form form, const char *text, size_t len, struct publish_reply *reply);

#endif
