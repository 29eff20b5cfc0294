/*
 * strangers: whom a user's pages were shown online, and with whom the user
 * shares no conversation any more: what the pages show of them may be untrue by
 * now, and is set right when the two share one again.
 *
 * The store heeds those who are in such a set, so that their coming back into a
 * conversation is news though they are not here. A set holds at most
 * STRANGERS_MAX, the newest.
 */
#ifndef BELFRY_GATEWAY_REALTIME_STRANGERS_H
#define BELFRY_GATEWAY_REALTIME_STRANGERS_H

#include <stdbool.h>
#include <stddef.h>

#define STRANGERS_MAX 1000

struct store;

/* A zeroed set is empty. */
struct strangers {
    char **ids;
    size_t count, size;
};

bool strangers_hold(const struct strangers *strangers, const char *id);
void strangers_add(struct strangers *strangers, struct store *store, const char *id);
void strangers_remove(struct strangers *strangers, struct store *store, const char *id);
/* `store` NULL: it is ended. */
void strangers_release(struct strangers *strangers, struct store *store);

#endif
