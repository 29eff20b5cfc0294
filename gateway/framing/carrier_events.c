#include "gateway/framing/carrier_events.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/framing/event_answer.h"
#include "gateway/framing/event_id.h"
#include "gateway/framing/event_lines.h"
#include "gateway/framing/event_post.h"
#include "gateway/framing/peers.h"
#include "gateway/framing/refusal.h"
#include "gateway/net/exchange.h"
#include "gateway/net/wheel.h"

/* How long a POST may wait for acknowledgements. The queue is given up earlier. */
#define ANSWER_MS 10000

struct event_stream {
    struct directory_entry entry;
    struct peers *peers;
    struct carrier_owner *owner; /* NULL: nobody is told anything any more */
    struct exchange *exchange;   /* the stream's; NULL once it is gone */
    char *address;
    struct event_post *posts; /* the first is being processed */
    size_t post_count;
    size_t exchanges; /* that still use this */
    struct wheel_entry go, late, end;
    uint64_t comments;
    struct event_beginning last;
    int code; /* what `closed` will be told */
    bool has_begun, is_held, is_closing, has_ended;
    bool is_joining; /* output waits for what the URL asks for */
};

static void stream_go_soon(struct event_stream *stream);

/* ---- life ---- */

static const struct directory_kind event_streams;

static void stream_free_unused(struct event_stream *stream)
{
    if (!stream->has_ended || stream->exchanges > 0)
        return;
    event_beginning_release(&stream->last);
    free(stream->address);
    free(stream);
}

static void post_drop(struct event_stream *stream, struct event_post *post)
{
    LL_DELETE(stream->posts, post);
    stream->post_count--;
    event_post_free(post);
}

/* Their clients wait for an answer. */
static void drop_posts(struct event_stream *stream)
{
    wheel_stop(&stream->go);
    wheel_stop(&stream->late);
    while (stream->posts) {
        if (stream->posts->exchange)
            event_answer_error(
                stream->posts->exchange, 404, "unknown_session", "The session has ended");
        post_drop(stream, stream->posts);
    }
}

/* The last thing that happens to a session. */
static void stream_end(struct event_stream *stream)
{
    struct carrier_owner *owner = stream->owner;

    drop_posts(stream);
    wheel_stop(&stream->end);
    directory_leave(stream->peers->directory, &stream->entry, directory_cause_of(stream->code));
    stream->owner = NULL;
    stream->has_ended = true;
    if (owner)
        owner->events->closed(owner, stream->code);
    stream_free_unused(stream);
}

static void on_end(struct wheel_entry *entry)
{
    stream_end(container_of(entry, struct event_stream, end));
}

/* The topics of the URL are joined, and the client can be greeted; or the stream ends. */
static void stream_end_joining(struct event_stream *stream)
{
    if (stream->is_joining)
        exchange_uncork(stream->exchange);
    stream->is_joining = false;
}

/* The client may still confirm what it was sent, if that is not confirmed yet. */
static void stream_linger(struct event_stream *stream, int code)
{
    bool owes = stream->owner && stream->owner->events->owes(stream->owner);

    stream->is_closing = true;
    stream->code = code;
    stream_end_joining(stream);
    drop_posts(stream);
    wheel_start(stream->peers->wheel, &stream->end,
        owes ? stream->peers->settings.ping_timeout_ms : 0, on_end);
}

/* ---- output ---- */

static void send_text(struct event_stream *stream, const char *text, size_t len)
{
    struct frame *piece = frame_raw(text, len);

    exchange_send(stream->exchange, piece);
    frame_unref(piece);
}

static void stream_begin_answer(struct event_stream *stream)
{
    static const struct http_answer head = {
        .status = 200,
        .type = "text/event-stream",
        .fields = "X-Accel-Buffering: no\r\n", /* nginx then buffers nothing */
    };

    if (!stream->has_begun)
        exchange_begin(stream->exchange, &head);
    stream->has_begun = true;
}

/* Owners stop sending long before, as on a WebSocket: this is a safeguard against one that does
 * not. Output that is only collected is written first. */
static bool is_overfull(struct event_stream *stream)
{
    const struct framing_settings *settings = &stream->peers->settings;
    size_t most = 8 * settings->max_buffer + 4 * settings->max_message;

    if (exchange_unsent(stream->exchange) > most)
        exchange_push(stream->exchange);
    return exchange_unsent(stream->exchange) > most;
}

static void send_event(struct event_stream *stream, struct frame *frame)
{
    if (is_overfull(stream)) {
        stream->owner->events->stalled(stream->owner);
        return;
    }
    exchange_cork(stream->exchange);
    stream_begin_answer(stream);
    exchange_send(
        stream->exchange, event_beginning_of(&stream->last, stream->peers->seal, stream->entry.sid,
                              stream->owner->number, stream->owner->marks));
    exchange_send(stream->exchange, event_rest_of(frame));
    exchange_uncork(stream->exchange);
}

/* ---- input ---- */

static void post_finish(struct event_stream *stream)
{
    wheel_stop(&stream->late);
    event_post_reply(stream->posts);
    post_drop(stream, stream->posts);
    if (stream->posts)
        stream_go_soon(stream);
}

static void on_late(struct wheel_entry *entry)
{
    post_finish(container_of(entry, struct event_stream, late));
}

static void process_messages(struct event_stream *stream, struct event_post *post)
{
    char *text;

    while (!stream->is_held && !stream->is_closing && (text = event_post_take(post))) {
        stream->owner->events->message(stream->owner, FRAME_TEXT, text, strlen(text));
        mem_wipe(text, strlen(text)); /* it may hold a token */
        free(text);
    }
}

static void stream_go(struct event_stream *stream)
{
    struct event_post *post = stream->posts;

    if (!post || !post->messages || stream->is_held || stream->is_closing)
        return;
    process_messages(stream, post);
    if (stream->is_closing || stream->posts != post)
        return;
    if (event_post_is_done(post))
        post_finish(stream);
    else if (!stream->is_held && !wheel_started(&stream->late))
        wheel_start(stream->peers->wheel, &stream->late, ANSWER_MS, on_late);
}

static void on_go(struct wheel_entry *entry)
{
    struct event_stream *stream = container_of(entry, struct event_stream, go);

    if (!stream->is_held && !stream->is_closing)
        stream->owner->events->resumed(stream->owner);
    stream_go(stream);
    stream_end_joining(stream);
}

static void stream_go_soon(struct event_stream *stream)
{
    wheel_start(stream->peers->wheel, &stream->go, 0, on_go);
}

/* ---- the exchanges ---- */

static void on_stream_received(struct exchange *exchange, const void *body, size_t len)
{
    struct event_stream *stream = exchange_object(exchange);

    (void)body;
    (void)len;
    exchange_forget_request(exchange);
    stream->owner->events->opened(stream->owner);
    stream_go(stream);
    if (stream->is_held && !stream->is_closing) {
        stream->is_joining = true;
        exchange_cork(exchange);
    }
}

static void on_stream_drained(struct exchange *exchange)
{
    struct event_stream *stream = exchange_object(exchange);

    if (stream->owner && !stream->is_closing)
        stream->owner->events->drained(stream->owner);
}

static void on_stream_closed(struct exchange *exchange, enum exchange_end end)
{
    struct event_stream *stream = exchange_object(exchange);

    stream->exchange = NULL;
    stream->exchanges--;
    if (!stream->is_closing && !stream->has_ended)
        stream_linger(stream, end == EXCHANGE_STALLED ? CLOSE_SLOW_CONSUMER : CLOSE_ABNORMAL);
    stream_free_unused(stream);
}

static const struct exchange_owner stream_exchange = {
    .received = on_stream_received,
    .drained = on_stream_drained,
    .closed = on_stream_closed,
};

static struct event_post *post_of(
    const struct event_stream *stream, const struct exchange *exchange)
{
    struct event_post *post = stream->posts;

    while (post && post->exchange != exchange)
        post = post->next;
    return post;
}

static void post_refuse(struct event_stream *stream, struct event_post *post, int status,
    const char *code, const char *text)
{
    refusal_count(stream->peers->counters.refusals, code);
    event_answer_error(post->exchange, status, code, text);
    post_drop(stream, post);
    stream_go_soon(stream);
}

/* A POST without messages counts against the rate of the session as a ping does. */
static bool post_is_within_rate(struct event_stream *stream, const struct event_post *post)
{
    return json_array_size(post->messages) > 0 || stream->is_closing ||
           stream->owner->events->pinged(stream->owner);
}

static void on_post_received(struct exchange *exchange, const void *body, size_t len)
{
    struct event_stream *stream = exchange_object(exchange);
    struct event_post *post = post_of(stream, exchange);

    if (!post)
        return;
    if (!event_post_read(post, body, len, EVENT_POST_MESSAGES_MAX))
        post_refuse(stream, post, 400, "bad_message",
            "The body must be an object, or an array of at most 128 objects, of the plain framing");
    else if (post_is_within_rate(stream, post))
        stream_go(stream);
    else if (!stream->is_closing)
        post_refuse(stream, post, 429, refusal_rate_limited.code, refusal_rate_limited.message);
}

static void on_post_closed(struct exchange *exchange, enum exchange_end end)
{
    struct event_stream *stream = exchange_object(exchange);
    struct event_post *post = post_of(stream, exchange);

    (void)end;
    stream->exchanges--;
    if (post && post->messages)
        post->exchange = NULL; /* what it said still counts */
    else if (post)
        post_drop(stream, post);
    if (!stream->has_ended)
        stream_go_soon(stream);
    stream_free_unused(stream);
}

static const struct exchange_owner post_exchange = {
    .received = on_post_received,
    .closed = on_post_closed,
};

/* ---- the carrier ---- */

static void events_own(void *object, struct carrier_owner *owner)
{
    struct event_stream *stream = object;

    stream->owner = owner;
}

static const char *events_address(const void *object)
{
    return ((const struct event_stream *)object)->address;
}

static bool events_is_open(const void *object)
{
    return !((const struct event_stream *)object)->is_closing;
}

static void events_send(void *object, struct frame *frame, bool asked)
{
    struct event_stream *stream = object;
    size_t len;
    const char *text = frame_payload(frame, &len);

    (void)asked;
    if (stream->is_closing || !stream->exchange)
        return;
    if (!stream->posts || !event_post_acknowledge(stream->posts, text, len))
        send_event(stream, frame);
    else if (event_post_is_done(stream->posts))
        stream_go_soon(stream);
}

/* Every event's id serves as a mark. */
static void events_mark(void *object, uint32_t mark)
{
    (void)object;
    (void)mark;
}

/* Counted as heard, since no client answers a comment. */
static void events_ping(void *object)
{
    struct event_stream *stream = object;

    stream->comments++;
    if (!stream->is_closing && stream->has_begun)
        send_text(stream, ":\n\n", 3);
}

static void events_cork(void *object)
{
    exchange_cork(((struct event_stream *)object)->exchange);
}

static void events_uncork(void *object)
{
    exchange_uncork(((struct event_stream *)object)->exchange);
}

static void events_push(void *object)
{
    exchange_push(((struct event_stream *)object)->exchange);
}

static void events_hold(void *object)
{
    ((struct event_stream *)object)->is_held = true;
}

static void events_go_on(void *object)
{
    struct event_stream *stream = object;

    stream->is_held = false;
    if (!stream->is_closing)
        stream_go_soon(stream);
}

static bool events_is_paused(const void *object)
{
    return ((const struct event_stream *)object)->is_held;
}

static struct carrier_unsent events_unsent(const void *object)
{
    size_t all = exchange_unsent(((const struct event_stream *)object)->exchange);

    return (struct carrier_unsent){all, all, all};
}

static uint64_t events_under_way(const void *object)
{
    return exchange_unsent(((const struct event_stream *)object)->exchange);
}

static uint64_t events_heard(const void *object)
{
    return ((const struct event_stream *)object)->comments;
}

static void events_take_back(void *object, carrier_taken_back *each, void *context)
{
    (void)object;
    (void)each;
    (void)context;
}

static void events_close(void *object, int code, const char *reason)
{
    static const char retry[] = "retry: 1000\n\n";
    struct event_stream *stream = object;

    (void)reason;
    if (stream->is_closing)
        return;
    if (stream->has_begun) {
        send_text(stream, retry, sizeof(retry) - 1);
        exchange_finish(stream->exchange);
    } else {
        event_answer_error(stream->exchange, event_answer_status(code), refusal_unavailable.code,
            refusal_unavailable.message);
    }
    stream_linger(stream, code);
}

static void events_refuse(void *object, const struct peer_refusal *refusal)
{
    struct event_stream *stream = object;

    if (stream->is_closing)
        return;
    event_answer_error(
        stream->exchange, event_answer_status(refusal->close), refusal->code, refusal->message);
    stream_linger(stream, refusal->close);
}

static const char *events_session(const void *object)
{
    return ((const struct event_stream *)object)->entry.sid;
}

static const struct carrier_kind events = {
    .name = "events",
    .transport = TRANSPORT_EVENTS,
    .refuse = events_refuse,
    .session = events_session,
    .own = events_own,
    .address = events_address,
    .is_open = events_is_open,
    .send = events_send,
    .mark = events_mark,
    .ping = events_ping,
    .cork = events_cork,
    .uncork = events_uncork,
    .push = events_push,
    .hold = events_hold,
    .go_on = events_go_on,
    .is_paused = events_is_paused,
    .unsent = events_unsent,
    .under_way = events_under_way,
    .heard = events_heard,
    .take_back = events_take_back,
    .close = events_close,
    .cut = events_close,
};

struct carrier carrier_events(struct event_stream *stream)
{
    return (struct carrier){&events, stream};
}

/* ---- sessions ---- */

static void on_directory_end(void *object)
{
    struct event_stream *stream = object;

    stream->is_closing = true;
    stream_end(stream);
}

static const struct directory_kind event_streams = {
    .name = "events", .close = events_close, .end = on_directory_end};

struct event_stream *event_stream_new(
    struct peers *peers, struct exchange *exchange, bool counted, enum directory_verdict *verdict)
{
    const char *address = connection_address(exchange_connection(exchange));
    struct directory_limits limits = {
        peers->settings.max_sessions, peers->settings.max_sessions_per_address};
    struct event_stream *stream = mem_zalloc(sizeof(*stream));

    seal_name(peers->seal, exchange_number(exchange), stream->entry.sid);
    stream->entry.kind = &event_streams;
    stream->entry.object = stream;
    *verdict = directory_enter(peers->directory, &stream->entry, counted ? address : NULL, &limits);
    if (*verdict != DIRECTORY_ENTERED) {
        free(stream);
        return NULL;
    }
    stream->peers = peers;
    stream->address = mem_strdup(address);
    stream->exchange = exchange;
    stream->exchanges = 1;
    peers->counters.event_streams++;
    exchange_own(exchange, &stream_exchange, stream, 0);
    return stream;
}

void event_stream_begin(struct event_stream *stream, struct carrier_owner *owner, json_t *messages)
{
    stream->owner = owner;
    if (!messages)
        return;
    stream->posts = event_post_new(NULL);
    stream->post_count = 1;
    event_post_set(stream->posts, messages);
}

struct event_stream *event_stream_find(struct peers *peers, const char *sid)
{
    return directory_find(peers->directory, &event_streams, sid);
}

const struct peer_refusal *event_stream_vouch(struct event_stream *stream, const char *token)
{
    return stream->owner->events->vouched(stream->owner, token);
}

bool event_stream_post(struct event_stream *stream, struct exchange *exchange)
{
    struct event_post *post;

    if (stream->post_count >= EVENT_POSTS_MAX)
        return false;
    post = event_post_new(exchange);
    stream->peers->counters.event_posts++;
    LL_APPEND(stream->posts, post);
    stream->post_count++;
    stream->exchanges++;
    exchange_own(exchange, &post_exchange, stream, stream->peers->settings.max_message);
    return true;
}

/* ---- coming back ---- */

void event_stream_confirm(struct peers *peers, const char *text, const char *token)
{
    struct event_id id;
    struct event_stream *stream;
    uint32_t mark;

    if (!event_id_read(text, &id))
        return;
    stream = event_stream_find(peers, id.sid);
    if (!stream || !event_id_open(&id, peers->seal, stream->owner->number, &mark) ||
        event_stream_vouch(stream, token))
        return;
    stream->owner->events->marked(stream->owner, mark);
    if (stream->is_closing)
        stream_end(stream);
}
