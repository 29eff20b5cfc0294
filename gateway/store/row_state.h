/*
 * row_state: what became of a notification, as the user's connections are to
 * see it: the row as a list shows it, or the reason why no list shows it.
 */
#ifndef BELFRY_GATEWAY_STORE_ROW_STATE_H
#define BELFRY_GATEWAY_STORE_ROW_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/inbox.h"
#include "gateway/store/page.h"
#include "gateway/store/store_notifications.h"
#include "gateway/store/turn.h"

struct row_state {
    /* It is neither shown nor taken away: it cannot be sent, and was noted (failures.h). */
    bool is_bad;
    bool is_shown;              /* it was added to the page, as lists show it */
    bool is_pending, is_read;   /* … and which of the two it is, if any */
    enum store_removal removal; /* where it is neither bad nor shown */
};

/* Looks at the row of the user whose name the page's text holds at the offset `user`. 0, or -1. */
int row_state_look(struct inbox *inbox, struct turn *turn, int64_t id, size_t user,
    struct page *page, struct row_state *state);

#endif
