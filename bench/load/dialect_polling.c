/*
 * Socket.IO by long polling, as Belfry's clients fall back to it: packets as over a
 * WebSocket (dialect_socketio.c), several to a body, behind each other on one
 * connection: a POST for what is to be said, then a GET that is held.
 */
#include <stdlib.h>

#include "bench/load/dialect.h"
#include "common/memory.h"

#define SEPARATOR '\x1e'

enum { SID_SIZE = 64, OUTGOING_MAX = 8192 };

struct polling {
    char sid[SID_SIZE];
    bool posted; /* what is awaited is the answer to a POST, not packets */
    size_t len;  /* of what waits for the next POST */
    char outgoing[OUTGOING_MAX];
};

static void polling_request(struct member *member, struct buf *out)
{
    buf_addf(out, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", member->common->dialect->path,
        member->common->options->authority);
}

/* What is said waits for the next POST, which follows the answer to a GET: so only what answers
 * something may be said here, no events of the client's own. */
static void polling_send(struct member *member, const char *text, size_t len)
{
    struct polling *polling = member->carrier;

    if (polling->len + 1 + len > OUTGOING_MAX) {
        member_refused(member, "more than there is room to answer", 33);
        return;
    }
    if (polling->len > 0)
        polling->outgoing[polling->len++] = SEPARATOR;
    memcpy(polling->outgoing + polling->len, text, len);
    polling->len += len;
}

/* The answer to what came before has been read: the next request. */
static void request_send(struct member *member)
{
    struct polling *polling = member->carrier;
    struct buf *out = &member->common->scratch;

    buf_clear(out);
    polling->posted = polling->len > 0;
    buf_addf(out, "%s %s&sid=%s HTTP/1.1\r\nHost: %s\r\n", polling->posted ? "POST" : "GET",
        member->common->dialect->path, polling->sid, member->common->options->authority);
    if (polling->posted)
        buf_addf(out, "Content-Length: %zu\r\n", polling->len);
    buf_add_text(out, "\r\n");
    buf_add(out, polling->outgoing, polling->len);
    link_write_raw(&member->link, out->data, out->len);
    polling->len = 0;
}

/* 0{"sid":"…",…} */
static void session_open(struct member *member, const char *text, size_t len)
{
    const char *sid = memmem(text, len, "\"sid\":\"", 7), *end = text + len;
    struct polling *polling = mem_alloc(sizeof(*polling));
    size_t size = 0;

    for (sid = sid ? sid + 7 : end; sid < end && *sid != '"' && size < SID_SIZE - 1; sid++)
        polling->sid[size++] = *sid;
    polling->sid[size] = '\0';
    polling->len = 0;
    polling->posted = false;
    member->carrier = polling;
}

static void packets_take(struct member *member, char *body, size_t len)
{
    while (len > 0 && member->link.state == LINK_OPEN) {
        char *end = memchr(body, SEPARATOR, len);
        size_t size = end ? (size_t)(end - body) : len;

        if (!member->carrier)
            session_open(member, body, size);
        dialect_belfry_socketio.message(member, body, size);
        body += size;
        len -= size;
        if (len > 0) { /* the separator */
            body++;
            len--;
        }
    }
}

/* Takes one answer at a time: none is sent for before the last has come. */
static size_t polling_input(struct member *member, char *data, size_t len)
{
    const char *end = memmem(data, len, "\r\n\r\n", 4), *length;
    size_t head, body;

    if (!end)
        return 0;
    head = (size_t)(end - data) + 4;
    length = memmem(data, head, "Content-Length: ", 16);
    if (!starts_with(data, len, "HTTP/1.1 200") || !length) {
        member_refused(member, data, len);
        return len;
    }
    body = strtoul(length + 16, NULL, 10);
    if (body > FRAME_MAX || len - head < body)
        return 0;
    if (!member->carrier || !((struct polling *)member->carrier)->posted)
        packets_take(member, data + head, body);
    if (member->link.state == LINK_OPEN)
        request_send(member);
    return head + body;
}

static void polling_join(struct member *member, uint32_t number, const char *topic)
{
    dialect_belfry_socketio.join(member, number, topic);
}

const struct dialect dialect_belfry_polling = {
    .name = "belfry-polling",
    .path = "/socket.io/?EIO=4&transport=polling",
    .greeting = "[\"notification:unread_count\"",
    .public_prefix = "public:",
    .talk_prefix = "conversation:",
    .stored = true,
    .has_own_topics = true,
    .input = polling_input,
    .request = polling_request,
    .send = polling_send,
    .join = polling_join,
};
