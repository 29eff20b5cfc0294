#include "gateway/framing/peer.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/framing/framing.h"

#define SEQUENCE_SIZE 4
#define TAG_SIZE 8

const struct peer_refusal refusal_token_missing = {
    .message = "No authentication token provided",
    .code = "token_missing",
    .close = CLOSE_UNAUTHENTICATED,
};

const struct peer_refusal refusal_unavailable = {
    .message = "Try again later",
    .code = "unavailable",
    .close = CLOSE_TRY_AGAIN_LATER,
    .close_only = true,
};

/* Life */

struct peer *peer_new(struct framings *framings, const struct framing *framing,
    struct connection *connection, char *token)
{
    struct peer *peer = mem_zalloc(sizeof(*peer) + framing->state_size);

    peer->connection = connection;
    peer->framings = framings;
    peer->framing = framing;
    peer->token = token;
    return peer;
}

void *peer_state(struct peer *peer)
{
    return peer->state;
}

const void *peer_state_const(const struct peer *peer)
{
    return peer->state;
}

void peer_forget_token(struct peer *peer)
{
    if (peer->token)
        mem_wipe(peer->token, strlen(peer->token));
    free(peer->token);
    peer->token = NULL;
}

static struct peer *peer_of(const struct connection *connection)
{
    return connection_object(connection);
}

static bool is_open(const struct peer *peer)
{
    return connection_is_open(peer->connection);
}

static void on_closed(struct connection *connection, int code)
{
    struct peer *peer = peer_of(connection);

    wheel_stop(&peer->timer);
    peer->framings->owner->closed(peer, code);
    peer->framing->released(peer);
    peer_forget_token(peer);
    free(peer);
}

/* Deadlines */

static void expired(struct wheel_entry *entry);

static int64_t steady_now(const struct peer *peer)
{
    return clock_steady_ms(peer->framings->clock);
}

/* One timer serves all: it goes off at whichever moment comes first. */
static void await_next(struct peer *peer)
{
    int64_t next = peer->beat_at;

    if (!is_open(peer))
        return;
    if (!peer->connected && peer->connect_by < next)
        next = peer->connect_by;
    wheel_start(peer->framings->wheel, &peer->timer, next - steady_now(peer), expired);
}

/* Heartbeats are due at even distances, counted from the first: one that goes late, since the wheel
 * or the loop is, delays none after it. Those that were missed are not made up for. */
static void pass_over_due(struct peer *peer, int64_t now)
{
    int64_t interval = peer->terms.ping_interval_ms;

    if (now >= peer->due_at)
        peer->due_at += ((now - peer->due_at) / interval + 1) * interval;
}

/* No later than the next heartbeat would go, lest a long time-out delay it: a client of Engine.IO
 * hangs up where none comes. */
static void look_after_heartbeat(struct peer *peer, int64_t now)
{
    int64_t deadline = peer->pinged_at + peer->terms.ping_timeout_ms;

    pass_over_due(peer, now);
    peer->beat_at = deadline < peer->due_at ? deadline : peer->due_at;
}

static void send_heartbeat(struct peer *peer, int64_t now)
{
    peer->read_octets = connection_read(peer->connection);
    peer->pinged = true;
    peer->pinged_at = now;
    peer->beats++;
    peer->taken = connection_taken(peer->connection);
    peer->is_behind = peer->taken < connection_queued(peer->connection);
    look_after_heartbeat(peer, now);
    peer->framing->ping(peer);
    peer->pinged_upto = connection_queued(peer->connection);
}

/* The silence of one that has yet to take what was sent before the heartbeat, and goes on taking
 * it, says nothing, nor does that of one whose answer may lie unread here. Once it has taken the
 * heartbeat, it has the whole time to answer. */
static bool may_have_no_heartbeat(struct peer *peer)
{
    uint64_t before = peer->taken;

    if (connection_is_paused(peer->connection))
        return true;
    if (!peer->is_behind)
        return false;
    peer->taken = connection_taken(peer->connection);
    peer->is_behind = peer->taken < peer->pinged_upto;
    return !peer->is_behind || peer->taken > before;
}

/* Whatever came from the client since the heartbeat is life, be it half a message. */
static void judge_heartbeat(struct peer *peer, int64_t now)
{
    if (connection_read(peer->connection) != peer->read_octets) {
        peer->pinged = false;
        peer->beat_at = peer->due_at;
    } else if (now < peer->pinged_at + peer->terms.ping_timeout_ms) {
        look_after_heartbeat(peer, now);
    } else if (may_have_no_heartbeat(peer)) {
        peer->pinged_at = now;
        look_after_heartbeat(peer, now);
    } else {
        peer->framings->counters.silent++;
        framings_log(peer->framings, peer->connection, "closed: silent after a heartbeat");
        connection_close(peer->connection, CLOSE_GOING_AWAY, "ping timeout");
    }
}

static void expired(struct wheel_entry *entry)
{
    struct peer *peer = container_of(entry, struct peer, timer);
    int64_t now = steady_now(peer);

    if (is_open(peer) && !peer->connected && now >= peer->connect_by) {
        peer->framings->counters.connect_timeouts++;
        framings_log(peer->framings, peer->connection, "closed: not authenticated in time");
        peer->framing->late(peer);
    }
    if (is_open(peer) && peer->pinged && now >= peer->beat_at)
        judge_heartbeat(peer, now);
    if (is_open(peer) && !peer->pinged && now >= peer->beat_at)
        send_heartbeat(peer, now);
    await_next(peer);
}

void peer_connected(struct peer *peer)
{
    peer->connected = true;
}

/* What the connection says */

static void on_opened(struct connection *connection)
{
    struct peer *peer = peer_of(connection);

    const struct framing_settings *settings = &peer->framings->settings;
    int64_t now = steady_now(peer);

    peer->terms = (struct peer_terms){.ping_interval_ms = settings->ping_interval_ms,
        .ping_timeout_ms = settings->ping_timeout_ms,
        .max_message = settings->max_message};
    peer->connect_by = now + settings->connect_timeout_ms;
    peer->due_at = peer->beat_at = now + settings->ping_interval_ms;
    await_next(peer);
    peer->framing->opened(peer);
}

static void on_message(
    struct connection *connection, enum frame_kind kind, const void *data, size_t len)
{
    struct peer *peer = peer_of(connection);

    if (!is_open(peer))
        return;
    if (kind == FRAME_TEXT)
        peer->framing->text(peer, data, len);
    else
        peer->framing->binary(peer, data, len);
}

static void on_drained(struct connection *connection)
{
    struct peer *peer = peer_of(connection);

    if (peer->connected && peer->framings->owner->drained)
        peer->framings->owner->drained(peer);
}

static void on_resumed(struct connection *connection)
{
    struct peer *peer = peer_of(connection);

    if (peer->framing->resumed)
        peer->framing->resumed(peer);
}

static void on_stalled(struct connection *connection)
{
    struct peer *peer = peer_of(connection);

    peer->framings->counters.slow_consumers++;
    peer_close_slow(peer, "it took nothing of what waits for it for ping_timeout");
}

/* Delivery pings: the sequence, and a tag that only who has received the ping can send back. So a
 * pong that comes before its ping was wholly written, or that was never asked for, confirms
 * nothing, and nothing needs to be remembered about pings under way. */

static void tag_sequence(const struct peer *peer, const unsigned char sequence[SEQUENCE_SIZE],
    unsigned char tag[TAG_SIZE])
{
    unsigned char text[SEQUENCE_SIZE + sizeof(uint64_t)], digest[EVP_MAX_MD_SIZE];

    EVP_MAC_CTX *mac = peer->framings->mac;
    uint64_t number = peer_number(peer);
    size_t len;

    memcpy(text, sequence, SEQUENCE_SIZE);
    memcpy(text + SEQUENCE_SIZE, &number, sizeof(number));
    if (!EVP_MAC_init(mac, NULL, 0, NULL) || !EVP_MAC_update(mac, text, sizeof(text)) ||
        !EVP_MAC_final(mac, digest, &len, sizeof(digest)))
        abort();
    memcpy(tag, digest, TAG_SIZE);
}

uint32_t peer_next_mark(struct peer *peer)
{
    return ++peer->marks;
}

void peer_ping(struct peer *peer, uint32_t sequence)
{
    unsigned char payload[SEQUENCE_SIZE + TAG_SIZE];

    for (int i = 0; i < SEQUENCE_SIZE; i++)
        payload[i] = (unsigned char)(sequence >> (8 * (SEQUENCE_SIZE - 1 - i)));
    tag_sequence(peer, payload, payload + SEQUENCE_SIZE);
    peer_send_frame(peer, frame_new(FRAME_PING, payload, sizeof(payload)));
}

void peer_cork(struct peer *peer)
{
    connection_cork(peer->connection);
}

void peer_uncork(struct peer *peer)
{
    connection_uncork(peer->connection);
}

/* Whether the pong confirms what no other has. */
static bool take_confirmation(struct peer *peer, const void *payload, size_t len)
{
    const unsigned char *octets = payload;
    unsigned char tag[TAG_SIZE];
    uint32_t sequence = 0;

    if (len != SEQUENCE_SIZE + TAG_SIZE)
        return false;
    tag_sequence(peer, octets, tag);
    if (CRYPTO_memcmp(tag, octets + SEQUENCE_SIZE, TAG_SIZE) != 0)
        return false;
    for (int i = 0; i < SEQUENCE_SIZE; i++)
        sequence = sequence << 8 | octets[i];
    if (sequence <= peer->confirmed)
        return false;
    peer->confirmed = sequence;
    if (peer->framings->owner->confirmed)
        peer->framings->owner->confirmed(peer, sequence);
    return true;
}

void peer_beat_answered(struct peer *peer)
{
    if (peer->beats > 0)
        peer->beats--;
    else
        peer_may_err(peer);
}

static void on_pong(struct connection *connection, const void *payload, size_t len)
{
    struct peer *peer = peer_of(connection);

    if (is_open(peer) && !take_confirmation(peer, payload, len))
        peer_beat_answered(peer);
}

static bool on_pinged(struct connection *connection)
{
    return peer_may_err(peer_of(connection));
}

const struct connection_owner peer_connection_owner = {
    .opened = on_opened,
    .message = on_message,
    .pinged = on_pinged,
    .pong = on_pong,
    .drained = on_drained,
    .resumed = on_resumed,
    .stalled = on_stalled,
    .closed = on_closed,
    .overfull_code = CLOSE_SLOW_CONSUMER,
};

/* For the framings */

void peer_ask(struct peer *peer, const struct peer_connect *connect)
{
    peer->framings->owner->connect(peer, connect);
}

void peer_send_frame(struct peer *peer, struct frame *frame)
{
    connection_answer(peer->connection, frame);
    frame_unref(frame);
}

void peer_send_text(struct peer *peer, const void *text, size_t len)
{
    peer_send_frame(peer, frame_new(FRAME_TEXT, text, len));
}

void peer_breach(struct peer *peer, const char *sentence)
{
    peer->framings->counters.bad_messages++;
    framings_log(peer->framings, peer->connection, "closed: %s", sentence);
    connection_close(peer->connection, CLOSE_BAD_MESSAGE, "bad message");
}

static void write_failure(
    struct buf *out, const char *event, answer_id answer, const char *code, const char *message)
{
    buf_add_char(out, '{');
    if (answer != NO_ANSWER)
        buf_add_text(out, "\"ok\":false,");
    else if (event) {
        buf_add_text(out, "\"event\":");
        buf_add_json_string(out, event, strlen(event));
        buf_add_char(out, ',');
    }
    buf_addf(out, "\"code\":\"%s\",\"message\":", code);
    buf_add_json_string(out, message, strlen(message));
    buf_add_char(out, '}');
}

void peer_fail(struct peer *peer, const char *namespace, const char *event, answer_id answer,
    const char *code, const char *message)
{
    struct buf text;

    buf_init(&text, SIZE_MAX);
    write_failure(&text, event, answer, code, message);
    struct arguments arguments = {.json = text.data, .len = text.len, .single = true};
    if (answer != NO_ANSWER)
        peer->framing->answer(peer, namespace, answer, &arguments);
    else
        peer->framing->emit(peer, namespace, "error", &arguments);
    buf_release(&text);
}

bool peer_may_err(struct peer *peer)
{
    const struct peer_owner *owner = peer->framings->owner;

    return !owner->refused || owner->refused(peer);
}

void peer_reject(struct peer *peer, const char *namespace, const char *event, answer_id answer,
    const char *code, const char *message)
{
    if (peer_may_err(peer))
        peer_fail(peer, namespace, event, answer, code, message);
    else if (is_open(peer))
        peer_fail(
            peer, namespace, event, answer, "rate_limited", "Too many events a second: slow down");
}

/* For the owner */

void *peer_owner_context(const struct peer *peer)
{
    return peer->framings->owner_context;
}

void peer_set_object(struct peer *peer, void *object)
{
    peer->object = object;
}

void *peer_object(const struct peer *peer)
{
    return peer->object;
}

uint64_t peer_number(const struct peer *peer)
{
    return connection_number(peer->connection);
}

const char *peer_address(const struct peer *peer)
{
    return connection_address(peer->connection);
}

const char *peer_framing(const struct peer *peer)
{
    return peer->framing->name;
}

int64_t peer_opened_at(const struct peer *peer)
{
    return connection_opened_at(peer->connection);
}

void peer_accept(struct peer *peer, const char *namespace)
{
    peer->framing->accept(peer, namespace);
}

void peer_refuse(struct peer *peer, const char *namespace, const struct peer_refusal *refusal)
{
    peer->framing->refuse(peer, namespace, refusal);
}

void peer_send(struct peer *peer, struct event *event)
{
    if (!peer->framing->joined(peer, "/"))
        return;
    peer->framings->counters.events_out++;
    connection_send(
        peer->connection, event_frame(event, peer->framing->place, peer->framing->spell));
}

void peer_send_asked(struct peer *peer, struct event *event)
{
    if (!peer->framing->joined(peer, "/"))
        return;
    peer->framings->counters.events_out++;
    connection_answer(
        peer->connection, event_frame(event, peer->framing->place, peer->framing->spell));
}

void peer_send_confirmed(struct peer *peer, struct event *event, uint32_t id)
{
    struct frame *frame;

    if (!peer->framing->joined(peer, "/"))
        return;
    peer->framings->counters.events_out++;
    frame = peer->framing->spell_confirmed(event, id);
    connection_send(peer->connection, frame);
    frame_unref(frame);
}

void peer_send_to(struct peer *peer, const char *namespace, const char *name, const char *json,
    size_t len, const struct peer_binary *binaries, size_t binary_count)
{
    struct arguments arguments = {
        .json = json, .len = len, .binaries = binaries, .binary_count = binary_count};

    if (!peer->framing->joined(peer, namespace))
        return;
    peer->framings->counters.events_out++;
    peer->framing->emit(peer, namespace, name, &arguments);
}

void peer_answer(struct peer *peer, answer_id answer, const char *json, size_t len)
{
    struct arguments arguments = {.json = json, .len = len, .single = true};

    if (answer != NO_ANSWER && peer->framing->joined(peer, "/"))
        peer->framing->answer(peer, "/", answer, &arguments);
}

void peer_answer_to(struct peer *peer, const char *namespace, answer_id answer, const char *json,
    size_t len, const struct peer_binary *binaries, size_t binary_count)
{
    struct arguments arguments = {
        .json = json, .len = len, .binaries = binaries, .binary_count = binary_count};

    if (answer != NO_ANSWER && peer->framing->joined(peer, namespace))
        peer->framing->answer(peer, namespace, answer, &arguments);
}

size_t peer_unsent(const struct peer *peer)
{
    return connection_unsent(peer->connection);
}

size_t peer_asked(const struct peer *peer)
{
    return connection_asked(peer->connection);
}

size_t peer_unasked(const struct peer *peer)
{
    return connection_unasked(peer->connection);
}

void peer_push(struct peer *peer)
{
    connection_push(peer->connection);
}

void peer_hold(struct peer *peer)
{
    connection_hold(peer->connection);
}

void peer_go_on(struct peer *peer)
{
    connection_go_on(peer->connection);
}

uint64_t peer_sent(const struct peer *peer)
{
    return connection_queued(peer->connection);
}

uint64_t peer_taken(const struct peer *peer)
{
    return connection_taken(peer->connection);
}

bool peer_is_paused(const struct peer *peer)
{
    return connection_is_paused(peer->connection);
}

void peer_close_slow(struct peer *peer, const char *sentence)
{
    framings_log(peer->framings, peer->connection, "closed: %s", sentence);
    connection_cut(peer->connection, CLOSE_SLOW_CONSUMER, "slow_consumer");
}

void peer_close(struct peer *peer, int code, const char *reason)
{
    connection_close(peer->connection, code, reason);
}

void peer_dismiss(struct peer *peer, int code, const char *reason)
{
    peer->framing->dismiss(peer);
    connection_close(peer->connection, code, reason);
}
