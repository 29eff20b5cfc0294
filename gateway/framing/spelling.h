/*
 * spelling: how framings put the JSON text of events and answers together.
 */
#ifndef BELFRY_GATEWAY_FRAMING_SPELLING_H
#define BELFRY_GATEWAY_FRAMING_SPELLING_H

#include "common/buf.h"
#include "gateway/framing/framing.h"

/* What is said as an array: [arguments…], or ["name",arguments…] where `name` is not NULL. */
void spelling_add_array(struct buf *out, const char *name, const struct arguments *arguments);
/* What is said as one value: the single one, or the first of several, or null. */
void spelling_add_value(struct buf *out, const struct arguments *arguments);

#endif
