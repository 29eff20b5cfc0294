/*
 * inbox: what the thread knows of notifications: whose are wanted, how far they were told, and what
 * the database does not say yet.
 */
#ifndef BELFRY_GATEWAY_STORE_INBOX_H
#define BELFRY_GATEWAY_STORE_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/reason.h"
#include "gateway/store/failures.h"
#include "gateway/store/marks.h"
#include "gateway/store/page.h"
#include "gateway/store/schedule.h"
#include "gateway/store/set_back.h"
#include "gateway/store/turn.h"
#include "gateway/store/watch.h"

/* How far the changes that others made were read (changes.h). */
struct change_cursor {
    int64_t seen;       /* the highest that was */
    bool has_new;       /* there may be some behind it */
    bool has_old;       /* the database holds some that were read */
    bool writes_itself; /* those that are being read are of our own transaction */
};

struct inbox {
    /* The highest notification that was told of, or was there at the start. What is answered or
     * told before a row was seen never speaks of it: every read is bounded by this. */
    int64_t last_seen;
    bool has_tail;     /* there may be rows behind last_seen */
    bool was_full;     /* marks reached their bound: the loop waits to hear of room */
    int64_t hinted_at; /* steady ms: when the log last wondered at a user's id */
    struct watch watch;
    struct marks marks;
    struct set_back set_back;
    struct failures failures;
    struct schedule schedule;
    struct change_cursor changes;
};

void inbox_init(struct inbox *inbox);
void inbox_release(struct inbox *inbox);
/* NULL where no connection of that user is attached. */
struct watched *inbox_find(const struct inbox *inbox, const char *user);
/* Whether rows of that user were made pending again, or became due, and not all of their
 * connections were told yet. Until then nobody is shown these rows: or one would take what another
 * confirms at once for confirmed before that. */
bool inbox_is_due_untold(const struct inbox *inbox, const char *user);
/* Adds that row to the page, whose text holds the user at `user`; `listed`: with status and readAt.
 * 1; 0 where it is gone, or cannot be sent, which is noted; -1. */
int inbox_show(struct inbox *inbox, struct turn *turn, int64_t id, bool listed, size_t user,
    struct page *page);
/* A bad row: logged, and to be set `failed`. */
void inbox_fail_row(
    struct inbox *inbox, const struct turn *turn, int64_t id, const struct reason *why);

#endif
