/*
 * config: the INI file that all programs read, and the environment that
 * overrides it.
 *
 * Every setting is a row of one table in config.c: section, key, type, default,
 * bounds, and where its value goes in `struct config`. That row defines how it
 * is parsed, its environment variable BELFRY_<SECTION>_<KEY> (BELFRY_<KEY> for
 * section [belfry]), and what `--check` prints.
 *
 * Unknown keys, bad values and unreadable files are errors that name the file
 * and line. An unknown BELFRY_* variable is only worth a warning: Kubernetes
 * sets BELFRY_GATEWAY_PORT by itself.
 *
 * Durations take ms, s, m, h (plain numbers are seconds) and are held in
 * milliseconds; sizes take K and M and are held in bytes; list items are
 * separated by commas. Comments begin with # or ;, at the start of a line or
 * after a blank. Quotes have no special meaning, a value ends with its line
 * unless the line ends with a backslash, and a key may appear only once.
 *
 * The config owns everything it points to; config_release frees it.
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
/* The default before publishers got a folder of their own. */
#define CONFIG_FORMER_DEFAULT_DATABASE "/var/lib/belfry/belfry.db"

/* Who reads it, where that matters: bits. */
enum config_program { CONFIG_AUTH = 1, CONFIG_GATEWAY = 2, CONFIG_PUBLISH = 4 };

struct config {
    char *path;  /* the file that was read; NULL if there was none */
    int *origin; /* for each setting in the order of the table: its line in the file, 0 for the
                    default, -1 for the environment */

    /* [belfry] */
    char *database; /* of a file, or a URL (database_url.h) */
    struct config_list allowed_origins;
    struct config_list trusted_proxies;
    enum log_level log_level;
    enum log_format log_format;
    bool sandbox; /* sandbox.h */

    struct {
        struct config_list secret_file;
        int64_t lifetime; /* ms, as for all durations */
        char *issuer;     /* "" if not set, as for all strings */
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
        char *socket;
        char *socket_group;
        int64_t threads;
        int64_t rate; /* requests per second and key */
    } publish;

    struct {
        struct config_list listen;
        struct config_list ops_listen;
        char *socketio_path;
        char *websocket_path;
        char *events_path;
        struct config_list transports; /* of "websocket", "polling", "events"; not empty */
        int64_t ping_interval;
        int64_t ping_timeout;
        int64_t auth_timeout;
        int64_t max_message; /* bytes */
        int64_t max_buffer;  /* bytes */
        int64_t max_topics;
        int64_t max_connections; /* 0: derived from the descriptor limit */
        int64_t max_connections_per_user;
        int64_t max_connections_per_address;
        int64_t rate; /* events per second */
        int64_t burst;
        int64_t drain;
        char *presence_scope; /* "shared", "everyone" or "off" */
        int64_t presence_grace;
        int64_t session_check;
        struct config_list auto_subscribe;
        bool allow_query_token;
    } gateway;

    struct {
        int64_t delivery_window;
        int64_t busy_timeout;
        char *synchronous; /* "off", "normal", "full" or "extra" */
        bool notify;       /* PostgreSQL tells of commits */
        int64_t poll_interval;
        int64_t retain_days;          /* days; 0: keep */
        int64_t retain_messages_days; /* days; 0: keep */
    } queue;
};

/* Called with a warning, a sentence without control characters. */
typedef void config_warn(void *context, const char *sentence);

/* Reads `path`, then the environment. If `path` is NULL, the file is the one that BELFRY_CONFIG
 * names, else CONFIG_DEFAULT_PATH if it exists. `warn` may be NULL. Returns 0, or -1 with a reason
 * that names file and line, or the variable; then nothing is held. Sets options of inih, which are
 * global: call it from one thread. */
int config_load(
    struct config *config, const char *path, config_warn *warn, void *context, struct reason *why);

/* Appends the settings in effect, one "section.key = value" per line, each with its origin as a
 * comment. */
void config_describe(const struct config *config, struct buf *out);

/* Appends the settings that differ and that this program reads at its start only, as
 * "gateway.listen, queue.notify". Returns how many. */
size_t config_fixed_changes(const struct config *in_force, const struct config *fresh,
    enum config_program program, struct buf *out);

void config_release(struct config *config);

/* Where the sessions file is, or would be created: `session_database`; else ../sessions/sessions.db
 * relative to the queue's folder; else sessions.db beside the queue, where older versions created
 * it, provided that nobody else can write to that folder. malloc()ed. */
char *config_session_path(const struct config *config);
/* The session database: `session_database`, else the file of config_session_path if it exists and
 * nobody else can write or replace it, else NULL. malloc()ed. */
char *config_session_database(const struct config *config);
/* Returns -1 with the reason if there is a session file that is not used because others may write
 * or replace it; else 0. */
int config_session_fault(const struct config *config, struct reason *why);

/* The default for `database`: `path`, or `former` if only that one exists. malloc()ed. */
char *config_default_database(const char *path, const char *former);

#endif
