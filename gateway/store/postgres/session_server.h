/*
 * session_server: the application's session database, if that is on a
 * PostgreSQL server.
 *
 * session_verbs.h says what it promises. A session is found by its session
 * token, which its JWT holds sealed (common/session_seal.h): rows have no place
 * of their own here, so what is not found is gone, and nothing is searched.
 *
 * Nobody tells of changes by itself. A look says that there may be some after
 * each `session_check`, and at once where the application notifies the channel
 * belfry_sessions (belfry.conf(5) shows the trigger).
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_SESSION_SERVER_H
#define BELFRY_GATEWAY_STORE_POSTGRES_SESSION_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "gateway/store/session_verbs.h"

/* Borrows the URL. `sources`: the setting session_sources, which names the kinds of tables to look
 * for. `listens`: whether a connection may LISTEN. */
struct sessions *session_server_new(
    const char *url, const struct config_list *sources, int64_t check_ms, bool listens);

#endif
