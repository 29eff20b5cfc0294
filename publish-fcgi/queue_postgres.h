/*
 * queue_postgres: the queue in PostgreSQL. Each thread has a connection, by which
 * it reads and writes; the server lets them write at once, and puts their commits
 * together itself.
 */
#ifndef BELFRY_PUBLISH_QUEUE_POSTGRES_H
#define BELFRY_PUBLISH_QUEUE_POSTGRES_H

#include "publish-fcgi/queue.h"

struct publish_queue *queue_postgres_new(const struct config *config);

#endif
