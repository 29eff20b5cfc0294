/*
 * engines: the databases that can stand behind the store.
 */
#ifndef BELFRY_GATEWAY_STORE_ENGINES_H
#define BELFRY_GATEWAY_STORE_ENGINES_H

#include "common/reason.h"

struct engine;
struct engine_check;
struct sessions;
struct store_settings;

/* The engine for `settings->database`, not open yet, or NULL with the reason. The lock that keeps a
 * second gateway off the same database is held from here to life->free. The settings must outlive
 * the engine. */
struct engine *engines_new(const struct store_settings *settings, struct reason *why);
/* Whether the database can be opened and is a queue of this version. Migrates nothing. Returns how
 * many sentences it told, or -1 with the reason. */
int engines_check(struct engine_check *check, struct reason *why);
/* The session database that `settings->session_database` names; its first look opens it. */
struct sessions *engines_new_sessions(const struct store_settings *settings);
/* The verb `look`, for who may wait: tried again for `wait_ms` while the database is busy, or being
 * connected to. */
int engines_look(struct sessions *sessions, int wait_ms);

#endif
