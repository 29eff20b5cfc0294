/*
 * schema: what is in the files, how they are made, and how they move forward.
 *
 * Two kinds of file. The queue (belfry.db) is written by publishers and read
 * by administrators: its DDL carries its own comments, so `.schema` in the
 * sqlite3 shell is the documentation. The sessions (sessions.db) are for sites
 * that have no session store of their own, in a file that publishers cannot
 * read, since a session token is a login.
 *
 * A queue file of its own has application_id 0x42454C46 and user_version = the
 * schema's version. Where Belfry's tables live in an application's own file,
 * that file's application_id and user_version are the application's, and the
 * version stands in belfry_meta. The DDL is in schema_queue.sql and
 * schema_sessions.sql.
 *
 * Invariants: a migration is one transaction, made after a copy to
 * <file>.before-v<N>. A schema newer than this program knows, or a trigger of
 * somebody else on Belfry's tables, is refused whole.
 */
#ifndef BELFRY_COMMON_SCHEMA_H
#define BELFRY_COMMON_SCHEMA_H

#include <sqlite3.h>

#include "common/reason.h"

#define SCHEMA_APPLICATION_ID 0x42454C46
#define SCHEMA_VERSION 1
#define SCHEMA_SESSIONS_APPLICATION_ID 0x42454C53
#define SCHEMA_SESSIONS_VERSION 1

/* Makes the tables in an open database, in one transaction, and switches the file to WAL. An
 * existing SQLite file of an application gets them added; where names clash it is refused with the
 * list. A queue that is there already is migrated, indexes, views and triggers that it has lost are
 * made again, and ids that are out of bounds set right (schema_numbers.h). Returns 1 made, 2
 * migrated or mended, 0 nothing to do, -1 with the reason; then all the tables are there or none of
 * them. */
int schema_init_queue(sqlite3 *db, const char *path, struct reason *why);
/* The sessions live in a file of their own, never in an application's. Returns as above. */
int schema_init_sessions(sqlite3 *db, const char *path, struct reason *why);

/* Whether the open database is a queue of this version, whole, and without foreign triggers. 0, or
 * -1 with a reason that says which command mends it. An older one is -1 too: only belfry-gateway
 * and `belfry init` migrate (schema_init_queue). A whole queue that somebody took out of WAL is put
 * back into it, the one thing that is written here, unless the database was opened to look. */
int schema_check_queue(sqlite3 *db, const char *path, struct reason *why);
/* Whether it is a sessions file that schema_init_sessions made. Other programs' session tables are
 * not looked for here. 0, or -1 with the reason. */
int schema_check_sessions(sqlite3 *db, const char *path, struct reason *why);

/* belfry_meta: key and value. `queue` is the random name of this queue (`connected.queue` on the
 * wire). The value is malloc()ed, or NULL. */
char *schema_meta(sqlite3 *db, const char *key);
/* Gives the queue a new name, as after a restore. 0, or -1 with the reason. */
int schema_rename_queue(sqlite3 *db, struct reason *why);

#endif
