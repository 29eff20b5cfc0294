/*
 * answering: whether tokens of a user were revoked.
 */
#ifndef BELFRY_GATEWAY_STORE_ANSWERING_H
#define BELFRY_GATEWAY_STORE_ANSWERING_H

#include <stdint.h>

struct queue;

/* When tokens of that user were revoked last, in Unix seconds: 1, 0 where they were not, or -1. */
int answering_revocation(struct queue *queue, const char *user, int64_t *not_before_seconds);

#endif
