#include "gateway/framing/upgrade.h"

#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/framing/candidate.h"
#include "gateway/framing/carrier_websocket.h"
#include "gateway/framing/engineio.h"
#include "gateway/framing/handover.h"
#include "gateway/framing/polling_body.h"
#include "gateway/framing/polling_session.h"
#include "gateway/framing/session.h"
#include "gateway/net/wheel.h"

struct upgrade {
    struct carrier_owner owner;
    struct carrier websocket;
    struct polling *polling; /* NULL: it has come to nothing, and the WebSocket is closing */
    struct polling_probe probe;
    struct wheel_entry deadline;
    bool answered; /* 3probe was sent */
};

static struct upgrade *upgrade_of(struct carrier_owner *owner)
{
    return container_of(owner, struct upgrade, owner);
}

static void upgrade_release(struct upgrade *upgrade)
{
    wheel_stop(&upgrade->deadline);
    if (upgrade->polling)
        polling_set_probe(upgrade->polling, NULL);
    upgrade->polling = NULL;
}

/* Lets go of the session, which stays where it is. */
static void upgrade_give_up(struct upgrade *upgrade)
{
    if (upgrade->polling)
        upgrade->owner.peers->counters.upgrades_failed++;
    upgrade_release(upgrade);
}

static void upgrade_fail(struct upgrade *upgrade, int code, const char *reason)
{
    upgrade_give_up(upgrade);
    carrier_close(upgrade->websocket, code, reason);
}

static void on_session_ended(struct polling_probe *probe)
{
    struct upgrade *upgrade = container_of(probe, struct upgrade, probe);

    upgrade->owner.peers->counters.upgrades_failed++;
    upgrade->polling = NULL;
    upgrade_fail(upgrade, CLOSE_NORMAL, "the session has ended");
}

static void on_probe_deadline(struct wheel_entry *entry)
{
    upgrade_fail(container_of(entry, struct upgrade, deadline), CLOSE_NORMAL, "probe timeout");
}

static void upgrade_answer_probe(struct upgrade *upgrade)
{
    struct frame *frame = frame_new(FRAME_TEXT, "3probe", 6);

    carrier_send(upgrade->websocket, frame, true);
    frame_unref(frame);
    upgrade->answered = true;
    polling_release_get(upgrade->polling);
}

static void upgrade_finish(struct upgrade *upgrade)
{
    struct carrier_owner *session = polling_owner(upgrade->polling);
    struct framing_counters *counters = &upgrade->owner.peers->counters;
    struct carrier websocket = upgrade->websocket;
    struct polling_body rest;
    bool has_rest = polling_take_rest(upgrade->polling, &rest);

    upgrade_release(upgrade);
    bool moved = session_move(session_of_owner(session), websocket);
    *(moved ? &counters->upgrades_done : &counters->upgrades_failed) += 1;
    if (!moved) {
        carrier_close(websocket, CLOSE_NORMAL, "the session has ended");
        if (has_rest)
            polling_body_release(&rest);
        return;
    }
    free(upgrade);
    if (has_rest)
        handover_begin(websocket, session, &rest);
}

static void on_probe_message(
    struct carrier_owner *owner, enum frame_kind kind, const void *data, size_t len)
{
    struct upgrade *upgrade = upgrade_of(owner);
    bool is_text = kind == FRAME_TEXT && upgrade->polling;

    if (is_text && !upgrade->answered && len == 6 && memcmp(data, "2probe", 6) == 0)
        upgrade_answer_probe(upgrade);
    else if (is_text && upgrade->answered && len == 1 && memcmp(data, "5", 1) == 0 &&
             carrier_is_open(upgrade->websocket))
        upgrade_finish(upgrade);
    else
        upgrade_fail(upgrade, CLOSE_PROTOCOL_ERROR, "2probe or 5 was expected");
}

static void on_probe_opened(struct carrier_owner *owner)
{
    struct upgrade *upgrade = upgrade_of(owner);

    if (!upgrade->polling) {
        carrier_close(upgrade->websocket, CLOSE_PROTOCOL_ERROR, "upgraded already");
        return;
    }
    wheel_start(owner->peers->wheel, &upgrade->deadline, owner->peers->settings.connect_timeout_ms,
        on_probe_deadline);
}

static bool on_probe_pinged(struct carrier_owner *owner)
{
    (void)owner;
    return false;
}

static void on_probe_event(struct carrier_owner *owner)
{
    (void)owner;
}

static void on_probe_marked(struct carrier_owner *owner, uint32_t mark)
{
    (void)owner;
    (void)mark;
}

static void on_probe_closed(struct carrier_owner *owner, int code)
{
    struct upgrade *upgrade = upgrade_of(owner);

    (void)code;
    upgrade_give_up(upgrade);
    free(upgrade);
}

static const struct carrier_events probe_events = {
    .opened = on_probe_opened,
    .message = on_probe_message,
    .pinged = on_probe_pinged,
    .ponged = on_probe_event,
    .marked = on_probe_marked,
    .drained = on_probe_event,
    .resumed = on_probe_event,
    .stalled = on_probe_event,
    .closed = on_probe_closed,
};

bool upgrade_admit(struct candidate *candidate)
{
    return candidate->sid[0] == '\0' || polling_find(candidate->peers, candidate->sid) ||
           polling_has_moved(candidate->peers, candidate->sid) ||
           candidate_refuse(candidate, &engineio_unknown_session);
}

/* As Engine.IO's own server does, a second WebSocket of a session is accepted, and closed at
 * once. */
void upgrade_request(struct candidate *candidate)
{
    struct peers *peers = candidate->peers;
    struct polling *polling = polling_find(peers, candidate->sid);
    struct upgrade *upgrade;

    upgrade = mem_zalloc(sizeof(*upgrade));
    upgrade->probe.ended = on_session_ended;
    if (polling && polling_set_probe(polling, &upgrade->probe)) {
        upgrade->polling = polling;
        peers->counters.upgrades_begun++;
    }
    upgrade->owner = (struct carrier_owner){.events = &probe_events,
        .peers = peers,
        .number = connection_number(exchange_connection(candidate->exchange))};
    upgrade->websocket = carrier_websocket(exchange_connection(candidate->exchange));
    exchange_upgrade(candidate->exchange, &carrier_websocket_connections, &upgrade->owner, NULL);
}
