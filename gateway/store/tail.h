/*
 * tail: notifications that were committed since the last look.
 *
 * Ids become visible in order (engine.h), so new rows have higher ids than the
 * last one seen. Only rows of connected users become news; the others wait in
 * the database until their user connects. A row that is delivered or read
 * already is told as one that has changed (row_news.h).
 */
#ifndef BELFRY_GATEWAY_STORE_TAIL_H
#define BELFRY_GATEWAY_STORE_TAIL_H

#include <stddef.h>

#include "gateway/store/inbox.h"
#include "gateway/store/news.h"
#include "gateway/store/turn.h"

/* Adds one batch: at most TAIL_ROWS rows, and little more than TAIL_BYTES. Clears inbox->has_tail
 * when it has reached the end. 0, or -1; whatever was added stays and counts as told. */
#define TAIL_ROWS 256
#define TAIL_BYTES ((size_t)256 << 10)
int tail_read(struct inbox *inbox, struct turn *turn, struct news *news);

#endif
