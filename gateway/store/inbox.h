/*
 * inbox: what the thread knows about notifications: which users have a
 * connection here, up to which row the loop was told, and what was done but is
 * not written to the database yet.
 */
#ifndef BELFRY_GATEWAY_STORE_INBOX_H
#define BELFRY_GATEWAY_STORE_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/reason.h"
#include "gateway/store/changed_rows.h"
#include "gateway/store/failures.h"
#include "gateway/store/marks.h"
#include "gateway/store/page.h"
#include "gateway/store/schedule.h"
#include "gateway/store/set_back.h"
#include "gateway/store/traffic.h"
#include "gateway/store/turn.h"
#include "gateway/store/watch.h"

/* How far `changes` was read (changes.h). */
struct change_cursor {
    int64_t seen; /* the highest id that was read */
    bool has_new; /* there may be later ones */
    size_t old;   /* how many were read and are not deleted yet, or more */
    /* In the open transaction: like `seen`, with its own ones, how many these are, and how many it
     * deletes. */
    int64_t own;
    size_t own_count, cleared;
};

struct inbox {
    /* The last notification that was told to the loop, or was there at the start. Every read stops
     * at it, so that no answer holds a row that is yet to come as news. */
    int64_t last_seen;
    bool has_tail;     /* there may be rows after last_seen */
    bool was_full;     /* marks came near their bound: tell the loop when there is room */
    int64_t hinted_at; /* steady ms: when the log last gave a hint about a user's id */
    struct watch watch;
    struct traffic traffic;
    struct marks marks;
    struct set_back set_back;
    struct failures failures;
    struct schedule schedule;
    struct change_cursor changes;
    struct changed_rows changed_rows;
};

void inbox_init(struct inbox *inbox);
void inbox_release(struct inbox *inbox);
/* NULL if no connection of that user is attached. */
struct watched *inbox_find(const struct inbox *inbox, const char *user);
/* Whether rows of that user were made pending again, or became due, and the user's connections do
 * not know it yet. Until they do, nobody is shown these rows: if one connection confirmed such a
 * row at once, another, which does not know of it yet, would take that for an earlier
 * confirmation. */
bool inbox_is_due_untold(const struct inbox *inbox, const char *user);
/* Adds that row to the page, whose text holds the user at the offset `user`; `listed`: as lists
 * show it (spell.h). 1; 0 if it is gone, or cannot be sent and was noted (failures.h); or -1. */
int inbox_show(struct inbox *inbox, struct turn *turn, int64_t id, bool listed, size_t user,
    struct page *page);
/* Logs once that a row cannot be sent, and notes it, to be set `failed`. */
void inbox_fail_row(
    struct inbox *inbox, const struct turn *turn, int64_t id, const struct reason *why);

#endif
