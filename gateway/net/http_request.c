#include "gateway/net/http_request.h"

#include <http_parser.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/memory.h"
#include "gateway/net/head.h"

/* Fields that only this file asks for come behind the public ones. */
enum {
    FIELD_CONNECTION = HTTP_FIELDS,
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
    [HTTP_FIELD_HOST] = {"Host", REFUSED},
    [HTTP_FIELD_ORIGIN] = {"Origin", REFUSED},
    [HTTP_FIELD_AUTHORIZATION] = {"Authorization", REFUSED},
    [HTTP_FIELD_PROTOCOL] = {"Sec-WebSocket-Protocol", JOINED},
    [HTTP_FIELD_FORWARDED_FOR] = {"X-Forwarded-For", JOINED},
    [HTTP_FIELD_FORWARDED_HOST] = {"X-Forwarded-Host", JOINED},
    [HTTP_FIELD_FORWARDED_PROTO] = {"X-Forwarded-Proto", JOINED},
    [HTTP_FIELD_USER_AGENT] = {"User-Agent", FIRST_COUNTS},
    [HTTP_FIELD_KEY] = {"Sec-WebSocket-Key", REFUSED},
    [FIELD_CONNECTION] = {"Connection", JOINED},
    [FIELD_UPGRADE] = {"Upgrade", JOINED},
    [FIELD_VERSION] = {"Sec-WebSocket-Version", JOINED},
    [FIELD_CONTENT_LENGTH] = {"Content-Length", REFUSED},
    [FIELD_TRANSFER_ENCODING] = {"Transfer-Encoding", JOINED},
};

struct http_request {
    struct head head;
    struct buf octets; /* of the head, without empty lines in front */
    struct buf rest;
    enum http_progress progress;
    struct http_refusal refusal;
    bool is_head;
    char *path;
    char *query;
    char *values[FIELD_COUNT];
    int field; /* that http-parser has just named, or -1 */
};

struct http_request *http_request_new(void)
{
    struct http_request *request = mem_zalloc(sizeof(*request));

    buf_init(&request->octets, HEAD_MAX_OCTETS);
    buf_init(&request->rest, 0);
    request->field = -1;
    return request;
}

void http_request_free(struct http_request *request)
{
    if (!request)
        return;
    buf_wipe(&request->octets);
    buf_release(&request->rest);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        free(request->values[i]);
    free(request->path);
    free(request->query);
    free(request);
}

static bool refuse(struct http_request *request, int status, const char *reason)
{
    request->refusal = (struct http_refusal){status, reason};
    request->progress = HTTP_REQUEST_REFUSED;
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

static bool split_target(struct http_request *request, const char *target)
{
    size_t path_len = strcspn(target, "?");

    request->path = mem_strndup(target, path_len);
    request->query = mem_strdup(target[path_len] == '?' ? target + path_len + 1 : "");
    if (*target != '/' || strchr(target, '#') || strstr(request->path, "%00"))
        return refuse(request, 400, "Request target must be a path");
    return true;
}

/* Exactly "METHOD SP target SP version": http-parser takes more blanks than that. */
static bool check_request_line(struct http_request *request, char *line)
{
    char *target = strchr(line, ' ');
    char *version = !target ? NULL : strchr(target + 1, ' ');

    if (!version)
        return refuse(request, 400, "Malformed request line");
    *target++ = *version++ = '\0';
    if (!is_method(line) || !is_version(version))
        return refuse(request, 400, "Malformed request line");
    if (!split_target(request, target))
        return false;
    if (strcmp(version, "HTTP/1.1") != 0)
        return refuse(request, 505,
            "HTTP version 1.1 wanted: a web server in front has to ask by it (nginx: "
            "proxy_http_version 1.1)");
    request->is_head = strcmp(line, "HEAD") == 0;
    if (strcmp(line, "GET") != 0 && !request->is_head)
        return refuse(request, 405, "Method not allowed");
    return true;
}

/* ---- the fields, as http-parser finds them ---- */

static int on_field(http_parser *parser, const char *name, size_t len)
{
    struct http_request *request = parser->data;

    request->field = -1;
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (strlen(fields[i].name) == len && strncasecmp(fields[i].name, name, len) == 0)
            request->field = i;
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
    struct http_request *request = parser->data;

    if (request->field < 0)
        return 0;
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    char **held = &request->values[request->field];
    enum repetition repetition = fields[request->field].repetition;
    if (!*held) {
        *held = mem_strndup(value, len);
    } else if (repetition == REFUSED) {
        refuse(request, 400, "Header field given twice");
        return 1;
    } else if (repetition == JOINED) {
        char *joined = join(*held, value, len);
        free(*held);
        *held = joined;
    }
    return 0;
}

static bool parse(struct http_request *request)
{
    http_parser parser;
    http_parser_settings settings;

    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = request;
    http_parser_settings_init(&settings);
    settings.on_header_field = on_field;
    settings.on_header_value = on_value;
    size_t len = http_parser_execute(&parser, &settings, request->octets.data, request->octets.len);
    if (request->progress == HTTP_REQUEST_REFUSED)
        return false;
    if (len != request->octets.len || HTTP_PARSER_ERRNO(&parser) != HPE_OK)
        return refuse(request, 400, "Malformed request");
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

static bool host_is_sound(const struct http_request *request)
{
    const char *host = request->values[HTTP_FIELD_HOST];

    return host != NULL && *host != '\0' && strcspn(host, " \t,/\\@\"#?<>^`{|}") == strlen(host);
}

/* A body would be read as frames by one side and as a request by another. */
static bool has_no_body(const struct http_request *request)
{
    const char *length = request->values[FIELD_CONTENT_LENGTH];

    return request->values[FIELD_TRANSFER_ENCODING] == NULL &&
           (!length || strcmp(length, "0") == 0);
}

static bool version_is_13(const struct http_request *request)
{
    const char *version = request->values[FIELD_VERSION];

    return version != NULL && strcmp(version, "13") == 0;
}

/* base64 of 16 octets: 22 digits and two pads. */
static bool key_is_sound(const struct http_request *request)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *key = request->values[HTTP_FIELD_KEY];

    return key != NULL && strspn(key, digits) == 22 && strcmp(key + 22, "==") == 0;
}

struct check {
    bool (*holds)(const struct http_request *request);
    int status;
    const char *reason;
};

static bool check_all(struct http_request *request, const struct check *checks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!checks[i].holds(request))
            return refuse(request, checks[i].status, checks[i].reason);
    }
    return true;
}

static enum http_progress judge(struct http_request *request)
{
    static const struct check of_request[] = {
        {host_is_sound, 400, "Host missing or malformed"},
        {has_no_body, 400, "Request with a body"},
    };
    static const struct check of_websocket[] = {
        {version_is_13, 426, "WebSocket version 13 wanted"},
        {key_is_sound, 400, "Sec-WebSocket-Key missing or malformed"},
    };

    if (!check_all(request, of_request, 2))
        return HTTP_REQUEST_REFUSED;
    if (request->is_head || !has_token(request->values[FIELD_CONNECTION], "upgrade") ||
        !has_token(request->values[FIELD_UPGRADE], "websocket"))
        return HTTP_REQUEST_PLAIN;
    return check_all(request, of_websocket, 2) ? HTTP_REQUEST_UPGRADE : HTTP_REQUEST_REFUSED;
}

static void read_head(struct http_request *request)
{
    size_t len = strcspn(request->octets.data, "\r");
    char *line = mem_strndup(request->octets.data, len);

    if (check_request_line(request, line) && parse(request))
        request->progress = judge(request);
    free(line);
}

static void take_rest(struct http_request *request, const void *octets, size_t len)
{
    buf_release(&request->rest);
    buf_init(&request->rest, len);
    buf_add(&request->rest, octets, len);
}

enum http_progress http_request_feed(struct http_request *request, const void *octets, size_t len)
{
    const unsigned char *at = octets;
    size_t read = 0;
    size_t kept = 0; /* up to here the octets are in request->octets, or in front of the request */
    enum head_progress progress = HEAD_MORE;

    if (request->progress != HTTP_REQUEST_MORE)
        return request->progress;
    while (read < len && progress == HEAD_MORE) {
        progress = head_octet(&request->head, at[read++], &request->refusal);
        if (request->head.part == HEAD_LEADING)
            kept = read;
    }
    buf_add(&request->octets, at + kept, read - kept);
    if (progress == HEAD_REFUSED)
        request->progress = HTTP_REQUEST_REFUSED;
    if (progress == HEAD_WHOLE) {
        take_rest(request, at + read, len - read);
        read_head(request);
    }
    return request->progress;
}

bool http_request_is_websocket(const struct http_request *request)
{
    return request->progress == HTTP_REQUEST_UPGRADE;
}

bool http_request_is_head(const struct http_request *request)
{
    return request->is_head;
}

struct http_refusal http_request_refusal(const struct http_request *request)
{
    return request->refusal;
}

const char *http_request_path(const struct http_request *request)
{
    return request->path;
}

const char *http_request_query(const struct http_request *request)
{
    return request->query;
}

const char *http_request_field(const struct http_request *request, enum http_field field)
{
    return request->values[field];
}

const void *http_request_rest(const struct http_request *request, size_t *len)
{
    *len = request->rest.len;
    return request->rest.data;
}
