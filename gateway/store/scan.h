/*
 * scan: reads, page by page, the notifications of one user that a connection is
 * owed.
 *
 * Every page is bounded in rows and bytes, and in rows examined, so that a user with a hundred
 * thousand rows costs the others one short turn at a time.
 */
#ifndef BELFRY_GATEWAY_STORE_SCAN_H
#define BELFRY_GATEWAY_STORE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/cell.h"
#include "gateway/store/inbox.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/page.h"
#include "gateway/store/store_notifications.h"

struct owed {
    struct page page;
    int64_t upto; /* all up to this id was examined */
    bool complete;
    char *mark; /* of the first page of a scan; or NULL */
};

/* Reads what is pending and due after scan->after, and, if scan->shared, what was confirmed since
 * scan->started. 0, or -1. */
int scan_owed(
    struct inbox *inbox, struct turn *turn, const struct store_scan *scan, struct owed *owed);
size_t scan_bytes(const struct owed *owed);
void scan_release(struct owed *owed);
/* The page as the loop sees it. `rows`: the result of page_rows for owed->page. */
struct store_page scan_page(
    const struct owed *owed, enum store_verdict verdict, const struct store_row *rows);

/* Adds a row to a page of at most max_rows and max_bytes, whose first text is the row's user. 1 if
 * the row is done: added, gone, or not to be sent; 0 if the page is full; or -1. */
int scan_take(struct inbox *inbox, struct turn *turn, int64_t id, bool listed, size_t max_rows,
    size_t max_bytes, struct page *page);
/* Whether a pending row is due now: 1, 0, or -1 with the reason why its times cannot be read. */
int scan_is_due(
    const struct turn *turn, const struct notification_state *state, struct reason *why);

/* Goes on counting the user's unread rows after *after. Examines at most *rows rows, and subtracts
 * those examined. 1 when none is left, 0, or -1. */
int scan_count_on(struct inbox *inbox, struct turn *turn, const char *user, int64_t *after,
    struct store_counts *counts, size_t *rows);

#endif
