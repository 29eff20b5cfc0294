/*
 * postgres: PostgreSQL as an engine of the store.
 *
 * Any number of gateways may use one queue, so no lock is taken, and each goes
 * by its own snapshots (row_stream.h). After a crash of the server, or on a promoted
 * standby, numbers of transactions may be used again, and a snapshot from before
 * means nothing: the table `epoch` is unlogged, so PostgreSQL itself empties it
 * then, and the queue counts as another one.
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_POSTGRES_H
#define BELFRY_GATEWAY_STORE_POSTGRES_POSTGRES_H

#include "common/reason.h"

struct engine;
struct engine_check;
struct sessions;
struct store_settings;

/* The engine for the URL `settings->database`, not open yet; see engines.h. */
struct engine *postgres_new(const struct store_settings *settings, struct reason *why);
/* The session database `settings->session_database`. */
struct sessions *postgres_new_sessions(const struct store_settings *settings);
/* What engines_check asks. */
int postgres_check(struct engine_check *check, struct reason *why);

#endif
