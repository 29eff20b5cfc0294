/*
 * log: one line for each event, on standard error, for people or for programs.
 *
 * A log_sink is where lines go, and the lowest level that is written. A logger
 * is a sink with a chain of fields that say what a line is about: each object
 * has a logger of its own, so that no call has to repeat them.
 *
 *     struct log_sink sink;
 *     log_sink_init(&sink, STDERR_FILENO, LOG_TEXT, LOG_INFO, &clock, "belfry-gateway");
 *     struct logger log = logger_root(&sink);
 *     struct logger one = logger_with(&log, "connection", "17");
 *     log_info(&one, "token refused: %s", why.text);
 *
 *     2026-11-22T19:19:00.123Z info  connection=17 token refused: …
 *     time=2026-11-22T19:19:00.123Z level=info program=belfry-gateway connection=17
 *         msg="token refused: …"
 *     {"time":"…","level":"info","program":"belfry-gateway","connection":"17",
 *         "msg":"token refused: …"}
 *
 * Invariants: each line is written by one write(2), so lines of several threads
 * never mix; it is at most 4 KiB; control characters in any part are escaped, so
 * a hostile value cannot forge a second line. Never log a secret, a token or the
 * value of a cookie: use a fingerprint (secret.h).
 *
 * A logger borrows its parent, its key (a plain word from the program) and its
 * value: they must outlive it.
 */
#ifndef BELFRY_COMMON_LOG_H
#define BELFRY_COMMON_LOG_H

#include <stdbool.h>

struct clock;
struct reason;

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_LOGFMT, LOG_JSON };

struct log_sink {
    int fd;
    enum log_format format;
    enum log_level level;
    const struct clock *clock;
    const char *program;
    bool journal; /* systemd's journal reads it: text begins with "<6>" instead of time and level */
};

struct logger {
    const struct log_sink *sink;
    const struct logger *parent; /* NULL at the root */
    const char *key;
    const char *value;
};

void log_sink_init(struct log_sink *sink, int fd, enum log_format format, enum log_level level,
    const struct clock *clock, const char *program);

/* What is written from now on; other threads may be logging meanwhile. */
void log_sink_change(struct log_sink *sink, enum log_format format, enum log_level level);

/* "text", "logfmt", "json"; "error", "warn", "info", "debug". Return 0, or -1 if unknown. */
int log_format_parse(const char *name, enum log_format *format);
int log_level_parse(const char *name, enum log_level *level);
const char *log_format_name(enum log_format format);
const char *log_level_name(enum log_level level);

struct logger logger_root(const struct log_sink *sink);
struct logger logger_with(const struct logger *parent, const char *key, const char *value);

/* For work that is only done to be logged. */
bool log_enabled(const struct logger *log, enum log_level level);

void log_write(const struct logger *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(log, ...) log_write((log), LOG_ERROR, __VA_ARGS__)
#define log_warn(log, ...) log_write((log), LOG_WARN, __VA_ARGS__)
#define log_info(log, ...) log_write((log), LOG_INFO, __VA_ARGS__)
#define log_debug(log, ...) log_write((log), LOG_DEBUG, __VA_ARGS__)

#endif
