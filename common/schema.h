/*
 * schema: what the database files contain, how they are created, and how they
 * are upgraded.
 *
 * There are two kinds of file. The queue (belfry.db) is written by publishers
 * and read by administrators: its DDL carries its own comments, so `.schema` in
 * the sqlite3 shell is the documentation. The sessions (sessions.db) are for
 * sites without a session store of their own. They are in a file that
 * publishers cannot read, since a session token is a login.
 *
 * A queue in a file of its own has application_id 0x42454C46, and user_version
 * is the version of the schema. If Belfry's tables are in an application's
 * file, application_id and user_version are the application's, and the version
 * is in belfry_meta. The DDL is in schema_queue.sql and schema_sessions.sql.
 *
 * The tables for publishing over HTTP (schema_publish.sql) belong to the queue,
 * too, but version 1 was there before them: a queue without them is complete,
 * and they are added by whatever may migrate it.
 *
 * Invariants: each migration is one transaction, made after a copy to
 * <file>.before-v<N>. A database with a newer schema than this program knows,
 * or with a trigger of somebody else on Belfry's tables, is refused as a whole.
 */
#ifndef BELFRY_COMMON_SCHEMA_H
#define BELFRY_COMMON_SCHEMA_H

#include <sqlite3.h>
#include <stdint.h>

#include "common/reason.h"

#define SCHEMA_APPLICATION_ID 0x42454C46
#define SCHEMA_VERSION 2
#define SCHEMA_SESSIONS_APPLICATION_ID 0x42454C53
#define SCHEMA_SESSIONS_VERSION 1

/* Creates the tables in an open database, in one transaction, and switches the file to WAL. They
 * are added to those of an application's SQLite file; if names clash, it is refused with a list of
 * them. An existing queue is migrated, missing indexes, views and triggers are recreated, and ids
 * that are out of bounds are corrected (schema_numbers.h). Returns 1 created, 2 migrated or
 * repaired, 0 nothing to do, or -1 with the reason; then all of the tables exist or none does. */
int schema_init_queue(sqlite3 *db, const char *path, struct reason *why);
/* The sessions are in a file of their own, never in an application's. Returns as above. */
int schema_init_sessions(sqlite3 *db, const char *path, struct reason *why);

/* Adds the tables for publishing to a queue that lacks them, in one transaction, or recreates their
 * missing indexes. Returns 1 if something was added, 0 if nothing was missing, or -1 with the
 * reason, as when the application has tables with these names. */
int schema_add_publishing(sqlite3 *db, const char *path, struct reason *why);

/* Whether the open database is a complete queue of this version without foreign triggers. Returns
 * 0, or -1 with a reason that names the command that repairs it. An older version is an error, too:
 * only belfry-gateway and `belfry init` migrate (schema_init_queue). A complete queue that somebody
 * took out of WAL mode is put back into it; nothing else is written here, and not even that if the
 * database was opened only to read. */
int schema_check_queue(sqlite3 *db, const char *path, struct reason *why);
/* The version of a queue that schema_init_queue would migrate; 0 if there is nothing to migrate. */
int64_t schema_outdated(sqlite3 *db);
/* Whether a queue has the tables for publishing. Returns 0, or -1 with a reason that names the
 * command that adds them. */
int schema_check_publishing(sqlite3 *db, const char *path, struct reason *why);
/* Whether it is a sessions file that schema_init_sessions created; it does not look for session
 * tables of other programs. Returns 0, or -1 with the reason. */
int schema_check_sessions(sqlite3 *db, const char *path, struct reason *why);

/* The value of a key in belfry_meta, malloc()ed, or NULL. `queue` is the random name of this queue
 * (`connected.queue` on the wire). */
char *schema_meta(sqlite3 *db, const char *key);
/* Gives the queue a new name, as is needed after a restore. Returns 0, or -1 with the reason. */
int schema_rename_queue(sqlite3 *db, struct reason *why);

#endif
