/*
 * config: the one INI file that all programs read, and the environment over it.
 *
 * Every setting is a row of one table in config.c: section, key, type, default,
 * bounds, and where its value goes in `struct config`. From that row come the
 * parser, BELFRY_<SECTION>_<KEY> in the environment ([belfry] without a section:
 * BELFRY_<KEY>), and what `--check` prints.
 *
 * Unknown keys, bad values and unreadable files are refused, named with file and
 * line. An unknown BELFRY_* variable only earns a warning: Kubernetes makes
 * BELFRY_GATEWAY_PORT by itself.
 *
 * Durations take ms, s, m, h (bare numbers are seconds) and are held in
 * milliseconds; sizes take K, M and are held in octets; lists are separated by
 * commas. Comments begin with # or ;, at the start of a line or behind a blank.
 * Quotes and backslashes mean nothing special, a value ends with its line, and
 * a key stands once.
 *
 * The config owns all it points to; config_release frees it.
 */
#ifndef BELFRY_COMMON_CONFIG_H
#define BELFRY_COMMON_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/config_list.h"
#include "common/log.h"
#include "common/reason.h"

#define CONFIG_DEFAULT_PATH "/etc/belfry/belfry.conf"
#define CONFIG_DEFAULT_DATABASE "/var/lib/belfry/queue/belfry.db"
/* Where it was before publishers had a folder of their own. */
#define CONFIG_FORMER_DEFAULT_DATABASE "/var/lib/belfry/belfry.db"

struct config {
    char *path;  /* the file read, NULL where there was none */
    int *origin; /* of each setting in the table's order: its line in the file, 0 the default, -1
                  * the environment */

    /* [belfry] */
    char *database;
    struct config_list allowed_origins;
    struct config_list trusted_proxies;
    enum log_level log_level;
    enum log_format log_format;

    struct {
        struct config_list secret_file;
        int64_t lifetime; /* ms, as all durations */
        char *issuer;     /* "" where not set, as all strings */
        char *audience;
        int64_t leeway;
        bool allow_weak_secret;
    } token;

    struct {
        char *socket;
        char *socket_group;
        int64_t threads;
        char *session_database;
        char *session_secret_file;
        struct config_list session_sources;
        char *subject; /* "id" or "email" */
        char *session_cookie;
        char *session_query;
        char *session_signature; /* "" or "express" */
    } auth;

    struct {
        struct config_list listen;
        struct config_list ops_listen;
        char *socketio_path;
        char *websocket_path;
        int64_t ping_interval;
        int64_t ping_timeout;
        int64_t auth_timeout;
        int64_t max_message; /* octets */
        int64_t max_buffer;  /* octets */
        int64_t max_topics;
        int64_t max_connections; /* 0: from the descriptor limit */
        int64_t max_connections_per_user;
        int64_t max_connections_per_address;
        int64_t rate; /* events a second */
        int64_t burst;
        int64_t drain;
        char *presence_scope; /* "shared", "everyone" or "off" */
        int64_t presence_grace;
        struct config_list auto_subscribe;
        bool allow_query_token;
    } gateway;

    struct {
        int64_t delivery_window;
        int64_t busy_timeout;
        char *synchronous; /* "off", "normal", "full" or "extra" */
        int64_t poll_interval;
        int64_t retain_days;          /* days; 0: keep */
        int64_t retain_messages_days; /* days; 0: keep */
    } queue;
};

/* Called for what is worth a warning and no reason to stop; the sentence has no control octets. */
typedef void config_warn(void *context, const char *sentence);

/* Reads `path` (NULL: BELFRY_CONFIG in the environment, else CONFIG_DEFAULT_PATH where it exists),
 * then the environment. `warn` may be NULL. Returns 0, or -1 with a reason that names file and
 * line, or the variable; then nothing is held. Sets inih's own options, which are global: call it
 * from one thread. */
int config_load(
    struct config *config, const char *path, config_warn *warn, void *context, struct reason *why);

/* Adds what would be used, one "section.key = value" a line, with where it comes from as a comment.
 */
void config_describe(const struct config *config, struct buf *out);

void config_release(struct config *config);

/* Where the sessions are, or would be made: `session_database`; else ../sessions/sessions.db from
 * the queue's folder; else sessions.db beside the queue, where older versions made it, as long as
 * that folder is nobody else's to write. malloc()ed. */
char *config_session_path(const struct config *config);
/* The session file: `session_database`, else that of config_session_path where it is there and
 * nobody else can write or replace it, else NULL. malloc()ed. */
char *config_session_database(const struct config *config);
/* Returns -1 with the reason where a session file is there that others may write or replace, so
 * that it is not used; else 0. */
int config_session_fault(const struct config *config, struct reason *why);

/* The default of `database`: `path`, or `former` where only that is there. malloc()ed. */
char *config_default_database(const char *path, const char *former);

#endif
