/*
 * snapshot_mark: what a snapshot of the queue shows, as a text.
 *
 * Either a number, where a lower one is of an earlier snapshot; or a snapshot as
 * PostgreSQL writes it, xmin:xmax:running,…: it shows the transactions below xmax, but
 * for those in the list (PostgreSQL, "System Information Functions").
 */
#ifndef BELFRY_GATEWAY_STORE_SNAPSHOT_MARK_H
#define BELFRY_GATEWAY_STORE_SNAPSHOT_MARK_H

/* A mark of what both show, and of nothing else. They are of one engine. malloc()ed. */
char *snapshot_mark_of_both(const char *mark, const char *other);

#endif
