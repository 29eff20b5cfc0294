/*
 * spelling: the JSON text of events and answers, for the framings.
 */
#ifndef BELFRY_GATEWAY_FRAMING_SPELLING_H
#define BELFRY_GATEWAY_FRAMING_SPELLING_H

#include "common/buf.h"
#include "gateway/framing/framing.h"

/* Adds the arguments as an array: [arguments…], or ["name",arguments…] unless `name` is NULL. */
void spelling_add_array(struct buf *out, const char *name, const struct arguments *arguments);
/* Adds the arguments as one value: the only one, or the first of several, or null. */
void spelling_add_value(struct buf *out, const struct arguments *arguments);

#endif
