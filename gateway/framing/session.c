#include "gateway/framing/session.h"

#include <stdlib.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/framing/peer.h"
#include "gateway/framing/refusal.h"
#include "gateway/framing/session_state.h"

static const struct carrier_events session_events;

/* The counter of sessions like this one. */
static size_t *counted_as(const struct peer *peer)
{
    struct framing_counters *counters = &peer->owner.peers->counters;

    return &counters->connections[peer->carrier.kind->transport][peer->framing->place];
}

/* ---- life ---- */

struct peer *session_new(struct peers *peers, const struct framing *framing, struct carrier carrier,
    uint64_t number, char *token)
{
    struct peer *peer = mem_zalloc(sizeof(*peer) + framing->state_size);

    peer->owner =
        (struct carrier_owner){.events = &session_events, .peers = peers, .number = number};
    peer->carrier = carrier;
    peer->framing = framing;
    peer->token = token;
    session_index_add(&peers->sessions, number, peer);
    *counted_as(peer) += 1;
    return peer;
}

struct carrier_owner *session_as_owner(struct peer *peer)
{
    return &peer->owner;
}

struct peer *session_of_owner(struct carrier_owner *owner)
{
    return container_of(owner, struct peer, owner);
}

static void on_closed(struct carrier_owner *owner, int code)
{
    struct peer *peer = session_of_owner(owner);

    wheel_stop(&peer->timer);
    peer->owner.peers->owner->closed(peer, code);
    if (peer->framing->released)
        peer->framing->released(peer);
    peer_forget_token(peer);
    session_index_remove(&peer->owner.peers->sessions, peer->owner.number);
    *counted_as(peer) -= 1;
    free(peer);
}

/* ---- deadlines ---- */

static void on_deadline(struct wheel_entry *entry);

static int64_t steady_now(const struct peer *peer)
{
    return clock_steady_ms(peer->owner.peers->clock);
}

/* One timer serves all deadlines: it expires at the earliest. */
static void await_next(struct peer *peer, int64_t now)
{
    int64_t next = heartbeat_next(&peer->heartbeat, &peer->terms);

    if (!peer_is_open(peer))
        return;
    if (!peer->is_connected && peer->connect_by < next)
        next = peer->connect_by;
    wheel_start(peer->owner.peers->wheel, &peer->timer, next - now, on_deadline);
}

static void send_heartbeat(struct peer *peer, int64_t now)
{
    heartbeat_before(&peer->heartbeat, &peer->terms, peer->carrier, peer->sent, now);
    if (peer->framing->ping)
        peer->framing->ping(peer);
    else
        carrier_ping(peer->carrier);
    heartbeat_behind(&peer->heartbeat, peer->sent);
}

static void on_deadline(struct wheel_entry *entry)
{
    struct peer *peer = container_of(entry, struct peer, timer);
    int64_t now = steady_now(peer);
    enum heartbeat_verdict verdict = HEARTBEAT_NOTHING;

    if (peer_is_open(peer) && !peer->is_connected && now >= peer->connect_by) {
        peer->owner.peers->counters.connect_timeouts++;
        peer_log_close(peer, "not authenticated in time");
        peer->framing->late(peer);
    }
    if (peer_is_open(peer))
        verdict = heartbeat_look(&peer->heartbeat, &peer->terms, peer->carrier, peer->sent, now);
    if (verdict == HEARTBEAT_BEAT) {
        send_heartbeat(peer, now);
    } else if (verdict == HEARTBEAT_SILENT) {
        peer->owner.peers->counters.silent++;
        peer_log_close(peer, "silent after a heartbeat");
        peer_close(peer, CLOSE_GOING_AWAY, "ping timeout");
    }
    await_next(peer, now);
}

/* ---- what the carrier says ---- */

static void on_opened(struct carrier_owner *owner)
{
    struct peer *peer = session_of_owner(owner);
    const struct framing_settings *settings = &peer->owner.peers->settings;
    int64_t now = steady_now(peer);

    peer->opened_at = clock_wall_ms(peer->owner.peers->clock);
    peer->terms = (struct heartbeat_terms){
        (uint32_t)settings->ping_interval_ms, (uint32_t)settings->ping_timeout_ms};
    peer->max_message = (uint32_t)settings->max_message;
    peer->connect_by = now + settings->connect_timeout_ms;
    heartbeat_begin(&peer->heartbeat, &peer->terms, now);
    await_next(peer, now);
    peer->framing->opened(peer);
}

static void on_message(
    struct carrier_owner *owner, enum frame_kind kind, const void *data, size_t len)
{
    struct peer *peer = session_of_owner(owner);

    if (!peer_is_open(peer))
        return;
    /* The carrier may accept larger messages, for other sessions. */
    if (len > peer->max_message)
        peer_close(peer, CLOSE_TOO_BIG, "message too large");
    else if (kind == FRAME_TEXT)
        peer->framing->text(peer, data, len);
    else
        peer->framing->binary(peer, data, len);
}

static bool on_pinged(struct carrier_owner *owner)
{
    return peer_may_err(session_of_owner(owner));
}

static void on_ponged(struct carrier_owner *owner)
{
    struct peer *peer = session_of_owner(owner);

    if (peer_is_open(peer))
        peer_beat_answered(peer);
}

/* While it is closing as well: what has arrived has arrived. A mark that came back before proves
 * nothing more: it counts as an answer nobody asked for. */
static void on_marked(struct carrier_owner *owner, uint32_t mark)
{
    struct peer *peer = session_of_owner(owner);

    if (mark <= peer->confirmed) {
        peer_beat_answered(peer);
        return;
    }
    peer->confirmed = mark;
    if (peer->owner.peers->owner->confirmed)
        peer->owner.peers->owner->confirmed(peer, mark);
}

static const struct peer_refusal *on_vouched(struct carrier_owner *owner, const char *token)
{
    struct peer *peer = session_of_owner(owner);
    const struct peer_owner *user = peer->owner.peers->owner;

    return user->vouch ? user->vouch(peer, token) : &refusal_token_invalid;
}

static bool on_owes(struct carrier_owner *owner)
{
    const struct peer *peer = session_of_owner(owner);
    const struct peer_owner *user = peer->owner.peers->owner;

    return user->owes && user->owes(peer);
}

static void on_drained(struct carrier_owner *owner)
{
    struct peer *peer = session_of_owner(owner);

    if (peer->is_connected && peer->owner.peers->owner->drained)
        peer->owner.peers->owner->drained(peer);
}

static void on_resumed(struct carrier_owner *owner)
{
    struct peer *peer = session_of_owner(owner);

    if (peer->framing->resumed)
        peer->framing->resumed(peer);
}

static void on_stalled(struct carrier_owner *owner)
{
    struct peer *peer = session_of_owner(owner);

    peer->owner.peers->counters.slow_consumers++;
    peer_close_slow(peer, "it took nothing of what waits for it for ping_timeout");
}

static const struct carrier_events session_events = {
    .opened = on_opened,
    .message = on_message,
    .pinged = on_pinged,
    .ponged = on_ponged,
    .marked = on_marked,
    .vouched = on_vouched,
    .owes = on_owes,
    .drained = on_drained,
    .resumed = on_resumed,
    .stalled = on_stalled,
    .closed = on_closed,
};

/* ---- changing the carrier ---- */

static void send_again(void *context, struct frame *frame, bool asked)
{
    const struct peer *peer = context;

    carrier_send(peer->carrier, frame, asked);
}

bool session_move(struct peer *peer, struct carrier carrier)
{
    struct carrier old = peer->carrier;
    bool waited = carrier_unsent(old).all > 0;

    if (!carrier_is_open(old) || !carrier_is_open(carrier))
        return false;
    *counted_as(peer) -= 1;
    peer->carrier = carrier;
    *counted_as(peer) += 1;
    carrier_own(carrier, &peer->owner);
    carrier_cork(carrier);
    carrier_take_back(old, send_again, peer);
    if (peer->marked > peer->confirmed)
        carrier_mark(carrier, peer->marked);
    if (peer->is_held)
        carrier_hold(carrier);
    heartbeat_moved(&peer->heartbeat);
    if (peer->corks > 0)
        carrier_uncork(old);
    else
        carrier_uncork(carrier);
    carrier_own(old, NULL);
    carrier_close(old, CLOSE_NORMAL, "");
    if (waited && carrier_unsent(carrier).all == 0)
        on_drained(&peer->owner);
    return true;
}

bool session_is_held(const struct peer *peer)
{
    return peer->is_held;
}
