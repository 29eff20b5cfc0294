/*
 * fresh: rows that became pending again before a delivery reached them.
 *
 * A delivery that works through a long backlog meets them among rows that have
 * waited since before the connection came, and nothing in the table tells them
 * apart. Yet they are new, and must not be marked `replayed`. FRESH_MAX of them
 * are remembered until the backlog is sent.
 *
 * A zeroed one is empty and holds no memory.
 */
#ifndef BELFRY_GATEWAY_DELIVERY_FRESH_H
#define BELFRY_GATEWAY_DELIVERY_FRESH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRESH_MAX 1024

struct fresh {
    struct fresh_ids *ids; /* NULL: none */
};

/* These were set back. Those up to `passed` are left out: the delivery has passed them, and scans
 * them again (again.h). */
void fresh_note(struct fresh *fresh, const int64_t *ids, size_t count, int64_t passed);
size_t fresh_count(const struct fresh *fresh);
bool fresh_holds(const struct fresh *fresh, int64_t id);
void fresh_release(struct fresh *fresh);

#endif
