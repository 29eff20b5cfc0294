/*
 * row_stream: the rows of a table that are new, each shown once, in an order that
 * all the rows of one transaction share.
 *
 * Ids are drawn before the commit, so a row may become visible long after one
 * with a higher id. Each row has the number of the transaction that inserted it
 * (`txid`), and a snapshot says exactly which transactions it shows: all below
 * its xmin, and those below its xmax that are not in its list of running ones.
 * So what is new since a snapshot are the rows of transactions in that list, and
 * of those from its xmax on. However long a transaction runs elsewhere, only its
 * own number stays in the list, and nothing is read twice.
 *
 * New rows are read in batches, by id. While a batch is not at its end, the
 * stream knows two snapshots: `seen`, of which everything was shown, and
 * `target`, of which everything up to the id `cursor` was. What it has not shown
 * yet, no other read of the store may show: STREAM_SEEN is the condition.
 *
 * Numbers of transactions may be used again after the server has crashed. The
 * link notices that (postgres.c), and then everything begins anew.
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_ROW_STREAM_H
#define BELFRY_GATEWAY_STORE_POSTGRES_ROW_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/postgres/link.h"

#define STREAM_XID_SIZE LINK_XID_SIZE

struct row_stream {
    char *seen, *target;        /* snapshots; NULL: there is no target */
    char xmax[STREAM_XID_SIZE]; /* of `seen` … */
    char *running;              /* … and its list, as an array: {12,15}; {0}, which is none */
    int64_t cursor;
};

/* Whether a table has a row of a stream that is new: two parameters, of row_stream_add_since. In
 * the order of the index on txid, so that no plan reads more than one row. */
#define STREAM_HAS_NEW(table, condition, xmax, running) \
    "((SELECT txid FROM belfry." table " WHERE txid >= " xmax "::xid8 AND " condition \
    " ORDER BY txid LIMIT 1) IS NOT NULL OR (SELECT txid FROM belfry." table \
    " WHERE txid = ANY(" running "::xid8[]) AND " condition " LIMIT 1) IS NOT NULL)"
/* The ids of a batch, the first of a target: parameters 1 to 3 are those of row_stream_add_new.
 * With an index on txid; `table` must not be sorted by its primary key here, which would read all
 * of it. */
#define STREAM_NEW_IDS(table, condition) \
    "SELECT id FROM (SELECT id FROM belfry." table \
    " WHERE (txid >= $1::xid8 OR txid = ANY($2::xid8[])) AND " condition \
    " OFFSET 0) AS new ORDER BY id LIMIT $3"
/* The ids of a later batch: parameters 1 to 4 are those of row_stream_add_more. By the primary key.
 */
#define STREAM_MORE_IDS(table, condition) \
    "SELECT id FROM belfry." table " WHERE id > $4::bigint" \
    " AND NOT pg_visible_in_snapshot(txid, $1::pg_snapshot)" \
    " AND pg_visible_in_snapshot(txid, $2::pg_snapshot) AND " condition " ORDER BY id LIMIT $3"
/* Whether a row was shown, or was there at the start: three parameters, of row_stream_add_seen. */
#define STREAM_SEEN(seen, target, cursor) \
    "(pg_visible_in_snapshot(txid, " seen "::pg_snapshot) OR (id <= " cursor "::bigint" \
    " AND pg_visible_in_snapshot(txid, " target "::pg_snapshot)))"

/* Which rows are removed (belfry.epoch) … */
#define STREAM_REMOVED_SNAPSHOT "(SELECT removed FROM belfry.epoch WHERE id = 1)"
#define STREAM_REMOVED \
    "txid < (SELECT pg_snapshot_xmax(removed) FROM belfry.epoch WHERE id = 1)" \
    " AND pg_visible_in_snapshot(txid, " STREAM_REMOVED_SNAPSHOT ")"
/* … and whether that are any that a stream has not shown, which has shown this snapshot. */
#define STREAM_HAS_LOST(seen) \
    "(SELECT pg_snapshot_xmax(removed) > pg_snapshot_xmax(" seen "::pg_snapshot) OR EXISTS" \
    " (SELECT 1 FROM pg_snapshot_xip(" seen "::pg_snapshot) AS running (txid)" \
    " WHERE pg_visible_in_snapshot(running.txid, removed)) FROM belfry.epoch WHERE id = 1)"

/* Begins with that snapshot: what it shows is not new. */
void row_stream_start(struct row_stream *stream, const char *snapshot);
void row_stream_release(struct row_stream *stream);

/* Whether the next batch is a later one of a target; if not, the link's snapshot becomes the
 * target. The link's transaction must be open. */
bool row_stream_next(struct row_stream *stream, const struct link *link);
/* Whether the link's snapshot shows anything that was not shown, or may. */
bool row_stream_has_new(const struct row_stream *stream, const struct link *link);
void row_stream_add_since(const struct row_stream *stream, struct params *params);
void row_stream_add_new(const struct row_stream *stream, struct params *params, int64_t limit);
void row_stream_add_more(const struct row_stream *stream, struct params *params, int64_t limit);
/* The link's transaction must be open, if there is one: opening it moves streams. */
void row_stream_add_seen(
    const struct row_stream *stream, const struct link *link, struct params *params);
/* The row with that id was shown, and all before it. */
void row_stream_took(struct row_stream *stream, int64_t id);
/* Everything in the target was shown. Returns whether that is all that the link's snapshot shows.
 */
bool row_stream_end(struct row_stream *stream, const struct link *link);

#endif
