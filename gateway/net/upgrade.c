#include "gateway/net/upgrade.h"

#include <http_parser.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/memory.h"
#include "gateway/net/head.h"

/* Fields that only this file asks for come behind the public ones. */
enum {
    FIELD_CONNECTION = UPGRADE_FIELDS,
    FIELD_UPGRADE,
    FIELD_VERSION,
    FIELD_CONTENT_LENGTH,
    FIELD_TRANSFER_ENCODING,
    FIELD_COUNT
};

enum repetition { REFUSED, JOINED, FIRST_COUNTS };

static const struct field {
    const char *name;
    enum repetition repetition;
} fields[FIELD_COUNT] = {
    [UPGRADE_HOST] = {"Host", REFUSED},
    [UPGRADE_ORIGIN] = {"Origin", REFUSED},
    [UPGRADE_AUTHORIZATION] = {"Authorization", REFUSED},
    [UPGRADE_PROTOCOL] = {"Sec-WebSocket-Protocol", JOINED},
    [UPGRADE_FORWARDED_FOR] = {"X-Forwarded-For", JOINED},
    [UPGRADE_FORWARDED_HOST] = {"X-Forwarded-Host", JOINED},
    [UPGRADE_FORWARDED_PROTO] = {"X-Forwarded-Proto", JOINED},
    [UPGRADE_USER_AGENT] = {"User-Agent", FIRST_COUNTS},
    [UPGRADE_KEY] = {"Sec-WebSocket-Key", REFUSED},
    [FIELD_CONNECTION] = {"Connection", JOINED},
    [FIELD_UPGRADE] = {"Upgrade", JOINED},
    [FIELD_VERSION] = {"Sec-WebSocket-Version", JOINED},
    [FIELD_CONTENT_LENGTH] = {"Content-Length", REFUSED},
    [FIELD_TRANSFER_ENCODING] = {"Transfer-Encoding", JOINED},
};

struct upgrade {
    struct head head;
    struct buf octets; /* of the head, without empty lines in front */
    struct buf rest;
    enum upgrade_progress progress;
    struct upgrade_refusal refusal;
    bool is_head;
    char *path;
    char *query;
    char *values[FIELD_COUNT];
    int field; /* that http-parser has just named, or -1 */
};

struct upgrade *upgrade_new(void)
{
    struct upgrade *upgrade = mem_zalloc(sizeof(*upgrade));

    buf_init(&upgrade->octets, HEAD_MAX_OCTETS);
    buf_init(&upgrade->rest, 0);
    upgrade->field = -1;
    return upgrade;
}

void upgrade_free(struct upgrade *upgrade)
{
    if (!upgrade)
        return;
    buf_wipe(&upgrade->octets);
    buf_release(&upgrade->rest);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        free(upgrade->values[i]);
    free(upgrade->path);
    free(upgrade->query);
    free(upgrade);
}

static bool refuse(struct upgrade *upgrade, int status, const char *reason)
{
    upgrade->refusal = (struct upgrade_refusal){status, reason};
    upgrade->progress = UPGRADE_REFUSED;
    return false;
}

/* ---- the request line ---- */

static bool is_version(const char *text)
{
    return strlen(text) == 8 && strncmp(text, "HTTP/", 5) == 0 && text[5] >= '0' &&
           text[5] <= '9' && text[6] == '.' && text[7] >= '0' && text[7] <= '9';
}

static bool is_method(const char *text)
{
    return *text != '\0' && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == strlen(text);
}

static bool split_target(struct upgrade *upgrade, const char *target)
{
    size_t path_len = strcspn(target, "?");

    upgrade->path = mem_strndup(target, path_len);
    upgrade->query = mem_strdup(target[path_len] == '?' ? target + path_len + 1 : "");
    if (*target != '/' || strchr(target, '#') || strstr(upgrade->path, "%00"))
        return refuse(upgrade, 400, "Request target must be a path");
    return true;
}

/* Exactly "METHOD SP target SP version": http-parser takes more blanks than that. */
static bool check_request_line(struct upgrade *upgrade, char *line)
{
    char *target = strchr(line, ' ');
    char *version = !target ? NULL : strchr(target + 1, ' ');

    if (!version)
        return refuse(upgrade, 400, "Malformed request line");
    *target++ = *version++ = '\0';
    if (!is_method(line) || !is_version(version))
        return refuse(upgrade, 400, "Malformed request line");
    if (!split_target(upgrade, target))
        return false;
    if (strcmp(version, "HTTP/1.1") != 0)
        return refuse(upgrade, 505,
            "HTTP version 1.1 wanted: a web server in front has to ask by it (nginx: "
            "proxy_http_version 1.1)");
    upgrade->is_head = strcmp(line, "HEAD") == 0;
    if (strcmp(line, "GET") != 0 && !upgrade->is_head)
        return refuse(upgrade, 405, "Method not allowed");
    return true;
}

/* ---- the fields, as http-parser finds them ---- */

static int on_field(http_parser *parser, const char *name, size_t len)
{
    struct upgrade *upgrade = parser->data;

    upgrade->field = -1;
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (strlen(fields[i].name) == len && strncasecmp(fields[i].name, name, len) == 0)
            upgrade->field = i;
    }
    return 0;
}

static char *join(const char *first, const char *second, size_t len)
{
    size_t first_len = strlen(first);
    char *both = mem_alloc(first_len + 2 + len + 1);

    memcpy(both, first, first_len);
    memcpy(both + first_len, ", ", 2);
    memcpy(both + first_len + 2, second, len);
    both[first_len + 2 + len] = '\0';
    return both;
}

static int on_value(http_parser *parser, const char *value, size_t len)
{
    struct upgrade *upgrade = parser->data;

    if (upgrade->field < 0)
        return 0;
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    char **held = &upgrade->values[upgrade->field];
    enum repetition repetition = fields[upgrade->field].repetition;
    if (!*held) {
        *held = mem_strndup(value, len);
    } else if (repetition == REFUSED) {
        refuse(upgrade, 400, "Header field given twice");
        return 1;
    } else if (repetition == JOINED) {
        char *joined = join(*held, value, len);
        free(*held);
        *held = joined;
    }
    return 0;
}

static bool parse(struct upgrade *upgrade)
{
    http_parser parser;
    http_parser_settings settings;

    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = upgrade;
    http_parser_settings_init(&settings);
    settings.on_header_field = on_field;
    settings.on_header_value = on_value;
    size_t len = http_parser_execute(&parser, &settings, upgrade->octets.data, upgrade->octets.len);
    if (upgrade->progress == UPGRADE_REFUSED)
        return false;
    if (len != upgrade->octets.len || HTTP_PARSER_ERRNO(&parser) != HPE_OK)
        return refuse(upgrade, 400, "Malformed request");
    return true;
}

/* ---- what the fields must say (RFC 6455, section 4.2.1) ---- */

static bool has_token(const char *list, const char *token)
{
    size_t len = strlen(token);

    while (list && *list != '\0') {
        list += strspn(list, " \t,");
        size_t item = strcspn(list, ",");
        size_t end = item;
        while (end > 0 && (list[end - 1] == ' ' || list[end - 1] == '\t'))
            end--;
        if (end == len && strncasecmp(list, token, len) == 0)
            return true;
        list += item;
    }
    return false;
}

static bool host_is_sound(const struct upgrade *upgrade)
{
    const char *host = upgrade->values[UPGRADE_HOST];

    return host != NULL && *host != '\0' && strcspn(host, " \t,/\\@\"#?<>^`{|}") == strlen(host);
}

/* A body would be read as frames by one side and as a request by another. */
static bool has_no_body(const struct upgrade *upgrade)
{
    const char *length = upgrade->values[FIELD_CONTENT_LENGTH];

    return upgrade->values[FIELD_TRANSFER_ENCODING] == NULL &&
           (!length || strcmp(length, "0") == 0);
}

static bool version_is_13(const struct upgrade *upgrade)
{
    const char *version = upgrade->values[FIELD_VERSION];

    return version != NULL && strcmp(version, "13") == 0;
}

/* base64 of 16 octets: 22 digits and two pads. */
static bool key_is_sound(const struct upgrade *upgrade)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *key = upgrade->values[UPGRADE_KEY];

    return key != NULL && strspn(key, digits) == 22 && strcmp(key + 22, "==") == 0;
}

struct check {
    bool (*holds)(const struct upgrade *upgrade);
    int status;
    const char *reason;
};

static bool check_all(struct upgrade *upgrade, const struct check *checks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!checks[i].holds(upgrade))
            return refuse(upgrade, checks[i].status, checks[i].reason);
    }
    return true;
}

static enum upgrade_progress judge(struct upgrade *upgrade)
{
    static const struct check of_request[] = {
        {host_is_sound, 400, "Host missing or malformed"},
        {has_no_body, 400, "Request with a body"},
    };
    static const struct check of_websocket[] = {
        {version_is_13, 426, "WebSocket version 13 wanted"},
        {key_is_sound, 400, "Sec-WebSocket-Key missing or malformed"},
    };

    if (!check_all(upgrade, of_request, 2))
        return UPGRADE_REFUSED;
    if (upgrade->is_head || !has_token(upgrade->values[FIELD_CONNECTION], "upgrade") ||
        !has_token(upgrade->values[FIELD_UPGRADE], "websocket"))
        return UPGRADE_PLAIN;
    return check_all(upgrade, of_websocket, 2) ? UPGRADE_DONE : UPGRADE_REFUSED;
}

static void read_head(struct upgrade *upgrade)
{
    size_t len = strcspn(upgrade->octets.data, "\r");
    char *line = mem_strndup(upgrade->octets.data, len);

    if (check_request_line(upgrade, line) && parse(upgrade))
        upgrade->progress = judge(upgrade);
    free(line);
}

static void take_rest(struct upgrade *upgrade, const void *octets, size_t len)
{
    buf_release(&upgrade->rest);
    buf_init(&upgrade->rest, len);
    buf_add(&upgrade->rest, octets, len);
}

enum upgrade_progress upgrade_feed(struct upgrade *upgrade, const void *octets, size_t len)
{
    const unsigned char *at = octets;
    size_t read = 0;
    size_t kept = 0; /* up to here the octets are in upgrade->octets, or in front of the request */
    enum head_progress progress = HEAD_MORE;

    if (upgrade->progress != UPGRADE_MORE)
        return upgrade->progress;
    while (read < len && progress == HEAD_MORE) {
        progress = head_octet(&upgrade->head, at[read++], &upgrade->refusal);
        if (upgrade->head.part == HEAD_LEADING)
            kept = read;
    }
    buf_add(&upgrade->octets, at + kept, read - kept);
    if (progress == HEAD_REFUSED)
        upgrade->progress = UPGRADE_REFUSED;
    if (progress == HEAD_WHOLE) {
        take_rest(upgrade, at + read, len - read);
        read_head(upgrade);
    }
    return upgrade->progress;
}

bool upgrade_is_websocket(const struct upgrade *upgrade)
{
    return upgrade->progress == UPGRADE_DONE;
}

bool upgrade_is_head(const struct upgrade *upgrade)
{
    return upgrade->is_head;
}

struct upgrade_refusal upgrade_refusal(const struct upgrade *upgrade)
{
    return upgrade->refusal;
}

const char *upgrade_path(const struct upgrade *upgrade)
{
    return upgrade->path;
}

const char *upgrade_query(const struct upgrade *upgrade)
{
    return upgrade->query;
}

const char *upgrade_field(const struct upgrade *upgrade, enum upgrade_field field)
{
    return upgrade->values[field];
}

const void *upgrade_rest(const struct upgrade *upgrade, size_t *len)
{
    *len = upgrade->rest.len;
    return upgrade->rest.data;
}
