/*
 * recent: the last rows that a connection has confirmed: RECENT_FEW of them, and,
 * up to RECENT_MAX, all of the last RECENT_MS.
 *
 * What other gateways have delivered to the user is owed to the connection, too. Which
 * of those rows it has had, only this tells: they come once more in a scan. That scan
 * also shows what this gateway itself has marked a moment ago, which after a burst are
 * many rows at once.
 */
#ifndef BELFRY_GATEWAY_DELIVERY_RECENT_H
#define BELFRY_GATEWAY_DELIVERY_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECENT_FEW 64
#define RECENT_MAX 1024
/* Marks are written, and changes read, within this time, or the database counts as lost. */
#define RECENT_MS 10000

/* Times are steady ms. */
struct recent;

struct recent *recent_new(void);
/* It may be NULL. */
void recent_free(struct recent *recent);

void recent_note(struct recent *recent, const int64_t *ids, size_t count, int64_t steady);
/* These were set back: whoever delivers them again, it counts anew. */
void recent_forget(struct recent *recent, const int64_t *ids, size_t count);
bool recent_holds(const struct recent *recent, int64_t id);

#endif
