/*
 * send_lines: JSON Lines into notifications, one transaction a thousand.
 *
 * A line that is wrong is named with its number and what is wrong, and the
 * others go all the same. Only what is committed is told as sent: where a
 * commit fails, its lines are named as not sent, and nothing more is tried.
 */
#ifndef BELFRY_ADMIN_SEND_LINES_H
#define BELFRY_ADMIN_SEND_LINES_H

#include "admin/admin.h"
#include "common/publisher.h"

/* `defaults` are the fields that a line need not have. Returns the exit status. */
int send_lines(struct admin *admin, sqlite3 *db, struct publisher *publisher,
    const struct publication *defaults);

#endif
