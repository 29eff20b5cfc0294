/*
 * event_post: the messages of one POST to an event stream, and the
 * acknowledgements that its answer is made of.
 */
#ifndef BELFRY_GATEWAY_FRAMING_EVENT_POST_H
#define BELFRY_GATEWAY_FRAMING_EVENT_POST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

struct exchange;

struct event_post {
    struct event_post *next;
    struct exchange *exchange; /* NULL: nobody waits for an answer */
    json_t *messages;          /* an array; NULL until the body has come */
    size_t at;                 /* of the next message to be processed */
    size_t owed;               /* acknowledgements that have not come */
    struct event_post_answer {
        int64_t id; /* below 0: none is wanted */
        char *text; /* the acknowledgement, or NULL */
    } * answers;    /* one for each message */
};

struct event_post *event_post_new(struct exchange *exchange);
void event_post_free(struct event_post *post);

/* Reads a body: one object or an array of at most `max` objects. False: it is neither. */
bool event_post_read(struct event_post *post, const void *body, size_t len, size_t max);
/* Takes an array of messages over. */
void event_post_set(struct event_post *post, json_t *messages);

/* The next message as text, to be freed by the caller; NULL: there is none. */
char *event_post_take(struct event_post *post);
/* Whether all messages were processed and every acknowledgement has come. */
bool event_post_is_done(const struct event_post *post);

/* If the text is an acknowledgement of the plain framing ({"ack":N,…) that this post waits for,
 * keeps it and returns true. */
bool event_post_acknowledge(struct event_post *post, const char *text, size_t len);
/* The array of the acknowledgements that have come, in the order of their messages. */
void event_post_write(const struct event_post *post, struct buf *out);
/* Answers the request with that array, if somebody waits for an answer. */
void event_post_reply(const struct event_post *post);

#endif
