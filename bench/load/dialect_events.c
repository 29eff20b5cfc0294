/*
 * Belfry's event stream: plain frames (dialect_plain.c), each a line "data: …" of an
 * answer that does not end. Topics are joined in the query, of which the gateway reads
 * 64. Rows would have to be confirmed by requests of their own, which are not made.
 */
#include "bench/load/dialect.h"

static void events_request(struct member *member, struct buf *out)
{
    char topic[TOPIC_SIZE];

    buf_addf(out, "GET %s?load", member->common->dialect->path);
    for (uint32_t i = 0; i < member->common->options->topics; i++) {
        member_topic(member, i, topic);
        buf_addf(out, "&subscribe=%s", topic);
    }
    buf_addf(out,
        " HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n",
        member->common->options->authority, member_token(member));
}

/* The head of the answer, or any line of it. */
static void line_take(struct member *member, char *line, size_t len)
{
    static const char field[] = "data: ";
    size_t name = sizeof(field) - 1;

    if (starts_with(line, len, field))
        dialect_belfry_plain.message(member, line + name, len - name);
    else if (starts_with(line, len, "HTTP/1.1 ") && !starts_with(line, len, "HTTP/1.1 200"))
        member_refused(member, line, len);
}

static size_t events_input(struct member *member, char *data, size_t len)
{
    size_t done = 0;
    char *end;

    while (done < len && (end = memchr(data + done, '\n', len - done)) &&
           member->link.state == LINK_OPEN) {
        size_t size = (size_t)(end - data) - done;

        line_take(member, data + done, size);
        done += size + 1;
    }
    return done;
}

const struct dialect dialect_belfry_events = {
    .name = "belfry-events",
    .path = "/events",
    .greeting = "{\"event\":\"notification:unread_count\"",
    .public_prefix = "public:",
    .talk_prefix = "conversation:",
    .stored = true,
    .has_own_topics = true,
    .topics_in_path = 64,
    .is_unconfirmed = true,
    .input = events_input,
    .request = events_request,
};
