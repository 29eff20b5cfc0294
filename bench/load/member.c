#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "bench/load/dialect.h"
#include "bench/load/member.h"
#include "bench/load/now.h"
#include "common/container_of.h"
#include "common/memory.h"

/* Connections come from several loopback addresses, to stay below a limit per address, and because
 * one address has too few ports. */
enum { SOURCES = 64, REQUEST_MAX = 32768 };

void member_user(const struct member *member, char *out)
{
    const struct options *options = member->common->options;

    snprintf(out, TOKEN_USER_SIZE, "%.48s%u", options->users, options->first + member->index);
}

const char *member_token(const struct member *member)
{
    char user[TOKEN_USER_SIZE];

    member_user(member, user);
    return token_make(&member->common->tokens, user);
}

void member_topic(const struct member *member, uint32_t number, char *out)
{
    const struct member_common *common = member->common;

    common->name(common, common->unicast ? member->index : number, out);
}

static uint32_t topic_count(const struct member_common *common)
{
    if (common->dialect->topic_in_path || common->dialect->topics_in_path)
        return 0;
    if (common->unicast)
        return common->dialect->has_own_topics ? 0 : 1;
    return common->options->topics;
}

static void path_write(const struct member *member, char *out, size_t size)
{
    const struct member_common *common = member->common;
    const struct options *options = common->options;
    char topic[TOPIC_SIZE] = "";

    if (common->dialect->topic_in_path)
        member_topic(member, 0, topic);
    if (common->dialect->topic_in_path && member->publishes)
        snprintf(out, size, "%s%s", options->publish_path, topic);
    else
        snprintf(out, size, "%s%s", *options->path ? options->path : common->dialect->path, topic);
}

static void upgrade_write(struct member *member, struct buf *out)
{
    const struct dialect *dialect = member->common->dialect;
    char path[512];

    path_write(member, path, sizeof(path));
    buf_addf(out,
        "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        path, member->common->options->authority);
    if (dialect->subprotocol)
        buf_addf(out, "Sec-WebSocket-Protocol: %s\r\n", dialect->subprotocol);
    if (dialect->bearer && member->common->options->token_file)
        buf_addf(out, "Authorization: Bearer %s\r\n", member_token(member));
    buf_add_text(out, "\r\n");
}

static char *request_new(struct member *member)
{
    struct buf out;

    buf_init(&out, REQUEST_MAX);
    if (member->common->dialect->request)
        member->common->dialect->request(member, &out);
    else
        upgrade_write(member, &out);
    return buf_detach(&out);
}

int member_begin(struct member *member, struct member_common *common, uint32_t index,
    bool publishes, struct reason *why)
{
    struct link_route route = {.source.sin_family = AF_INET, .target = common->options->target};

    *member = (struct member){
        .common = common, .index = index, .publishes = publishes, .began = now_ns()};
    member->topics = publishes ? 0 : topic_count(common);
    member->greeted = !common->dialect->greeting;
    member->request = request_new(member);
    route.source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 0x100 + index % SOURCES);
    route.request = member->request;
    route.is_raw = common->dialect->input;
    return link_connect(&member->link, &common->loop, &route, why);
}

void member_end(struct member *member)
{
    if (member->link.loop)
        link_abort(&member->link);
    free(member->request);
    free(member->stash);
    free(member->carrier);
    member->request = member->stash = member->carrier = NULL;
}

void member_send_text(struct member *member, const char *format, ...)
{
    struct buf *scratch = &member->common->scratch;
    va_list args;

    buf_clear(scratch);
    va_start(args, format);
    buf_vaddf(scratch, format, args);
    va_end(args);
    if (member->common->dialect->send)
        member->common->dialect->send(member, scratch->data, scratch->len);
    else
        link_send(&member->link, FRAME_TEXT, scratch->data, scratch->len);
}

static void ready_check(struct member *member)
{
    if (member->ready || !member->welcomed || !member->greeted || member->joined < member->topics)
        return;
    member->ready = true;
    member->common->events->ready(member);
}

void member_welcomed(struct member *member)
{
    struct member_common *common = member->common;
    char topic[TOPIC_SIZE];

    member->welcomed = true;
    for (uint32_t i = 0; i < member->topics; i++) {
        member_topic(member, i, topic);
        common->dialect->join(member, i, topic);
    }
    ready_check(member);
}

void member_greeted(struct member *member)
{
    member->greeted = true;
    ready_check(member);
}

void member_joined(struct member *member)
{
    member->joined++;
    ready_check(member);
}

void member_refused(struct member *member, const char *text, size_t len)
{
    struct reason why;

    reason_set(&why, "the server said %.*s", (int)(len < 300 ? len : 300), text);
    link_abort(&member->link);
    member->common->events->failed(member, why.text);
}

bool member_delivered(struct member *member, const char *text, size_t len)
{
    return member->common->events->delivered(member, text, len);
}

void member_answered(struct member *member)
{
    member->common->events->answered(member);
}

static void stash_keep(struct member *member, const char *data, size_t len)
{
    char *kept = len > 0 ? mem_alloc(len) : NULL;

    if (kept)
        memcpy(kept, data, len);
    free(member->stash);
    member->stash = kept;
    member->stash_len = len;
}

/* Takes whole packets. Returns how many bytes they had. */
static size_t packets_take(struct member *member, char *data, size_t len,
    long (*take)(struct member *member, char *data, size_t len))
{
    size_t done = 0;

    while (done < len && member->link.state == LINK_OPEN) {
        long size = take(member, data + done, len - done);

        if (size < 0)
            member_refused(member, data + done, len - done);
        if (size <= 0)
            break;
        done += (size_t)size;
    }
    return done;
}

void member_stream(struct member *member, char *data, size_t len,
    long (*take)(struct member *member, char *data, size_t len))
{
    char *joined = NULL;
    size_t done;

    if (member->stash_len > 0) {
        joined = mem_alloc(member->stash_len + len);
        memcpy(joined, member->stash, member->stash_len);
        memcpy(joined + member->stash_len, data, len);
        data = joined;
        len += member->stash_len;
    }
    done = packets_take(member, data, len, take);
    if (joined || done < len)
        stash_keep(member, data + done, len - done);
    free(joined);
}

static void on_opened(struct link *link)
{
    struct member *member = container_of(link, struct member, link);

    free(member->request);
    member->request = NULL;
    member->common->dialect->opened(member);
}

static size_t on_input(struct link *link, char *data, size_t len)
{
    struct member *member = container_of(link, struct member, link);

    return member->common->dialect->input(member, data, len);
}

static void on_message(struct link *link, char *text, size_t len)
{
    struct member *member = container_of(link, struct member, link);

    member->common->dialect->message(member, text, len);
}

static void on_closed(struct link *link, const char *why)
{
    struct member *member = container_of(link, struct member, link);

    member->common->events->failed(member, why);
}

const struct link_events member_link_events = {on_opened, on_input, on_message, on_closed};
