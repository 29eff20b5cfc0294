/*
 * queue_sqlite: the queue in a SQLite file.
 */
#ifndef BELFRY_PUBLISH_QUEUE_SQLITE_H
#define BELFRY_PUBLISH_QUEUE_SQLITE_H

#include <sqlite3.h>

#include "publish-fcgi/queue.h"

struct publish_queue *queue_sqlite_new(const struct config *config, enum publish_use use);

/* Its connection, NULL while it is not open: for tests. */
sqlite3 *queue_sqlite_db(struct publish_queue *queue);

#endif
