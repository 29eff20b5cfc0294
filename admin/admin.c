#include "admin/admin.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build-config.h"

#include "admin/identity.h"
#include "admin/json_line.h"
#include "common/buf.h"
#include "common/database.h"
#include "common/database_url.h"
#include "common/memory.h"
#include "common/schema.h"
#ifdef WITH_POSTGRESQL
#include "common/sql_postgres.h"
#endif
#include "common/trust.h"

#define SENTENCE_MAX_OCTETS 65536
#define CONNECT_MS 10000
/* Counting a very large queue takes its time. */
#define ANSWER_MS (10 * 60 * 1000)

static void say_sentence(const struct admin *admin, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static size_t newlines(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* The sentence may contain text from others, so whatever a terminal would obey is escaped. So are
 * newlines, unless all of them are in the format itself. */
static void say_sentence(const struct admin *admin, const char *format, va_list args)
{
    struct buf text, shown;

    buf_init(&text, SENTENCE_MAX_OCTETS);
    buf_init(&shown, 4 * SENTENCE_MAX_OCTETS);
    buf_vaddf(&text, format, args);
    bool own = newlines(text.data) == newlines(format);
    for (const char *at = text.data;; at++) {
        size_t len = own ? strcspn(at, "\n") : strlen(at);
        buf_add_escaped(&shown, at, len);
        at += len;
        if (*at == '\0')
            break;
        buf_add_char(&shown, '\n');
    }
    fprintf(admin->err, "belfry: %s\n", shown.data);
    buf_release(&shown);
    buf_release(&text);
}

void admin_say(const struct admin *admin, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_sentence(admin, format, args);
    va_end(args);
}

int admin_refuse(const struct admin *admin, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_sentence(admin, format, args);
    va_end(args);
    return ADMIN_REFUSED;
}

int admin_misuse(const struct admin *admin, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_sentence(admin, format, args);
    va_end(args);
    return ADMIN_MISUSED;
}

/* One of the two kinds of file. */
struct file_kind {
    const char *name; /* for people */
    const char *how;  /* the options of the `belfry init` that makes one */
    int (*check)(sqlite3 *db, const char *path, struct reason *why);
};

static const struct file_kind queue_kind = {"queue", "", schema_check_queue};
static const struct file_kind sessions_kind = {
    "sessions file", "--sessions ", schema_check_sessions};

/* Returns -1. What init makes beside a queue in PostgreSQL is no file, and has to be named. */
static int reason_missing(
    const struct admin *admin, const struct file_kind *kind, const char *path, struct reason *why)
{
    if (kind == &sessions_kind && database_url_is(admin->config.database))
        return reason_set(why,
            "there is no %s at %s: `belfry init --sessions` makes sessions in PostgreSQL; name "
            "their database by session_database under [auth]",
            kind->name, path);
    return reason_set(why, "there is no %s at %s: create one with `belfry init %s--database %s`",
        kind->name, path, kind->how, admin->config.database);
}

static int open_file(const struct admin *admin, const struct file_kind *kind, const char *path,
    enum database_mode mode, struct sql **sql, struct reason *why)
{
    sqlite3 *db = NULL;

    *sql = NULL;
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return reason_missing(admin, kind, path, why);
    if (identity_take(path, why) < 0 ||
        database_open(path, mode, (int)admin->config.queue.busy_timeout, &db, why) < 0 ||
        kind->check(db, path, why) < 0) {
        database_close(&db);
        return -1;
    }
    *sql = sql_sqlite_new(db);
    return 0;
}

/* A URL may hold a password, so it is not shown as it is. */
static int open_server(const struct admin *admin, const struct file_kind *kind, const char *url,
    bool read_only, struct sql **sql, struct reason *why)
{
    *sql = NULL;
#ifdef WITH_POSTGRESQL
    const struct sql_postgres_settings settings = {
        .of_sessions = kind == &sessions_kind,
        .program = "belfry",
        .connect_ms = CONNECT_MS,
        .lock_ms = (int)admin->config.queue.busy_timeout,
        .answer_ms = ANSWER_MS,
        .read_only = read_only,
    };
    *sql = sql_postgres_open(url, &settings, why);
#else
    (void)admin;
    (void)kind;
    (void)read_only;
    database_url_check(url, why);
#endif
    if (*sql)
        return 0;
    char *shown = database_url_shown(url);
    reason_prefix(why, "%s: ", shown);
    free(shown);
    return -1;
}

static int open_database(const struct admin *admin, const struct file_kind *kind,
    const char *database, enum database_mode mode, struct sql **sql, struct reason *why)
{
    return database_url_is(database)
               ? open_server(admin, kind, database, mode == DATABASE_LOOK, sql, why)
               : open_file(admin, kind, database, mode, sql, why);
}

static int open_queue(
    const struct admin *admin, enum database_mode mode, struct sql **queue, struct reason *why)
{
    return open_database(admin, &queue_kind, admin->config.database, mode, queue, why);
}

static int say_if_failed(const struct admin *admin, int result, const struct reason *why)
{
    if (result < 0)
        admin_say(admin, "%s", why->text);
    return result;
}

int admin_open_queue(const struct admin *admin, struct sql **queue)
{
    struct reason why;

    return say_if_failed(admin, open_queue(admin, DATABASE_OWN, queue, &why), &why);
}

int admin_look_into_queue(const struct admin *admin, struct sql **queue)
{
    struct reason why;

    return say_if_failed(admin, admin_try_queue(admin, queue, &why), &why);
}

int admin_try_queue(const struct admin *admin, struct sql **queue, struct reason *why)
{
    return open_queue(admin, DATABASE_LOOK, queue, why);
}

char *admin_sessions_path(const struct admin *admin)
{
    return config_session_path(&admin->config);
}

static int open_sessions(const struct admin *admin, enum database_mode mode, struct sql **sessions)
{
    char *path = admin_sessions_path(admin);
    struct reason why;
    bool is_file = !database_url_is(path) && access(path, F_OK) == 0;
    int result = is_file ? trust_store(path, &why) : 0;

    *sessions = NULL;
    if (result == 0)
        result = open_database(admin, &sessions_kind, path, mode, sessions, &why);
    free(path);
    return say_if_failed(admin, result, &why);
}

int admin_open_sessions(const struct admin *admin, struct sql **sessions)
{
    return open_sessions(admin, DATABASE_OWN, sessions);
}

int admin_look_into_sessions(const struct admin *admin, struct sql **sessions)
{
    return open_sessions(admin, DATABASE_LOOK, sessions);
}

void admin_print_json(const struct admin *admin, json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT);

    json_line_print(admin->out, line ? line : "{}", line ? strlen(line) : 2);
    free(line);
    json_decref(object);
}
