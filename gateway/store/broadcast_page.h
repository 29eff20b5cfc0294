/*
 * broadcast_page: broadcasts that somebody who comes, or comes back, is owed
 * beside the news.
 */
#ifndef BELFRY_GATEWAY_STORE_BROADCAST_PAGE_H
#define BELFRY_GATEWAY_STORE_BROADCAST_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/broadcast_tail.h"
#include "gateway/store/page.h"
#include "gateway/store/store_broadcasts.h"
#include "gateway/store/turn.h"

struct broadcast_page {
    struct page page;
    int64_t upto;  /* all up to this id are dealt with */
    bool complete; /* nothing is left beyond it */
};

void broadcast_page_release(struct broadcast_page *page);

/* Those of the topic that stand until their end, with an id above `after`, for somebody who comes.
 * `heard`: the highest id that had been news when the loop asked; later ones come to this
 * subscriber as news, too. 0, or -1. */
int broadcast_page_standing(const struct broadcast_tail *tail, const struct turn *turn,
    const char *topic, int64_t after, int64_t heard, struct broadcast_page *page);
/* Those that were sent to the topic, with an id above `after`, for somebody who was too slow for
 * the news. 0, or -1. */
int broadcast_page_missed(const struct broadcast_tail *tail, const struct turn *turn,
    const char *topic, int64_t after, struct broadcast_page *page);

/* Hands it to whoever asked. */
void broadcast_page_answer(const struct broadcast_page *page, enum store_verdict verdict,
    void (*done)(void *context, const struct store_broadcasts *answer), void *context);

#endif
