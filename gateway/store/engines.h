/*
 * engines: the databases that can stand behind the store.
 */
#ifndef BELFRY_GATEWAY_STORE_ENGINES_H
#define BELFRY_GATEWAY_STORE_ENGINES_H

#include "common/reason.h"

struct engine;
struct sessions;
struct store_settings;

/* The engine for what `settings->database` names, not open yet. The lock that keeps a second
 * gateway off the same database is held from here to life->free. NULL with the reason. The settings
 * must outlive it. */
struct engine *engines_new(const struct store_settings *settings, struct reason *why);
/* Whether what `database` names can be opened and is a queue of today's version: 0, or -1 with the
 * reason. Nothing is migrated; waits at most `busy_ms` for a lock. */
int engines_check(const char *database, int busy_ms, struct reason *why);
/* The session database that `settings->session_database` names; it is opened by its first look. */
struct sessions *engines_new_sessions(const struct store_settings *settings);

#endif
