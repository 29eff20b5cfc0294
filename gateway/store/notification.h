/*
 * notification: a row of `notifications` as the browser gets it.
 *
 * The table's checks keep most nonsense out, but not all: json_valid passes bad
 * UTF-8 and equal keys, and a program may switch the checks off. One such row,
 * spliced into a frame as it is, would make a browser close its connection for
 * ever anew. So every column is looked at before it is sent.
 */
#ifndef BELFRY_GATEWAY_STORE_NOTIFICATION_H
#define BELFRY_GATEWAY_STORE_NOTIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"
#include "gateway/store/page.h"
#include "gateway/store/sqlite/file.h"

enum notification_verdict {
    NOTIFICATION_ADDED,
    NOTIFICATION_GONE, /* no such row */
    NOTIFICATION_BAD,  /* `why` is what its `error` shall say */
    NOTIFICATION_ERROR /* of the file */
};

/* Adds the row to `page`. `user` is where the page has its user. `listed`: with status and readAt.
 */
enum notification_verdict notification_add(
    struct file *file, int64_t id, bool listed, size_t user, struct page *page, struct reason *why);

/* A user_id that a token could name: 0, or -1 with the reason. */
int notification_check_user(sqlite3_stmt *statement, int column, struct reason *why);

enum notification_status {
    STATUS_PENDING,
    STATUS_DELIVERED,
    STATUS_READ,
    STATUS_SETTLED, /* expired, cancelled, failed */
    STATUS_UNKNOWN
};
enum notification_status notification_status(sqlite3_stmt *statement, int column);

#endif
