#include "admin/http_client.h"

#include <errno.h>
#include <http_parser.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define BODY_MAX 65536
#define FIELDS_MAX 65536
#define REQUEST_MAX 65536

/* The answer while it is read. */
struct reading {
    struct http_reply *reply;
    bool in_value; /* of a field */
    bool is_whole;
};

/* ---- reading: `fields` of the reply has each name and value, with NULs behind them ---- */

static int on_name(http_parser *parser, const char *at, size_t len)
{
    struct reading *reading = parser->data;

    if (reading->in_value)
        buf_add_char(&reading->reply->fields, '\0');
    reading->in_value = false;
    buf_add(&reading->reply->fields, at, len);
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t len)
{
    struct reading *reading = parser->data;

    if (!reading->in_value)
        buf_add_char(&reading->reply->fields, '\0');
    reading->in_value = true;
    buf_add(&reading->reply->fields, at, len);
    return 0;
}

static int on_head(http_parser *parser)
{
    struct reading *reading = parser->data;

    if (reading->in_value)
        buf_add_char(&reading->reply->fields, '\0');
    reading->in_value = false;
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t len)
{
    struct reading *reading = parser->data;

    buf_add(&reading->reply->body, at, len);
    return 0;
}

static int on_whole(http_parser *parser)
{
    struct reading *reading = parser->data;

    reading->is_whole = true;
    if (!parser->upgrade)
        http_parser_pause(parser, 1); /* nothing may follow */
    return 0;
}

static const http_parser_settings callbacks = {
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
    .on_body = on_body,
    .on_message_complete = on_whole,
};

static int read_reply(struct transport *transport, struct reading *reading, struct reason *why)
{
    struct http_reply *reply = reading->reply;
    http_parser parser;
    char piece[4096];

    http_parser_init(&parser, HTTP_RESPONSE);
    parser.data = reading;
    while (!reading->is_whole) {
        ssize_t got = transport_read(transport, piece, sizeof(piece));

        if (got < 0)
            return reason_set(why, "%s", transport_fault(transport));
        size_t taken = http_parser_execute(&parser, &callbacks, piece, (size_t)got);
        if (reading->is_whole && parser.upgrade)
            buf_add(&reply->body, piece + taken, (size_t)got - taken);
        if (reply->body.overflowed || reply->fields.overflowed)
            return reason_set(why, "the answer is too long");
        if (!reading->is_whole && got == 0)
            return reason_set(why, "the connection was closed %s",
                parser.status_code ? "before the answer was complete" : "without an answer");
        if (!reading->is_whole && HTTP_PARSER_ERRNO(&parser) != HPE_OK)
            return reason_set(why, "the answer is not HTTP");
    }
    reply->status = (int)parser.status_code;
    return reply->status;
}

/* ---- asking ---- */

static void add_request(
    struct buf *out, const struct wire_target *target, const struct http_ask *ask)
{
    const char *method = ask->method ? ask->method : "GET";
    const char *fields = ask->fields ? ask->fields : "";
    bool upgrades = strcasestr(fields, "connection:") != NULL;

    buf_addf(out, "%s %s HTTP/1.1\r\nHost: ", method, target->path);
    wire_target_add_host(target, out);
    buf_addf(out, "\r\n%s%s%s\r\n", upgrades ? "" : "Connection: close\r\n",
        strcmp(method, "POST") == 0 ? "Content-Length: 0\r\n" : "", fields);
}

int http_client_ask(const struct wire_target *target, const struct http_ask *ask,
    struct http_reply *reply, struct reason *why)
{
    struct reading reading = {.reply = reply};
    struct buf request;
    int status = -1;

    *reply = (struct http_reply){.status = -1};
    buf_init(&reply->body, ask->body_max ? ask->body_max : BODY_MAX);
    buf_init(&reply->fields, FIELDS_MAX);
    struct transport *transport = transport_open(target, ask->ms, why);
    if (!transport)
        return -1;
    buf_init(&request, REQUEST_MAX);
    add_request(&request, target, ask);
    if (transport_write(transport, request.data, request.len) < 0)
        reason_set(why, "%s", transport_fault(transport));
    else
        status = read_reply(transport, &reading, why);
    buf_wipe(&request); /* it may hold a cookie */
    if (status == 101)
        reply->transport = transport;
    else
        transport_close(transport);
    return status;
}

const char *http_reply_field(const struct http_reply *reply, const char *name)
{
    const char *end = reply->fields.data + reply->fields.len;

    for (const char *at = reply->fields.data; at < end;) {
        const char *value = at + strlen(at) + 1;

        if (strcasecmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}

void http_reply_release(struct http_reply *reply)
{
    transport_close(reply->transport);
    buf_wipe(&reply->body);
    buf_release(&reply->fields);
    reply->transport = NULL;
}
