/*
 * recent: the last rows that a connection has confirmed, RECENT_MAX of them.
 *
 * What other gateways have delivered to the user is owed to the connection, too. Which
 * of those rows it has had, only this tells: they come once more in a scan.
 */
#ifndef BELFRY_GATEWAY_DELIVERY_RECENT_H
#define BELFRY_GATEWAY_DELIVERY_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECENT_MAX 64

/* A zeroed one is empty. */
struct recent {
    int64_t ids[RECENT_MAX];
    size_t next;
};

void recent_note(struct recent *recent, const int64_t *ids, size_t count);
/* These were set back: whoever delivers them again, it counts anew. */
void recent_forget(struct recent *recent, const int64_t *ids, size_t count);
bool recent_holds(const struct recent *recent, int64_t id);

#endif
