#include "publish-fcgi/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "fcgi/params.h"

/* Bytes of a path that is looked at; longer ones name nothing here. */
#define PATH_MAX_BYTES 4096
/* Ids are numbers that browsers can hold. */
#define ID_DIGITS_MAX 16

enum { REQUEST_URI, SCRIPT_NAME, PATH_INFO, QUERY_STRING, CONTENT_TYPE, IDEMPOTENCY_KEY, KNOWN };

static const struct param known[KNOWN] = {
    [REQUEST_URI] = {"REQUEST_URI", false},
    [SCRIPT_NAME] = {"SCRIPT_NAME", false},
    [PATH_INFO] = {"PATH_INFO", false},
    [QUERY_STRING] = {"QUERY_STRING", false},
    [CONTENT_TYPE] = {"CONTENT_TYPE", true},
    [IDEMPOTENCY_KEY] = {"HTTP_IDEMPOTENCY_KEY", true},
};

/* ---- paths ---- */

static const struct {
    const char *name;
    enum publish_resource resource;
} collections[] = {
    {"notifications", PUBLISH_NOTIFICATIONS},
    {"broadcasts", PUBLISH_BROADCASTS},
    {"messages", PUBLISH_MESSAGES},
    {"presence", PUBLISH_PRESENCE},
    {"sessions", PUBLISH_SESSIONS},
};

static bool segment_is(const char *segment, size_t len, const char *name)
{
    return strlen(name) == len && memcmp(segment, name, len) == 0;
}

static enum publish_resource collection_of(const char *segment, size_t len)
{
    for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]); i++)
        if (segment_is(segment, len, collections[i].name))
            return collections[i].resource;
    return PUBLISH_NOTHING;
}

/* 0 where it is none. */
static int64_t id_of(const char *segment, size_t len)
{
    bool digits = len > 0 && len <= ID_DIGITS_MAX && strspn(segment, "0123456789") >= len;

    return digits && *segment != '0' ? strtoll(segment, NULL, 10) : 0;
}

/* Returns where the last segment before `end` begins. */
static size_t segment_begin(const char *path, size_t end)
{
    while (end > 0 && path[end - 1] != '/')
        end--;
    return end;
}

/* What follows the last slash is a collection, or the id of something in the one before it. */
static void path_find(struct publish_request *request, const char *path)
{
    size_t end = strcspn(path, "?#");
    size_t last = segment_begin(path, end);

    if (end > PATH_MAX_BYTES || last == 0)
        return;
    request->resource = collection_of(path + last, end - last);
    if (request->resource != PUBLISH_NOTHING) {
        snprintf(request->path, sizeof(request->path), "/%.*s", (int)(end - last), path + last);
        return;
    }
    size_t before = segment_begin(path, last - 1);
    if (before == 0 || !segment_is(path + before, last - 1 - before, "notifications"))
        return;
    request->resource = PUBLISH_NOTIFICATION;
    request->id = id_of(path + last, end - last);
    snprintf(request->path, sizeof(request->path), "/notifications/%" PRId64, request->id);
}

static void path_read(struct publish_request *request, const char *const *values)
{
    struct buf joined;

    request->resource = PUBLISH_NOTHING;
    if (values[REQUEST_URI])
        path_find(request, values[REQUEST_URI]);
    if (request->resource != PUBLISH_NOTHING)
        return;
    buf_init(&joined, 2 * PATH_MAX_BYTES);
    buf_add_text(&joined, values[SCRIPT_NAME] ? values[SCRIPT_NAME] : "");
    buf_add_text(&joined, values[PATH_INFO] ? values[PATH_INFO] : "");
    if (!joined.overflowed)
        path_find(request, joined.data);
    buf_release(&joined);
}

int publish_request_read(
    struct publish_request *request, const struct cgi_request *cgi, struct reason *why)
{
    const char *values[KNOWN];
    const char *uri_query;

    *request = (struct publish_request){.cgi = cgi, .resource = PUBLISH_NOTHING};
    if (params_read(known, KNOWN, cgi->input->parameters, values, why) < 0)
        return -1;
    path_read(request, values);
    uri_query = values[REQUEST_URI] ? strchr(values[REQUEST_URI], '?') : NULL;
    request->query = uri_query ? uri_query + 1 : values[QUERY_STRING] ? values[QUERY_STRING] : "";
    request->content_type = values[CONTENT_TYPE] ? values[CONTENT_TYPE] : "";
    request->idempotency = values[IDEMPOTENCY_KEY];
    request->body = cgi->input->body ? cgi->input->body : "";
    request->body_len =
        cgi->input->body && cgi->input->body_len > 0 ? (size_t)cgi->input->body_len : 0;
    return 0;
}

/* ---- the query ---- */

/* Decodes one character of "a+b%20c" (the form of URL search parameters). Returns its length, or 0
 * where it is malformed. */
static size_t query_character(const char *text, size_t len, char *out)
{
    *out = *text == '+' ? ' ' : *text;
    if (*text != '%')
        return 1;
    int high = len > 2 ? text_hex_digit(text[1]) : -1;
    int low = len > 2 ? text_hex_digit(text[2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0))
        return 0;
    *out = (char)(high * 16 + low);
    return 3;
}

static int query_decode(const char *text, size_t len, struct buf *value)
{
    size_t step;
    char c;

    buf_clear(value);
    for (size_t at = 0; at < len; at += step) {
        step = query_character(text + at, len - at, &c);
        if (step == 0)
            return -1;
        buf_add_char(value, c);
    }
    return value->overflowed ? -1 : 0;
}

int publish_query_next(const char **query, const char *name, struct buf *value)
{
    size_t name_len = strlen(name);

    while (**query) {
        const char *pair = *query;
        size_t len = strcspn(pair, "&");

        *query += len + (pair[len] == '&');
        if (len > name_len && pair[name_len] == '=' && memcmp(pair, name, name_len) == 0)
            return query_decode(pair + name_len + 1, len - name_len - 1, value) < 0 ? -1 : 1;
    }
    return 0;
}
