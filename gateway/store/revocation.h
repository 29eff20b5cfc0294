/*
 * revocation: since when tokens of a user are no longer good.
 */
#ifndef BELFRY_GATEWAY_STORE_REVOCATION_H
#define BELFRY_GATEWAY_STORE_REVOCATION_H

#include <stdint.h>

#include "gateway/store/turn.h"

/* 1 with the second up to which tokens of that user are revoked, 0 where none are, or -1. */
int revocation_find(struct turn *turn, const char *user, int64_t *not_before_seconds);

#endif
