/*
 * send_lines: turns JSON Lines into notifications, a thousand per transaction.
 *
 * A bad line is reported with its number and what is wrong, and the others are
 * sent. Only what is committed is reported as sent: if a commit fails, its
 * lines are reported as not sent, and nothing more is tried.
 */
#ifndef BELFRY_ADMIN_SEND_LINES_H
#define BELFRY_ADMIN_SEND_LINES_H

#include "admin/admin.h"
#include "common/publisher.h"

/* `defaults` are the fields for lines without them. Returns the exit status. */
int send_lines(struct admin *admin, struct sql *queue, struct publisher *publisher,
    const struct publication *defaults);

#endif
