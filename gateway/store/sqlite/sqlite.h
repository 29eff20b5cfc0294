/*
 * sqlite: SQLite as an engine of the store.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_SQLITE_H
#define BELFRY_GATEWAY_STORE_SQLITE_SQLITE_H

#include "common/reason.h"

struct engine;
struct engine_check;
struct sessions;
struct store_settings;

/* The engine for the file `settings->database`, not open yet; see engines.h. */
struct engine *sqlite_new(const struct store_settings *settings, struct reason *why);
/* The session database `settings->session_database`. */
struct sessions *sqlite_new_sessions(const struct store_settings *settings);
/* What engines_check asks. */
int sqlite_check(struct engine_check *check, struct reason *why);

#endif
