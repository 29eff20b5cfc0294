/*
 * spell: turns a row into the JSON of the event that browsers get, for every
 * engine.
 *
 * Every column is checked first: one row that is sent although it is not JSON
 * or not UTF-8 would make each browser close its connection, and again after
 * every reconnect.
 */
#ifndef BELFRY_GATEWAY_STORE_SPELL_H
#define BELFRY_GATEWAY_STORE_SPELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"
#include "gateway/store/broadcast_verbs.h"
#include "gateway/store/message_verbs.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/page.h"

/* Appends the row to the page (page_row), whose text holds the user at the offset `user`; `listed`:
 * with its status and when it was read, seen, archived and updated. 0, or -1 with the reason and
 * the page unchanged. */
int spell_notification(const struct notification_row *row, bool listed, size_t user,
    struct page *page, struct reason *why);

/* Checks for a user_id that a token could name: 0, or -1 with the reason. */
int spell_check_user(const struct cell *user, struct reason *why);

enum notification_status {
    STATUS_PENDING,
    STATUS_DELIVERED,
    STATUS_READ,
    STATUS_SETTLED, /* expired, cancelled, failed */
    STATUS_UNKNOWN
};
enum notification_status spell_status(const struct cell *status);
/* 0, or -1 with the reason if it is unknown. */
int spell_check_status(const struct cell *status, struct reason *why);

/* Appends the row to the page (page_message): 0, or -1 with the reason and the page unchanged. */
int spell_message(const struct message_row *row, struct page *page, struct reason *why);

struct broadcast_times {
    int64_t created_at;
    int64_t expires_at;
    bool ends; /* expires_at is set */
};

/* Likewise (page_broadcast), and sets *times to the row's times. */
int spell_broadcast(const struct broadcast_row *row, struct page *page,
    struct broadcast_times *times, struct reason *why);

#endif
