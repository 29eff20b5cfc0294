#include "gateway/framing/peer.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/memory.h"
#include "gateway/framing/seal.h"
#include "gateway/framing/session_state.h"

void peer_log_close(struct peer *peer, const char *sentence)
{
    peers_log(peer->owner.peers, peer->owner.number, carrier_address(peer->carrier), "closed: %s",
        sentence);
}

static void send_frame(struct peer *peer, struct frame *frame, bool asked)
{
    peer->sent += frame->len;
    carrier_send(peer->carrier, frame, asked);
}

/* ---- for the framings ---- */

void *peer_state(struct peer *peer)
{
    return peer->state;
}

const void *peer_state_const(const struct peer *peer)
{
    return peer->state;
}

struct peer_terms peer_terms(const struct peer *peer)
{
    return (struct peer_terms){peer->terms.interval_ms, peer->terms.timeout_ms, peer->max_message};
}

bool peer_takes_binary(const struct peer *peer)
{
    return peer->owner.peers->settings.binary;
}

bool peer_refuse_request(struct peer *peer, const struct peer_refusal *refusal)
{
    if (!peer->carrier.kind->refuse)
        return false;
    if (!peer->closing)
        peer->closing = refusal->message;
    peer->carrier.kind->refuse(peer->carrier.object, refusal);
    return true;
}

bool peer_may_upgrade(const struct peer *peer)
{
    return peer->carrier.kind->upgrades &&
           (peer->owner.peers->settings.transports & TRANSPORT_WEBSOCKET);
}

const char *peer_token(const struct peer *peer)
{
    return peer->token;
}

void peer_forget_token(struct peer *peer)
{
    if (peer->token)
        mem_wipe(peer->token, strlen(peer->token));
    free(peer->token);
    peer->token = NULL;
}

bool peer_is_open(const struct peer *peer)
{
    return carrier_is_open(peer->carrier);
}

char *peer_id(const struct peer *peer, char out[RANDOM_NAME_SIZE])
{
    return seal_name(peer->owner.peers->seal, peer->owner.number, out);
}

void peer_ask(struct peer *peer, const struct peer_connect *connect)
{
    peer->owner.peers->owner->connect(peer, connect);
}

const struct peer_refusal *peer_ask_again(struct peer *peer, const struct peer_connect *connect)
{
    const struct peer_owner *owner = peer->owner.peers->owner;

    return owner->again ? owner->again(peer, connect) : NULL;
}

void peer_connected(struct peer *peer)
{
    peer->is_connected = true;
}

void peer_heard(struct peer *peer, const struct peer_event *event)
{
    peer->owner.peers->counters.events_in++;
    peer->owner.peers->owner->event(peer, event);
}

void peer_acknowledged(struct peer *peer, int64_t id)
{
    const struct peer_owner *owner = peer->owner.peers->owner;

    if (!owner->acknowledged || id < 0 || id > UINT32_MAX ||
        !owner->acknowledged(peer, (uint32_t)id))
        peer_may_err(peer);
}

void peer_left(struct peer *peer, const char *namespace)
{
    const struct peer_owner *owner = peer->owner.peers->owner;

    if (owner->left)
        owner->left(peer, namespace);
    else
        peer_close(peer, CLOSE_NORMAL, "disconnected by the client");
}

void peer_beat_answered(struct peer *peer)
{
    if (!heartbeat_answered(&peer->heartbeat))
        peer_may_err(peer);
}

bool peer_may_err(struct peer *peer)
{
    const struct peer_owner *owner = peer->owner.peers->owner;

    return !owner->refused || owner->refused(peer);
}

void peer_count_refusal(struct peer *peer, const char *code)
{
    refusal_count(peer->owner.peers->counters.refusals, code);
}

void peer_breach(struct peer *peer, const char *sentence)
{
    peer->owner.peers->counters.bad_messages++;
    peer_count_refusal(peer, "bad_message");
    peer_log_close(peer, sentence);
    peer_close(peer, CLOSE_BAD_MESSAGE, "bad message");
}

void peer_unsupported(struct peer *peer, const char *reason)
{
    peer->owner.peers->counters.bad_messages++;
    peer_close(peer, CLOSE_UNSUPPORTED, reason);
}

/* Takes over the caller's reference. */
static void send_own(struct peer *peer, struct frame *frame)
{
    send_frame(peer, frame, true);
    frame_unref(frame);
}

void peer_send_text(struct peer *peer, const void *text, size_t len)
{
    send_own(peer, frame_new(FRAME_TEXT, text, len));
}

void peer_send_binary(struct peer *peer, const void *data, size_t len)
{
    send_own(peer, frame_new(FRAME_BINARY, data, len));
}

/* ---- failures ---- */

static void write_failure(struct buf *out, bool is_answer, const struct peer_failure *failure)
{
    buf_add_char(out, '{');
    if (is_answer) {
        buf_add_text(out, "\"ok\":false,");
    } else if (failure->event) {
        buf_add_text(out, "\"event\":");
        buf_add_json_string(out, failure->event, strlen(failure->event));
        buf_add_char(out, ',');
    }
    buf_addf(out, "\"code\":\"%s\",\"message\":", failure->code);
    buf_add_json_string(out, failure->message, strlen(failure->message));
    /* A client that waits for an acknowledgement knows what it asked about. */
    if (!is_answer && failure->about)
        buf_add_text(out, failure->about);
    buf_add_char(out, '}');
}

void peer_fail_in(
    struct peer *peer, const char *namespace, answer_id answer, const struct peer_failure *failure)
{
    struct buf text;

    buf_init(&text, SIZE_MAX);
    write_failure(&text, answer != NO_ANSWER, failure);
    struct arguments arguments = {.json = text.data, .len = text.len, .single = true};
    if (answer != NO_ANSWER)
        peer->framing->answer(peer, namespace, answer, &arguments);
    else
        peer->framing->emit(peer, namespace, "error", &arguments);
    buf_release(&text);
}

void peer_reject(
    struct peer *peer, const char *namespace, answer_id answer, const struct peer_failure *failure)
{
    struct peer_failure too_much = {.event = failure->event,
        .code = refusal_rate_limited.code,
        .message = refusal_rate_limited.message};

    const struct peer_failure *told = peer_may_err(peer) ? failure : &too_much;

    if (told == &too_much && !peer_is_open(peer))
        return;
    peer_count_refusal(peer, told->code);
    peer_fail_in(peer, namespace, answer, told);
}

/* ---- for the owner ---- */

void *peer_owner_context(const struct peer *peer)
{
    return peer->owner.peers->owner_context;
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
    return peer->owner.number;
}

const char *peer_address(const struct peer *peer)
{
    return carrier_address(peer->carrier);
}

const char *peer_session(const struct peer *peer)
{
    const struct carrier_kind *kind = peer->carrier.kind;

    return kind->session ? kind->session(peer->carrier.object) : NULL;
}

const char *peer_framing(const struct peer *peer)
{
    return peer->framing->name;
}

const char *peer_carrier(const struct peer *peer)
{
    return peer->carrier.kind->name;
}

const char *peer_closing(const struct peer *peer)
{
    return peer->closing;
}

bool peer_is_socketless(const struct peer *peer)
{
    return peer->carrier.kind->session || peer->carrier.kind->upgrades;
}

int64_t peer_opened_at(const struct peer *peer)
{
    return peer->opened_at;
}

void peer_accept(struct peer *peer, const char *namespace)
{
    peer->framing->accept(peer, namespace);
}

void peer_refuse(struct peer *peer, const char *namespace, const struct peer_refusal *refusal)
{
    peer->framing->refuse(peer, namespace, refusal);
}

/* Whether an event may be sent; if so, counts it. */
static bool may_emit(struct peer *peer, const char *namespace)
{
    if (!peer->framing->joined(peer, namespace))
        return false;
    peer->owner.peers->counters.events_out++;
    return true;
}

static void send_event(struct peer *peer, struct event *event, bool asked)
{
    if (may_emit(peer, "/"))
        send_frame(peer, event_frame(event, peer->framing->place, peer->framing->spell), asked);
}

void peer_send(struct peer *peer, struct event *event)
{
    send_event(peer, event, false);
}

void peer_send_asked(struct peer *peer, struct event *event)
{
    send_event(peer, event, true);
}

void peer_send_confirmed(struct peer *peer, struct event *event, uint32_t id)
{
    struct frame *frame;

    if (!may_emit(peer, "/"))
        return;
    frame = peer->framing->spell_confirmed(event, id);
    send_frame(peer, frame, false);
    frame_unref(frame);
}

void peer_send_to(struct peer *peer, const char *namespace, const char *name, const char *json,
    size_t len, const struct peer_binary *binaries, size_t binary_count)
{
    struct arguments arguments = {
        .json = json, .len = len, .binaries = binaries, .binary_count = binary_count};

    if (may_emit(peer, namespace))
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

void peer_fail(struct peer *peer, answer_id answer, const struct peer_failure *failure)
{
    if (answer != NO_ANSWER ? !peer->framing->joined(peer, "/") : !may_emit(peer, "/"))
        return;
    peer_count_refusal(peer, failure->code);
    peer_fail_in(peer, "/", answer, failure);
}

uint32_t peer_next_mark(struct peer *peer)
{
    return ++peer->owner.marks;
}

void peer_mark(struct peer *peer, uint32_t mark)
{
    if (mark > peer->marked)
        peer->marked = mark;
    carrier_mark(peer->carrier, mark);
}

void peer_cork(struct peer *peer)
{
    if (peer->corks++ == 0)
        carrier_cork(peer->carrier);
}

void peer_uncork(struct peer *peer)
{
    if (--peer->corks == 0)
        carrier_uncork(peer->carrier);
}

void peer_push(struct peer *peer)
{
    carrier_push(peer->carrier);
}

void peer_hold(struct peer *peer)
{
    peer->is_held = true;
    carrier_hold(peer->carrier);
}

void peer_go_on(struct peer *peer)
{
    peer->is_held = false;
    carrier_go_on(peer->carrier);
}

bool peer_is_paused(const struct peer *peer)
{
    return carrier_is_paused(peer->carrier);
}

size_t peer_unsent(const struct peer *peer)
{
    return carrier_unsent(peer->carrier).all;
}

size_t peer_asked(const struct peer *peer)
{
    return carrier_unsent(peer->carrier).asked;
}

size_t peer_unasked(const struct peer *peer)
{
    return carrier_unsent(peer->carrier).unasked;
}

uint64_t peer_sent(const struct peer *peer)
{
    return peer->sent;
}

uint64_t peer_taken(const struct peer *peer)
{
    uint64_t under_way = carrier_under_way(peer->carrier);

    return under_way < peer->sent ? peer->sent - under_way : 0;
}

void peer_close_slow(struct peer *peer, const char *sentence)
{
    peer_log_close(peer, sentence);
    if (!peer->closing)
        peer->closing = "slow_consumer";
    carrier_cut(peer->carrier, CLOSE_SLOW_CONSUMER, "slow_consumer");
}

void peer_close(struct peer *peer, int code, const char *reason)
{
    if (!peer->closing)
        peer->closing = reason;
    carrier_close(peer->carrier, code, reason);
}

void peer_dismiss(struct peer *peer, int code, const char *reason)
{
    if (peer->framing->dismiss)
        peer->framing->dismiss(peer);
    peer_close(peer, code, reason);
}
