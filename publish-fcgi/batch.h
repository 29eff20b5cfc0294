/*
 * batch: the rows that a request publishes.
 *
 * Objects are read and checked as a whole before the queue is locked. A
 * notification may name several users; it becomes a row for each.
 */
#ifndef BELFRY_PUBLISH_BATCH_H
#define BELFRY_PUBLISH_BATCH_H

#include "publish-fcgi/turn.h"

/* The most users of one notification, and the most rows of a request. */
#define BATCH_USERS_MAX 1000
#define BATCH_ROWS_MAX 1000

/* POST: answers {"ids":[…]}, in the order of the objects and of their users. */
void batch_publish(struct publish_turn *turn);

#endif
