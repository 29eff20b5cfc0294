#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"

/* One write(2) of this size to a pipe is atomic (PIPE_BUF on Linux). */
#define LINE_SIZE 4096
/* Fields may use this much of the line, so that the message always has room. */
#define FIELDS_END 3072
/* The message may use this much: the mark that it was cut, the closing and the newline follow. */
#define MESSAGE_END (LINE_SIZE - 8)
#define CUT_MARK "…"

struct log_line {
    size_t len;
    size_t start; /* after the part that is not for people: the priority for the journal */
    char text[LINE_SIZE];
};

typedef size_t text_step(const char *text, size_t len, char *out);

static const struct {
    const char *name;
    const char *syslog; /* from which systemd's journal reads the priority of a line */
} levels[] = {
    [LOG_ERROR] = {"error", "<3>"},
    [LOG_WARN] = {"warn", "<4>"},
    [LOG_INFO] = {"info", "<6>"},
    [LOG_DEBUG] = {"debug", "<7>"},
};

static const char *const formats[] = {
    [LOG_TEXT] = "text",
    [LOG_LOGFMT] = "logfmt",
    [LOG_JSON] = "json",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* systemd names the stream in JOURNAL_STREAM as "device:inode". Children inherit the variable even
 * if their standard error goes elsewhere, so it is compared with the descriptor. */
static bool is_journal(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    char actual[64];

    if (!stream || fstat(fd, &status) < 0)
        return false;
    snprintf(actual, sizeof(actual), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    return strcmp(stream, actual) == 0;
}

void log_sink_init(struct log_sink *sink, int fd, enum log_format format, enum log_level level,
    const struct clock *clock, const char *program)
{
    *sink = (struct log_sink){
        .fd = fd,
        .format = format,
        .level = level,
        .clock = clock,
        .program = program,
        .journal = is_journal(fd),
    };
}

void log_sink_change(struct log_sink *sink, enum log_format format, enum log_level level)
{
    __atomic_store_n(&sink->format, format, __ATOMIC_RELAXED);
    __atomic_store_n(&sink->level, level, __ATOMIC_RELAXED);
}

static enum log_format format_of(const struct log_sink *sink)
{
    return __atomic_load_n(&sink->format, __ATOMIC_RELAXED);
}

int log_format_parse(const char *name, enum log_format *format)
{
    for (size_t i = 0; i < COUNT(formats); i++) {
        if (strcmp(formats[i], name) == 0) {
            *format = (enum log_format)i;
            return 0;
        }
    }
    return -1;
}

int log_level_parse(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < COUNT(levels); i++) {
        if (strcmp(levels[i].name, name) == 0) {
            *level = (enum log_level)i;
            return 0;
        }
    }
    return -1;
}

const char *log_format_name(enum log_format format)
{
    return formats[format];
}

const char *log_level_name(enum log_level level)
{
    return levels[level].name;
}

struct logger logger_root(const struct log_sink *sink)
{
    return (struct logger){.sink = sink};
}

struct logger logger_with(const struct logger *parent, const char *key, const char *value)
{
    return (struct logger){.sink = parent->sink, .parent = parent, .key = key, .value = value};
}

bool log_enabled(const struct logger *log, enum log_level level)
{
    return level <= __atomic_load_n(&log->sink->level, __ATOMIC_RELAXED);
}

static bool line_add(struct log_line *line, size_t end, const char *text)
{
    size_t octets = strlen(text);

    if (line->len + octets > end)
        return false;
    memcpy(line->text + line->len, text, octets);
    line->len += octets;
    return true;
}

/* Returns whether all of it fitted before `end`. */
static bool line_add_steps(struct log_line *line, size_t end, const char *text, text_step *take)
{
    size_t left = strlen(text);
    char step[TEXT_STEP_SIZE];

    while (left > 0) {
        size_t taken = take(text, left, step);

        if (!line_add(line, end, step))
            return false;
        text += taken;
        left -= taken;
    }
    return true;
}

/* A logfmt value needs no quotes if it holds nothing that would end or confuse it. */
static bool is_bare(const char *value)
{
    size_t len = strlen(value);

    return len > 0 && !strpbrk(value, " \"\\=") && !text_has_control(value, len) &&
           text_is_utf8(value, len);
}

struct punctuation {
    const char *first, *next; /* what precedes the key: of the first field, and of the others */
    const char *between;
    const char *after;
    text_step *take;
};

static const struct punctuation json_field = {"{\"", ",\"", "\":\"", "\"", text_step_json_shown};
static const struct punctuation quoted_field = {"", " ", "=\"", "\"", text_step_quoted};
static const struct punctuation bare_field = {"", " ", "=", "", text_step_quoted};

static const struct punctuation *choose_punctuation(enum log_format format, const char *value)
{
    if (format == LOG_JSON)
        return &json_field;
    return is_bare(value) ? &bare_field : &quoted_field;
}

/* A field that does not fit before `end` has its value cut, or is left out as a whole; the closing
 * quote may go beyond `end`. */
static void add_field(
    struct log_line *line, enum log_format format, const char *key, const char *value, size_t end)
{
    const struct punctuation *use = choose_punctuation(format, value);
    char opening[128];
    int octets = snprintf(opening, sizeof(opening), "%s%s%s",
        line->len == line->start ? use->first : use->next, key, use->between);

    if (octets < 0 || (size_t)octets >= sizeof(opening) || !line_add(line, end, opening))
        return;
    if (!line_add_steps(line, end, value, use->take))
        line_add(line, LINE_SIZE, CUT_MARK);
    line_add(line, LINE_SIZE, use->after);
}

/* From the root outwards, so that the most general field comes first. */
static void add_chain(struct log_line *line, enum log_format format, const struct logger *log)
{
    if (!log)
        return;
    add_chain(line, format, log->parent);
    if (log->key)
        add_field(line, format, log->key, log->value ? log->value : "", FIELDS_END);
}

/* In text the message has no key; the journal adds time and level itself. */
static void write_text(struct log_line *line, const struct logger *log, enum log_level level,
    const char *time, const char *message)
{
    char head[64];

    if (log->sink->journal) {
        line_add(line, LINE_SIZE, levels[level].syslog);
        line->start = line->len;
    } else {
        snprintf(head, sizeof(head), "%s %-5s", time, levels[level].name);
        line_add(line, LINE_SIZE, head);
    }
    add_chain(line, LOG_TEXT, log);
    if (line->len > line->start)
        line_add(line, LINE_SIZE, " ");
    if (!line_add_steps(line, MESSAGE_END, message, text_step_shown))
        line_add(line, LINE_SIZE, CUT_MARK);
}

static void write_fields(struct log_line *line, const struct logger *log, enum log_format format,
    enum log_level level, const char *time, const char *message)
{
    add_field(line, format, "time", time, FIELDS_END);
    add_field(line, format, "level", levels[level].name, FIELDS_END);
    add_field(line, format, "program", log->sink->program, FIELDS_END);
    add_chain(line, format, log);
    add_field(line, format, "msg", message, MESSAGE_END);
    if (format == LOG_JSON)
        line_add(line, LINE_SIZE, "}");
}

static void send_line(int fd, const struct log_line *line)
{
    ssize_t sent;

    do
        sent = write(fd, line->text, line->len);
    while (sent < 0 && errno == EINTR);
}

void log_write(const struct logger *log, enum log_level level, const char *format, ...)
{
    int saved = errno;
    enum log_format line_format = format_of(log->sink);
    struct log_line line = {.len = 0};
    char message[LINE_SIZE];
    char time[CLOCK_ISO_SIZE];
    va_list args;

    if (!log_enabled(log, level))
        return;
    va_start(args, format);
    if (vsnprintf(message, sizeof(message), format, args) < 0)
        snprintf(message, sizeof(message), "%s", format);
    va_end(args);
    clock_iso(clock_wall_ms(log->sink->clock), time);
    if (line_format == LOG_TEXT)
        write_text(&line, log, level, time, message);
    else
        write_fields(&line, log, line_format, level, time, message);
    line_add(&line, LINE_SIZE, "\n");
    send_line(log->sink->fd, &line);
    errno = saved;
}
