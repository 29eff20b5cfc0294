/*
 * revocation: up to when a user's tokens are revoked.
 */
#ifndef BELFRY_GATEWAY_STORE_REVOCATION_H
#define BELFRY_GATEWAY_STORE_REVOCATION_H

#include <stdint.h>

#include "gateway/store/turn.h"

/* 1 with the last second whose tokens are revoked (Unix time), 0 if none are, or -1. */
int revocation_find(struct turn *turn, const char *user, int64_t *not_before_seconds);

#endif
