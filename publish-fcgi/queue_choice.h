/*
 * queue_choice: makes the kind of queue that the configuration names.
 */
#ifndef BELFRY_PUBLISH_QUEUE_CHOICE_H
#define BELFRY_PUBLISH_QUEUE_CHOICE_H

#include "publish-fcgi/queue.h"

/* Borrows the configuration. Opens nothing yet. */
struct publish_queue *publish_queue_new(const struct config *config, enum publish_use use);

#endif
