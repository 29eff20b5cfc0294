/*
 * spell_notification: a row of `notifications` becomes the JSON of the event that browsers get.
 */
#ifndef BELFRY_GATEWAY_STORE_SPELL_NOTIFICATION_H
#define BELFRY_GATEWAY_STORE_SPELL_NOTIFICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/page.h"

/* Appends the row to the page (page_row), whose text holds the user at `user`; `listed`: with
 * status and readAt. 0, or -1 with the reason, and then the page is as it was. */
int spell_notification(const struct notification_row *row, bool listed, size_t user,
    struct page *page, struct reason *why);

/* A user_id that a token could name: 0, or -1 with the reason. */
int spell_check_user(const struct cell *user, struct reason *why);

enum notification_status {
    STATUS_PENDING,
    STATUS_DELIVERED,
    STATUS_READ,
    STATUS_SETTLED, /* expired, cancelled, failed */
    STATUS_UNKNOWN
};
enum notification_status spell_status(const struct cell *status);

#endif
