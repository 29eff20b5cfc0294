/*
 * broadcast_page: broadcasts for a client that subscribes now, or that missed
 * news.
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
    int64_t upto;  /* all up to this id were examined */
    int64_t heard; /* of the standing ones: as in store_broadcasts */
    bool complete; /* nothing is left beyond it */
};

void broadcast_page_release(struct broadcast_page *page);

/* What a new subscriber asks for: the topic's unexpired broadcasts with an end and an id above
 * `after`. `heard`: the highest id that had reached the loop as news when it asked, or
 * STORE_HEARD_ALL; later ones reach the subscriber as news too. */
struct standing_range {
    const char *topic;
    int64_t after, heard;
    size_t limit;
};
/* 0, or -1. */
int broadcast_page_standing(const struct broadcast_tail *tail, const struct turn *turn,
    const struct standing_range *range, struct broadcast_page *page);
/* Of which topics, one behind the other with their NULs, that page would be empty for any range:
 * sets upto[i] to its `upto`, or to STORE_SOME_STAND where it might not be. 0, or -1. */
int broadcast_page_none_stand(const struct broadcast_tail *tail, const struct turn *turn,
    const char *topics, size_t count, const int64_t *heard, int64_t *upto);
/* Reads those already sent to the topic, with an id above `after`, for a subscriber that was too
 * slow for the news. 0, or -1. */
int broadcast_page_missed(const struct broadcast_tail *tail, const struct turn *turn,
    const char *topic, int64_t after, struct broadcast_page *page);

/* Passes the page to `done`. */
void broadcast_page_answer(const struct broadcast_page *page, enum store_verdict verdict,
    void (*done)(void *context, const struct store_broadcasts *answer), void *context);

#endif
