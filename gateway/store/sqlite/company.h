/*
 * company: which users the store was told to be connected to other gateways, so
 * that a walk over all of them can tell what has changed.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_COMPANY_H
#define BELFRY_GATEWAY_STORE_SQLITE_COMPANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct companion;

struct company {
    struct companion *users;
    uint64_t walk;     /* the number of the walk */
    int64_t walked_at; /* when it began, steady ms */
};

void company_release(struct company *company);

void company_begin_walk(struct company *company, int64_t steady);
/* The walk has met that user. Returns whether that is news. */
bool company_meet(
    struct company *company, const char *instance, const char *user, int64_t connections);
/* The news could not be told: they are news again in the next walk. */
void company_untell(struct company *company, const char *instance, const char *user);

/* Calls `each` for those that this walk has not met, and forgets them. False: there are more than
 * `most`. */
bool company_take_gone(struct company *company, size_t most,
    int (*each)(void *context, const char *instance, const char *user), void *context);
bool company_is_empty(const struct company *company);

#endif
