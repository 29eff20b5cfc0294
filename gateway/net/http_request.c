#include "gateway/net/http_request.h"

#include <http_parser.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/memory.h"
#include "common/text.h"

/* Fields that only this file reads, numbered after the public ones. */
enum {
    FIELD_CONNECTION = HTTP_FIELDS,
    FIELD_UPGRADE,
    FIELD_VERSION,
    FIELD_CONTENT_LENGTH,
    FIELD_TRANSFER_ENCODING,
    FIELD_EXPECT,
    FIELD_COUNT
};

/* What is done with a field that comes again. HTTP/2 sends each cookie in a field of its own, and a
 * proxy may pass them on like that. */
enum repetition { REFUSED, JOINED, JOINED_COOKIES, FIRST_COUNTS };

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
    [HTTP_FIELD_COOKIE] = {"Cookie", JOINED_COOKIES},
    [HTTP_FIELD_ACCEPT] = {"Accept", JOINED},
    [HTTP_FIELD_CONTENT_TYPE] = {"Content-Type", REFUSED},
    [HTTP_FIELD_LAST_EVENT_ID] = {"Last-Event-ID", REFUSED},
    [HTTP_FIELD_KEY] = {"Sec-WebSocket-Key", REFUSED},
    [FIELD_CONNECTION] = {"Connection", JOINED},
    [FIELD_UPGRADE] = {"Upgrade", JOINED},
    [FIELD_VERSION] = {"Sec-WebSocket-Version", JOINED},
    [FIELD_CONTENT_LENGTH] = {"Content-Length", REFUSED},
    [FIELD_TRANSFER_ENCODING] = {"Transfer-Encoding", JOINED},
    [FIELD_EXPECT] = {"Expect", JOINED},
};

struct http_request {
    struct head head;
    struct buf text; /* of the head, without leading empty lines, until it is complete */
    enum http_progress progress;
    struct http_refusal refusal;
    enum request_method method;
    bool is_old;
    bool is_websocket;
    bool keeps_alive;
    char *path;
    char *query;
    char *values[FIELD_COUNT];
    int field; /* the one http-parser has just named, or -1 */
};

struct http_request *http_request_new(void)
{
    struct http_request *request = mem_zalloc(sizeof(*request));

    buf_init(&request->text, HEAD_MAX_BYTES);
    request->field = -1;
    return request;
}

void http_request_forget(struct http_request *request)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        free(request->values[i]);
        request->values[i] = NULL;
    }
    free(request->path);
    free(request->query);
    request->path = request->query = NULL;
}

void http_request_free(struct http_request *request)
{
    if (!request)
        return;
    buf_wipe(&request->text);
    http_request_forget(request);
    free(request);
}

static bool request_refuse(struct http_request *request, int status, const char *reason)
{
    request->refusal = (struct http_refusal){status, reason};
    request->progress = HTTP_REFUSED;
    return false;
}

/* The request line */

static const char wanted_version[] =
    "HTTP version 1.1 wanted: a web server in front has to ask by it (nginx: proxy_http_version "
    "1.1)";

static bool is_version(const char *text)
{
    return strlen(text) == 8 && strncmp(text, "HTTP/", 5) == 0 && text[5] >= '0' &&
           text[5] <= '9' && text[6] == '.' && text[7] >= '0' && text[7] <= '9';
}

static bool is_method(const char *text)
{
    return *text != '\0' && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == strlen(text);
}

static enum request_method method_of(const char *text)
{
    static const char *const names[METHOD_OTHER] = {"GET", "HEAD", "POST", "OPTIONS"};

    for (int i = 0; i < METHOD_OTHER; i++)
        if (strcmp(text, names[i]) == 0)
            return (enum request_method)i;
    return METHOD_OTHER;
}

static bool split_target(struct http_request *request, const char *target)
{
    size_t path_len = strcspn(target, "?");

    request->path = mem_strndup(target, path_len);
    request->query = mem_strdup(target[path_len] == '?' ? target + path_len + 1 : "");
    if (*target != '/' || strchr(target, '#') || strstr(request->path, "%00"))
        return request_refuse(request, 400, "Request target must be a path");
    return true;
}

/* Exactly "METHOD SP target SP version": http-parser accepts more spaces than that. */
static bool check_request_line(struct http_request *request, char *line)
{
    char *target = strchr(line, ' ');
    char *version = !target ? NULL : strchr(target + 1, ' ');

    if (!version)
        return request_refuse(request, 400, "Malformed request line");
    *target++ = *version++ = '\0';
    if (!is_method(line) || !is_version(version))
        return request_refuse(request, 400, "Malformed request line");
    if (!split_target(request, target))
        return false;
    request->is_old = strcmp(version, "HTTP/1.0") == 0;
    if (!request->is_old && strcmp(version, "HTTP/1.1") != 0)
        return request_refuse(request, 505, wanted_version);
    request->method = method_of(line);
    return true;
}

/* The fields, as http-parser finds them */

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

static char *join(const char *first, const char joint[2], const char *second, size_t len)
{
    size_t first_len = strlen(first);
    char *both = mem_alloc(first_len + 2 + len + 1);

    memcpy(both, first, first_len);
    memcpy(both + first_len, joint, 2);
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
        request_refuse(request, 400, "Header field given twice");
        return 1;
    } else if (repetition != FIRST_COUNTS) {
        char *joined = join(*held, repetition == JOINED ? ", " : "; ", value, len);
        free(*held);
        *held = joined;
    }
    return 0;
}

/* The request line has been checked here, more strictly; http-parser would refuse methods that it
 * does not know. */
static bool parse_fields(struct http_request *request)
{
    static const char line[] = "GET / HTTP/1.1\r\n";
    const char *fields_begin = strchr(request->text.data, '\n') + 1;
    size_t len = request->text.len - (size_t)(fields_begin - request->text.data);
    http_parser parser;
    http_parser_settings settings;

    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = request;
    http_parser_settings_init(&settings);
    settings.on_header_field = on_field;
    settings.on_header_value = on_value;
    http_parser_execute(&parser, &settings, line, sizeof(line) - 1);
    size_t parsed = http_parser_execute(&parser, &settings, fields_begin, len);
    if (request->progress == HTTP_REFUSED)
        return false;
    if (parsed != len || HTTP_PARSER_ERRNO(&parser) != HPE_OK)
        return request_refuse(request, 400, "Malformed request");
    return true;
}

/* What the fields must say */

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

/* HTTP/1.0 does not require a Host. */
static bool host_is_sound(const struct http_request *request)
{
    const char *host = request->values[HTTP_FIELD_HOST];

    if (!host)
        return request->is_old;
    return *host != '\0' && strcspn(host, " \t,/\\@\"#?<>^`{|}") == strlen(host);
}

/* If two readers disagree about a body's length, one reads as a request what the other reads as a
 * body. So a length together with a coding is refused, and so is any coding but chunked (RFC 9112,
 * section 6). */
static bool body_is_sound(const struct http_request *request)
{
    const char *length = request->values[FIELD_CONTENT_LENGTH];
    const char *coding = request->values[FIELD_TRANSFER_ENCODING];

    if (coding)
        return !length && !request->is_old && strcasecmp(coding, "chunked") == 0;
    return !length || (*length != '\0' && strspn(length, "0123456789") == strlen(length));
}

/* What follows an upgrade request are frames. */
static bool has_no_body(const struct http_request *request)
{
    return !http_request_has_body(request);
}

static bool is_new(const struct http_request *request)
{
    return !request->is_old;
}

static bool version_is_13(const struct http_request *request)
{
    const char *version = request->values[FIELD_VERSION];

    return version != NULL && strcmp(version, "13") == 0;
}

/* base64 of 16 bytes: 22 digits and two pads. */
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
            return request_refuse(request, checks[i].status, checks[i].reason);
    }
    return true;
}

static bool asks_for_websocket(const struct http_request *request)
{
    return request->method == METHOD_GET &&
           has_token(request->values[FIELD_CONNECTION], "upgrade") &&
           has_token(request->values[FIELD_UPGRADE], "websocket");
}

static bool check_fields(struct http_request *request)
{
    static const struct check of_request[] = {
        {host_is_sound, 400, "Host missing or malformed"},
        {body_is_sound, 400, "Length of the body in doubt"},
    };
    static const struct check of_websocket[] = {
        {is_new, 505, wanted_version},
        {has_no_body, 400, "Request with a body"},
        {version_is_13, 426, "WebSocket version 13 wanted"},
        {key_is_sound, 400, "Sec-WebSocket-Key missing or malformed"},
    };

    if (!check_all(request, of_request, 2))
        return false;
    request->is_websocket = asks_for_websocket(request);
    request->keeps_alive =
        !request->is_old && !has_token(request->values[FIELD_CONNECTION], "close");
    return !request->is_websocket || check_all(request, of_websocket, 4);
}

static void read_head(struct http_request *request)
{
    size_t len = strcspn(request->text.data, "\r");
    char *line = mem_strndup(request->text.data, len);

    if (check_request_line(request, line) && parse_fields(request) && check_fields(request))
        request->progress = HTTP_WHOLE;
    free(line);
    buf_wipe(&request->text);
}

enum http_progress http_request_feed(
    struct http_request *request, const void *bytes, size_t len, size_t *taken)
{
    const unsigned char *at = bytes;
    size_t read = 0;
    size_t kept = 0; /* bytes up to here are in request->text, or precede the request */
    enum head_progress progress = HEAD_MORE;

    while (read < len && progress == HEAD_MORE && request->progress == HTTP_MORE) {
        progress = head_take(&request->head, at[read++], &request->refusal);
        if (request->head.part == HEAD_LEADING)
            kept = read;
    }
    buf_add(&request->text, at + kept, read - kept);
    if (progress == HEAD_REFUSED)
        request->progress = HTTP_REFUSED;
    if (progress == HEAD_WHOLE)
        read_head(request);
    *taken = read;
    return request->progress;
}

bool http_request_begun(const struct http_request *request)
{
    return request->head.bytes > 0;
}

enum request_method http_request_method(const struct http_request *request)
{
    return request->method;
}

bool http_request_is_old(const struct http_request *request)
{
    return request->is_old;
}

bool http_request_keeps_alive(const struct http_request *request)
{
    return request->keeps_alive;
}

bool http_request_expects_continue(const struct http_request *request)
{
    return !request->is_old && has_token(request->values[FIELD_EXPECT], "100-continue");
}

bool http_request_is_chunked(const struct http_request *request)
{
    return request->values[FIELD_TRANSFER_ENCODING] != NULL;
}

uint64_t http_request_length(const struct http_request *request)
{
    const char *at = request->values[FIELD_CONTENT_LENGTH];
    uint64_t length = 0;

    for (; at && *at != '\0'; at++) {
        if (length > (UINT64_MAX - 9) / 10)
            return UINT64_MAX;
        length = length * 10 + (uint64_t)(*at - '0');
    }
    return length;
}

bool http_request_has_body(const struct http_request *request)
{
    return http_request_is_chunked(request) || http_request_length(request) > 0;
}

bool http_request_is_websocket(const struct http_request *request)
{
    return request->is_websocket;
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

/* Decodes the byte at `*text` and moves `*text` past it; -1 if it is malformed or NUL. */
static int decode(const char **text, const char *end)
{
    const char *at = *text;

    if (*at != '%') {
        *text = at + 1;
        return (unsigned char)*at;
    }
    if (end - at < 3)
        return -1;
    int high = text_hex_digit(at[1]), low = text_hex_digit(at[2]);
    *text = at + 3;
    return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

static char *decode_all(const char *text, const char *end, char *out, size_t size)
{
    size_t len = 0;

    while (text < end) {
        int byte = decode(&text, end);

        if (byte < 0 || len + 1 >= size)
            return NULL;
        out[len++] = (char)byte;
    }
    if (len >= size)
        return NULL;
    out[len] = '\0';
    return out;
}

const char *http_request_parameter(
    const struct http_request *request, const char *name, char *out, size_t size)
{
    return http_request_parameter_at(request, name, 0, out, size);
}

/* The value of that parameter, which reaches to the next '&' or to the end; NULL if there are fewer
 * than `index` + 1. `*count` is how many of that name were passed. */
static const char *parameter_find(
    const struct http_request *request, const char *name, size_t index, size_t *count)
{
    size_t name_len = strlen(name);
    const char *at = http_request_query(request);

    for (*count = 0; *at != '\0'; at += strspn(at, "&")) {
        if (strncmp(at, name, name_len) == 0 && at[name_len] == '=' && (*count)++ == index)
            return at + name_len + 1;
        at += strcspn(at, "&");
    }
    return NULL;
}

const char *http_request_parameter_at(
    const struct http_request *request, const char *name, size_t index, char *out, size_t size)
{
    size_t count;
    const char *value = parameter_find(request, name, index, &count);

    return value ? decode_all(value, value + strcspn(value, "&"), out, size) : NULL;
}

size_t http_request_parameter_count(const struct http_request *request, const char *name)
{
    size_t count;

    parameter_find(request, name, SIZE_MAX, &count);
    return count;
}
