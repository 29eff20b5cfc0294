/*
 * notification: one row that was published, read, changed or taken back.
 *
 * A row of a user whom the key does not cover is not there for that key.
 */
#ifndef BELFRY_PUBLISH_NOTIFICATION_H
#define BELFRY_PUBLISH_NOTIFICATION_H

#include "publish-fcgi/turn.h"

/* GET: the row, with the names that `belfry queue show --json` has. */
void notification_show(struct publish_turn *turn);
/* PATCH: changes the members that are given, and answers with the row. */
void notification_change(struct publish_turn *turn);
/* DELETE: cancels the row if it waits, and takes it back if it was delivered. */
void notification_cancel(struct publish_turn *turn);

#endif
