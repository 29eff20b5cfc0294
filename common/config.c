#include "common/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/memory.h"
#include "common/setting.h"
#include "common/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The longest line of the file; a session_query can take up a good part of it. */
#define LINE_MAX_OCTETS 8192
#define VARIABLE_SIZE 64
#define COMMENT_PREFIXES "#;"
#define FROM_ENVIRONMENT (-1)

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define MEGABYTE 1048576

/* A row of the table; what follows the default are its bounds or choices. */
#define ROW(section_name, name, member, kind, value, ...) \
    { \
        .section = section_name, .key = name, .type = &setting_##kind, .fallback = value, \
        .offset = offsetof(struct config, member), __VA_ARGS__ \
    }
#define COMMON(name, ...) ROW("belfry", #name, name, __VA_ARGS__)
#define IN(section, name, ...) ROW(#section, #name, section.name, __VA_ARGS__)

static const struct setting settings[] = {
    COMMON(database, database, CONFIG_DEFAULT_DATABASE, .fixed_in = CONFIG_GATEWAY),
    COMMON(allowed_origins, origins, ""),
    COMMON(trusted_proxies, list, "127.0.0.0/8, ::1, unix"),
    COMMON(log_level, log_level, "info"),
    COMMON(log_format, log_format, "text"),
    COMMON(sandbox, flag, "yes", .fixed_in = CONFIG_AUTH | CONFIG_GATEWAY | CONFIG_PUBLISH),

    IN(token, secret_file, list, ""),
    IN(token, lifetime, duration, "3600", .min = SECOND, .max = 168 * HOUR),
    IN(token, issuer, text, "", .whole = true),
    IN(token, audience, text, "", .whole = true),
    IN(token, leeway, duration, "30", .max = 10 * MINUTE),
    IN(token, allow_weak_secret, flag, "no"),

    IN(auth, socket, text, "", .fixed_in = CONFIG_AUTH),
    IN(auth, socket_group, text, "", .fixed_in = CONFIG_AUTH),
    IN(auth, threads, number, "4", .min = 1, .max = 64, .fixed_in = CONFIG_AUTH),
    IN(auth, session_database, optional_database, "", .fixed_in = CONFIG_GATEWAY),
    IN(auth, session_secret_file, text, ""),
    IN(auth, session_sources, list, "authjs, table", .fixed_in = CONFIG_GATEWAY),
    IN(auth, subject, choice, "id", .choices = "id|email"),
    IN(auth, session_cookie, text, "", .whole = true),
    IN(auth, session_query, text, "", .whole = true),
    IN(auth, session_signature, choice, "", .choices = "|express"),

    IN(publish, socket, text, "", .fixed_in = CONFIG_PUBLISH),
    IN(publish, socket_group, text, "", .fixed_in = CONFIG_PUBLISH),
    IN(publish, threads, number, "4", .min = 1, .max = 64, .fixed_in = CONFIG_PUBLISH),
    IN(publish, rate, number, "100", .min = 1, .max = 1000000),

    IN(gateway, listen, list, "127.0.0.1:8081", .fixed_in = CONFIG_GATEWAY),
    IN(gateway, ops_listen, list, "127.0.0.1:9181", .fixed_in = CONFIG_GATEWAY),
    IN(gateway, socketio_path, url_path, "/socket.io/"),
    IN(gateway, websocket_path, url_path, "/ws"),
    IN(gateway, events_path, url_path, "/events"),
    IN(gateway, transports, words, "websocket, polling, events",
        .choices = "websocket|polling|events"),
    IN(gateway, ping_interval, duration, "30", .min = 10, .max = HOUR),
    IN(gateway, ping_timeout, duration, "20", .min = 10, .max = HOUR),
    IN(gateway, auth_timeout, duration, "10", .min = 10, .max = 10 * MINUTE),
    IN(gateway, max_message, size, "65536", .min = 128, .max = 16 * MEGABYTE),
    IN(gateway, max_buffer, size, "262144", .min = 1024, .max = 64 * MEGABYTE),
    IN(gateway, max_topics, number, "128", .min = 1, .max = 10000),
    IN(gateway, max_connections, limit, "", .max = 10000000),
    IN(gateway, max_connections_per_user, number, "32", .min = 1, .max = 1000000),
    IN(gateway, max_connections_per_address, number, "1024", .min = 1, .max = 10000000),
    IN(gateway, rate, number, "50", .min = 1, .max = 1000000),
    IN(gateway, burst, number, "100", .min = 1, .max = 1000000),
    IN(gateway, drain, duration, "10", .max = 10 * MINUTE),
    IN(gateway, presence_scope, choice, "shared", .choices = "shared|everyone|off"),
    IN(gateway, presence_grace, duration, "5", .max = 10 * MINUTE),
    IN(gateway, session_check, duration, "5s", .min = SECOND, .max = HOUR,
        .fixed_in = CONFIG_GATEWAY),
    IN(gateway, auto_subscribe, topics, "user:notifications"),
    IN(gateway, allow_query_token, flag, "no"),

    IN(queue, delivery_window, number, "64", .min = 1, .max = 1024),
    IN(queue, busy_timeout, duration, "5s", .max = 10 * MINUTE, .fixed_in = CONFIG_PUBLISH),
    IN(queue, synchronous, choice, "full", .choices = "off|normal|full|extra",
        .fixed_in = CONFIG_GATEWAY),
    IN(queue, notify, flag, "yes", .fixed_in = CONFIG_GATEWAY),
    IN(queue, poll_interval, duration, "1s", .min = 10, .max = HOUR, .fixed_in = CONFIG_GATEWAY),
    IN(queue, retain_days, number, "30", .max = 36500, .fixed_in = CONFIG_GATEWAY),
    IN(queue, retain_messages_days, number, "0", .max = 36500, .fixed_in = CONFIG_GATEWAY),
};

/* Variables of Belfry that are not settings. One that ends with _ stands for every name that begins
 * with it. */
static const char *const other_variables[] = {"BELFRY_CONFIG", "BELFRY_URL", "BELFRY_CORE_DUMPS",
    "BELFRY_TEST_", "BELFRY_USER", "BELFRY_EMAIL", "BELFRY_NAME", "BELFRY_ROLE"};

struct reading {
    struct config *config;
    const char *path;
    FILE *file;
    int line;
    int joined;       /* further lines that were joined to it */
    bool has_comment; /* after something else in the line */
    bool refused;     /* `why` is set */
    struct reason *why;
};

static void *place_of(struct config *config, const struct setting *setting)
{
    return (char *)config + setting->offset;
}

static const struct setting *find_setting(const char *section, const char *key)
{
    for (size_t i = 0; i < COUNT(settings); i++)
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].key, key) == 0)
            return &settings[i];
    return NULL;
}

static bool is_section(const char *name, size_t len)
{
    for (size_t i = 0; i < COUNT(settings); i++)
        if (strlen(settings[i].section) == len && memcmp(settings[i].section, name, len) == 0)
            return true;
    return false;
}

/* Tabs may separate list items, and an environment variable may hold a query of several lines. */
static bool is_text(const char *value)
{
    for (;;) {
        size_t len = strcspn(value, "\t\r\n");

        if (!text_is_utf8(value, len) || text_has_control(value, len))
            return false;
        if (!value[len])
            return true;
        value += len + 1;
    }
}

static int read_setting(struct config *config, const struct setting *setting, const char *text,
    int origin, struct reason *why)
{
    if (!is_text(text))
        return reason_set(why, "has bytes that are not UTF-8 text");
    if (setting->type->read(setting, text, place_of(config, setting), why) < 0)
        return -1;
    config->origin[setting - settings] = origin;
    return 0;
}

/* ---- the file ---- */

static void refuse_line(struct reading *reading, const char *sentence)
{
    reading->refused = true;
    reason_set(reading->why, "%s:%d: %s", reading->path, reading->line, sentence);
}

/* As inih does: a comment begins after a blank. */
static bool holds_comment(const char *line)
{
    const char *at = line + strspn(line, " \t");

    for (; *at; at++)
        if (strchr(COMMENT_PREFIXES, *at) && at > line && strchr(" \t", at[-1]))
            return true;
    return false;
}

/* A line of a setting that ends with a backslash continues on the next line. */
static bool goes_on(const char *line, size_t len)
{
    size_t blanks = strspn(line, " \t");

    return len >= 2 && line[len - 2] == '\\' && !strchr(COMMENT_PREFIXES, line[blanks]) &&
           !holds_comment(line);
}

static bool line_is_sound(struct reading *reading, const char *line, size_t len)
{
    size_t blanks = strspn(line, " \t");
    size_t name = blanks + 1;

    if (strlen(line) != len) {
        refuse_line(reading, "the line has a NUL byte: is this the right file?");
        return false;
    }
    if (line[blanks] == '[' && !is_section(line + name, strcspn(line + name, "]\n"))) {
        refuse_line(reading, "no such section: there are [belfry], [token], [auth], [publish], "
                             "[gateway], [queue]");
        return false;
    }
    reading->has_comment = holds_comment(line);
    return true;
}

/* Reads a line for inih, as fgets() would. By itself inih would take the rest of an overlong line
 * for a line of its own, and not every build of it reports line numbers; both are handled here. */
static char *next_line(char *line, int size, void *stream)
{
    struct reading *reading = stream;
    size_t len = 0;
    int c;

    reading->line += 1 + reading->joined;
    reading->joined = 0;
    while (len + 1 < (size_t)size && (c = getc(reading->file)) != EOF) {
        line[len++] = (char)c;
        if (c != '\n')
            continue;
        line[len] = '\0';
        if (!goes_on(line, len))
            break;
        len -= 2;
        reading->joined++;
    }
    line[len] = '\0';
    if (ferror(reading->file)) {
        reading->refused = true;
        reason_set(reading->why, "%s cannot be read: %s", reading->path, strerror(errno));
        return NULL;
    }
    if (len == 0)
        return NULL;
    if (line[len - 1] != '\n' && !feof(reading->file)) {
        refuse_line(reading, "the line is too long");
        return NULL;
    }
    return line_is_sound(reading, line, len) ? line : NULL;
}

static bool is_quoted(const char *value)
{
    size_t len = strlen(value);

    return len >= 2 && (*value == '"' || *value == '\'') && value[len - 1] == *value;
}

/* Handles a setting for inih: returns 0 to refuse it. */
static int take_value(void *user, const char *section, const char *key, const char *value)
{
    struct reading *reading = user;
    const struct setting *setting = find_setting(section, key);
    struct reason below;
    struct reason sentence;

    if (!*section)
        reason_set(&sentence, "\"%s\" comes before any [section]", key);
    else if (!setting)
        reason_set(&sentence, "[%s] has no key \"%s\"", section, key);
    else if (reading->config->origin[setting - settings] > 0)
        reason_set(&sentence, "[%s] %s is already set in line %d", section, key,
            reading->config->origin[setting - settings]);
    else if (is_quoted(value))
        reason_set(&sentence, "[%s] %s: write the value without quotes", section, key);
    else if (setting->whole && reading->has_comment)
        reason_set(&sentence,
            "[%s] %s: \" #\" and \" ;\" begin a comment, which would cut this value: give the "
            "comment a line of its own, or the value by the environment",
            section, key);
    else if (read_setting(reading->config, setting, value, reading->line, &below) < 0)
        reason_set(&sentence, "[%s] %s: %s", section, key, below.text);
    else
        return 1;
    refuse_line(reading, sentence.text);
    return 0;
}

static void set_inih_options(void)
{
    ini_use_stack = false;
    ini_allow_realloc = false;
    ini_initial_alloc = LINE_MAX_OCTETS;
    ini_max_line = LINE_MAX_OCTETS;
    /* Otherwise inih would read an indented setting as a continuation of the one above. */
    ini_allow_multiline = false;
    ini_allow_no_value = false;
    ini_stop_on_first_error = true;
    ini_inline_comment_prefixes = (char *)COMMENT_PREFIXES;
}

static int read_file(struct config *config, const char *path, struct reason *why)
{
    struct reading reading = {.config = config, .path = path, .why = why};
    int line;

    reading.file = fopen(path, "re");
    if (!reading.file)
        return reason_set(why, "%s cannot be opened: %s", path, strerror(errno));
    set_inih_options();
    line = ini_parse_stream(next_line, &reading, take_value, &reading);
    fclose(reading.file);
    if (line == 0 && !reading.refused) {
        config->path = mem_strdup(path);
        return 0;
    }
    if (!reading.refused)
        refuse_line(&reading, "neither a [section], a setting (key = value) nor a comment (# …)");
    return -1;
}

/* ---- the environment ---- */

static void name_variable(const struct setting *setting, char *name)
{
    bool common = strcmp(setting->section, "belfry") == 0;

    snprintf(name, VARIABLE_SIZE, "BELFRY_%s%s%s", common ? "" : setting->section,
        common ? "" : "_", setting->key);
    for (; *name; name++)
        *name = (char)toupper((unsigned char)*name);
}

static int read_environment(struct config *config, struct reason *why)
{
    char name[VARIABLE_SIZE];

    for (size_t i = 0; i < COUNT(settings); i++) {
        const char *value;
        name_variable(&settings[i], name);
        value = getenv(name);
        if (value && read_setting(config, &settings[i], value, FROM_ENVIRONMENT, why) < 0)
            return reason_prefix(why, "%s in the environment: ", name);
    }
    return 0;
}

static bool is_known_variable(const char *variable, size_t len)
{
    char name[VARIABLE_SIZE];

    for (size_t i = 0; i < COUNT(other_variables); i++) {
        size_t octets = strlen(other_variables[i]);
        bool family = other_variables[i][octets - 1] == '_';
        if ((family ? len >= octets : len == octets) &&
            memcmp(variable, other_variables[i], octets) == 0)
            return true;
    }
    for (size_t i = 0; i < COUNT(settings); i++) {
        name_variable(&settings[i], name);
        if (strlen(name) == len && memcmp(variable, name, len) == 0)
            return true;
    }
    return false;
}

/* One warning for all of them, since Kubernetes sets half a dozen. */
static void warn_of_unknown_variables(config_warn *warn, void *context)
{
    struct buf names;

    buf_init(&names, 1024);
    for (char **at = environ; at && *at; at++) {
        size_t len = strcspn(*at, "=");
        if (strncmp(*at, "BELFRY_", strlen("BELFRY_")) != 0 || is_known_variable(*at, len))
            continue;
        buf_add_text(
            &names, names.len == 0 ? "no settings, so ignored in the environment: " : ", ");
        buf_add_escaped(&names, *at, len);
    }
    if (names.len > 0)
        warn(context, names.data);
    buf_release(&names);
}

/* ---- the whole configuration ---- */

static void set_defaults(struct config *config)
{
    *config = (struct config){.origin = mem_array(COUNT(settings), sizeof(int))};
    for (size_t i = 0; i < COUNT(settings); i++) {
        const struct setting *setting = &settings[i];
        setting->type->read(setting, setting->fallback, place_of(config, setting), NULL);
    }
}

/* NULL if there is no file; none is needed. */
static const char *choose_path(const char *path)
{
    const char *variable = getenv("BELFRY_CONFIG");

    if (path)
        return path;
    if (variable && *variable)
        return variable;
    return access(CONFIG_DEFAULT_PATH, F_OK) == 0 ? CONFIG_DEFAULT_PATH : NULL;
}

/* An installation that is older than the current default has its queue at the former one. */
static void settle_database(struct config *config)
{
    const struct setting *database = find_setting("belfry", "database");

    if (config->origin[database - settings] != 0)
        return;
    free(config->database);
    config->database =
        config_default_database(CONFIG_DEFAULT_DATABASE, CONFIG_FORMER_DEFAULT_DATABASE);
}

int config_load(
    struct config *config, const char *path, config_warn *warn, void *context, struct reason *why)
{
    const char *file = choose_path(path);

    set_defaults(config);
    if ((file && read_file(config, file, why) < 0) || read_environment(config, why) < 0) {
        config_release(config);
        return -1;
    }
    settle_database(config);
    if (warn)
        warn_of_unknown_variables(warn, context);
    return 0;
}

static void describe_origin(const struct config *config, size_t index, struct buf *out)
{
    char name[VARIABLE_SIZE];
    int origin = config->origin[index];

    name_variable(&settings[index], name);
    if (origin > 0)
        buf_addf(out, "# line %d", origin);
    else
        buf_addf(out, "# %s", origin == FROM_ENVIRONMENT ? name : "default");
}

void config_describe(const struct config *config, struct buf *out)
{
    buf_addf(out, "# file: %s\n", config->path ? config->path : "none");
    for (size_t i = 0; i < COUNT(settings); i++) {
        const struct setting *setting = &settings[i];
        buf_addf(out, "%s.%s = ", setting->section, setting->key);
        setting->type->print((const char *)config + setting->offset, out);
        buf_add_text(out, "  ");
        describe_origin(config, i, out);
        buf_add_char(out, '\n');
    }
}

static bool is_database(const struct setting *setting)
{
    return setting->type == &setting_database || setting->type == &setting_optional_database;
}

/* What is printed of a database leaves its password out. */
static bool is_same(
    const struct setting *setting, const struct config *one, const struct config *other)
{
    const char *place = (const char *)one + setting->offset;
    const char *beside = (const char *)other + setting->offset;
    struct buf text, against;

    if (is_database(setting))
        return strcmp(*(char *const *)place, *(char *const *)beside) == 0;
    buf_init(&text, SIZE_MAX);
    buf_init(&against, SIZE_MAX);
    setting->type->print(place, &text);
    setting->type->print(beside, &against);
    bool same = text.len == against.len && memcmp(text.data, against.data, text.len) == 0;
    buf_release(&text);
    buf_release(&against);
    return same;
}

size_t config_fixed_changes(const struct config *in_force, const struct config *fresh,
    enum config_program program, struct buf *out)
{
    size_t count = 0;

    for (size_t i = 0; i < COUNT(settings); i++) {
        const struct setting *setting = &settings[i];

        if ((setting->fixed_in & (unsigned)program) && !is_same(setting, in_force, fresh))
            buf_addf(out, "%s%s.%s", count++ > 0 ? ", " : "", setting->section, setting->key);
    }
    return count;
}

void config_release(struct config *config)
{
    for (size_t i = 0; i < COUNT(settings); i++)
        if (settings[i].type->release)
            settings[i].type->release(place_of(config, &settings[i]));
    free(config->path);
    free(config->origin);
    *config = (struct config){.path = NULL};
}
