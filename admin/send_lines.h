/*
 * send_lines: turns JSON Lines into notifications, a thousand per transaction.
 *
 * A bad line is reported with its number and what is wrong, and the others are
 * sent. Only what is committed is reported as sent: if a commit fails, its
 * lines are reported as not sent, and nothing more is tried.
 *
 * A line with a key is sent once, however often it is read. So the same input
 * can be read again after an interruption, if all its lines have one: `prefix`
 * gives one to each line that has none, from its number.
 */
#ifndef BELFRY_ADMIN_SEND_LINES_H
#define BELFRY_ADMIN_SEND_LINES_H

#include "admin/admin.h"
#include "common/publisher.h"

/* `defaults` are the fields for lines without them; `prefix` may be NULL. Returns the exit status.
 */
int send_lines(struct admin *admin, struct sql *queue, struct publisher *publisher,
    const struct publication *defaults, const char *prefix);

#endif
