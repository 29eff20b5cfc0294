/*
 * checkpointer: copies the WAL into the database, on a thread and a connection
 * of its own.
 *
 * By itself, SQLite does this inside the commit that makes the WAL large, and
 * that commit takes as long as the disk needs. Here nobody waits for it: the
 * store's thread goes on reading and writing, and so do others. It begins
 * before the WAL has the 1000 pages at which the publishers' own connections,
 * with SQLite's default, would do the same in one of their commits. SQLite
 * counts pages that are copied already, too: while the WAL is longer than that,
 * each of these commits copies and syncs what little is left, unless a
 * checkpoint is under way already. So while commits come fast, the pauses are
 * short there.
 *
 * Only when all of the WAL is copied and nobody reads from it can the next
 * transaction begin at its start again. Where commits come so fast that this
 * never happens by itself, the rest is copied while writers wait. They do not
 * wait for a reader that is known to be in the way.
 *
 * SQLite before 3.51.3 loses commits of others where the WAL begins anew in the
 * moment in which a checkpoint begins that finds nothing to copy
 * (sqlite.org/wal.html#walresetbug). So a second connection, the guard, reads
 * from the WAL meanwhile, which keeps it from beginning anew, and no checkpoint
 * is made where the guard had nothing to read from it.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_CHECKPOINTER_H
#define BELFRY_GATEWAY_STORE_SQLITE_CHECKPOINTER_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/reason.h"
#include "gateway/store/engine.h"

struct checkpointer;

/* Takes two connections that have read the database once, and which nobody else may use, and starts
 * the thread. NULL with the reason; the connections are closed then. */
struct checkpointer *checkpointer_new(sqlite3 *db, sqlite3 *guard, struct reason *why);
/* Ends a checkpoint under way, waits for the thread and closes the connections. `orphan`: without
 * writing to the file. NULL is fine. */
void checkpointer_free(struct checkpointer *checkpointer, bool orphan);
/* Like checkpointer_free for an orphan, but lets a checkpoint under way come to its end, however
 * long that takes. After it another connection can make one. */
void checkpointer_finish(struct checkpointer *checkpointer);
/* Whether a checkpoint is due. `frames`: in the WAL; `copied`: those of them that are in the
 * database already. */
bool checkpointer_is_due(const struct checkpointer *checkpointer, const struct clock *clock,
    uint32_t frames, uint32_t copied);
/* Has one made. `clock` must outlive the checkpointer. */
void checkpointer_ask(struct checkpointer *checkpointer, const struct clock *clock);
/* How many copied the WAL, as far as readers let them; how long the last one took; and whether
 * they fail. */
void checkpointer_tell(const struct checkpointer *checkpointer, struct engine_upkeep *upkeep);

#endif
