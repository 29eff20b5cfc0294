/*
 * inbox: what the thread knows of notifications: which users have a connection here, how far rows
 * were told to the loop, and what was done that the database does not say yet.
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
    /* The last notification that was told to the loop, or was there at the start. Every read is
     * bounded by it: no answer speaks of a row that is still to come as news. */
    int64_t last_seen;
    bool has_tail;     /* there may be rows behind last_seen */
    bool was_full;     /* marks reached their bound: the loop is to be told when there is room */
    int64_t hinted_at; /* steady ms: when the log last gave a hint about a user's id */
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
/* Whether rows of that user were made pending again, or became due, and the user's connections are
 * still to be told so. Until then nobody is shown these rows: one connection could confirm a row at
 * once, and another, which does not know of it yet, would take it for an earlier confirmation. */
bool inbox_is_due_untold(const struct inbox *inbox, const char *user);
/* Adds that row to the page, whose text holds the user at `user`; `listed`: with status and readAt.
 * 1; 0 if it is gone, or cannot be sent, which is then noted (failures.h); -1. */
int inbox_show(struct inbox *inbox, struct turn *turn, int64_t id, bool listed, size_t user,
    struct page *page);
/* Logs that a row cannot be sent, once, and notes it to be set `failed`. */
void inbox_fail_row(
    struct inbox *inbox, const struct turn *turn, int64_t id, const struct reason *why);

#endif
