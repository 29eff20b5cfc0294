/*
 * The Socket.IO framing: protocol revision 5 over Engine.IO revision 4, as
 * socket.io-client 3 and 4 speak it. Declared in framing.h.
 *
 * Whatever makes Socket.IO's own server close the transport is a breach here
 * too: CONNECT twice, anything for a namespace not joined, text between a
 * packet and its attachments.
 */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/random.h"
#include "gateway/framing/attachments.h"
#include "gateway/framing/candidate.h"
#include "gateway/framing/engineio.h"
#include "gateway/framing/framing.h"
#include "gateway/framing/namespaces.h"
#include "gateway/framing/packet.h"
#include "gateway/framing/peer.h"
#include "gateway/framing/refusal.h"
#include "gateway/framing/spelling.h"
#include "gateway/net/frame.h"

struct socketio {
    struct namespaces namespaces;
    struct attachments *attachments; /* of a packet that is not complete yet */
};

static const struct candidate_refusal token_in_query = {
    .status = 400,
    .body = "{\"code\":3,\"message\":\"Bad request\",\"error\":\"A token in the URL ends up in "
            "logs and is refused: give it as auth: { token }\"}",
    .log = "token in the URL refused: give it as auth: { token }, or set allow_query_token",
};

static const struct peer_refusal too_many_namespaces = {.message = "Invalid namespace"};

static struct socketio *state_of(struct peer *peer)
{
    return peer_state(peer);
}

static bool socketio_admit(struct candidate *candidate)
{
    if (!engineio_admit(candidate))
        return false;
    if (candidate->sid[0] != '\0')
        return true;
    candidate_take_bearer(candidate);
    return candidate_take_query(candidate, &token_in_query);
}

static bool socketio_joined(const struct peer *peer, const char *namespace)
{
    const struct socketio *state = peer_state_const(peer);

    return namespaces_state(&state->namespaces, namespace) == NAMESPACE_JOINED;
}

/* Out */

static void packet_start(
    struct buf *out, enum packet_type type, const char *namespace, int64_t id, unsigned attachments)
{
    buf_init(out, SIZE_MAX);
    buf_add_char(out, '4'); /* an Engine.IO message */
    packet_write_head(type, attachments, namespace, id, out);
}

static void packet_finish(struct peer *peer, struct buf *out)
{
    peer_send_text(peer, out->data, out->len);
    buf_release(out);
}

static void send_binaries(struct peer *peer, const struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->binary_count; i++)
        peer_send_binary(peer, arguments->binaries[i].data, arguments->binaries[i].len);
}

static void socketio_say(struct peer *peer, const char *namespace, const char *name,
    answer_id answer, const struct arguments *arguments)
{
    bool binary = arguments->binary_count > 0;
    enum packet_type type = name     ? binary ? PACKET_BINARY_EVENT : PACKET_EVENT
                            : binary ? PACKET_BINARY_ACK
                                     : PACKET_ACK;
    struct buf out;

    packet_start(&out, type, namespace, answer, (unsigned)arguments->binary_count);
    spelling_add_array(&out, name, arguments);
    packet_finish(peer, &out);
    send_binaries(peer, arguments);
}

static void socketio_emit(
    struct peer *peer, const char *namespace, const char *name, const struct arguments *arguments)
{
    socketio_say(peer, namespace, name, PACKET_NO_ID, arguments);
}

static void socketio_answer(
    struct peer *peer, const char *namespace, answer_id id, const struct arguments *arguments)
{
    socketio_say(peer, namespace, NULL, id, arguments);
}

static struct frame *socketio_spell(const struct event *event)
{
    struct event_text arguments = event_arguments(event);

    return frame_new2(FRAME_TEXT, "42", 2, arguments.text, arguments.len);
}

static struct frame *socketio_spell_confirmed(const struct event *event, uint32_t id)
{
    struct event_text arguments = event_arguments(event);
    struct buf head;

    packet_start(&head, PACKET_EVENT, "/", id, 0);
    struct frame *frame =
        frame_new2(FRAME_TEXT, head.data, head.len, arguments.text, arguments.len);
    buf_release(&head);
    return frame;
}

static void socketio_accept(struct peer *peer, const char *namespace)
{
    struct socketio *state = state_of(peer);
    char sid[RANDOM_NAME_SIZE];
    struct buf out;

    if (namespaces_state(&state->namespaces, namespace) != NAMESPACE_ASKED)
        return;
    namespaces_set(&state->namespaces, namespace, NAMESPACE_JOINED);
    peer_connected(peer);
    packet_start(&out, PACKET_CONNECT, namespace, PACKET_NO_ID, 0);
    buf_addf(&out, "{\"sid\":\"%s\"}", random_name(sid));
    packet_finish(peer, &out);
}

static void send_refusal(
    struct peer *peer, const char *namespace, const struct peer_refusal *refusal)
{
    struct buf out;

    packet_start(&out, PACKET_CONNECT_ERROR, namespace, PACKET_NO_ID, 0);
    buf_add_text(&out, "{\"message\":");
    buf_add_json_string(&out, refusal->message, strlen(refusal->message));
    if (refusal->code)
        buf_addf(&out, ",\"data\":{\"code\":\"%s\"}", refusal->code);
    buf_add_char(&out, '}');
    packet_finish(peer, &out);
}

static void socketio_refuse(
    struct peer *peer, const char *namespace, const struct peer_refusal *refusal)
{
    struct socketio *state = state_of(peer);

    if (namespaces_state(&state->namespaces, namespace) != NAMESPACE_ASKED)
        return;
    namespaces_set(&state->namespaces, namespace, NAMESPACE_NONE);
    peer_count_refusal(peer, refusal->code);
    if (!refusal->close_only)
        send_refusal(peer, namespace, refusal);
    if (refusal->close)
        peer_close(peer, refusal->close, refusal->message);
}

/* No packet before the close: a stock client reconnects only after a bare close. */
static void socketio_late(struct peer *peer)
{
    bool undecided = state_of(peer)->namespaces.root == NAMESPACE_ASKED;
    const struct peer_refusal *refusal = undecided ? &refusal_unavailable : &refusal_token_missing;

    peer_count_refusal(peer, refusal->code);
    peer_close(peer, refusal->close, refusal->message);
}

static void send_disconnect(void *context, const char *namespace)
{
    struct buf out;

    packet_start(&out, PACKET_DISCONNECT, namespace, PACKET_NO_ID, 0);
    packet_finish(context, &out);
}

static void socketio_dismiss(struct peer *peer)
{
    namespaces_each_joined(&state_of(peer)->namespaces, send_disconnect, peer);
}

/* In */

static void on_connect(struct peer *peer, const struct packet *packet)
{
    struct socketio *state = state_of(peer);
    const char *token = json_text(packet->payload, "token");
    struct peer_connect connect = {
        .namespace = packet->namespace,
        .token = token ? token : peer_token(peer),
        .auth = packet->payload,
    };

    /* A client that floods other namespaces is closed; until then every CONNECT is answered. */
    if (strcmp(packet->namespace, "/") != 0 && !peer_may_err(peer) && !peer_is_open(peer))
        return;
    if (namespaces_state(&state->namespaces, packet->namespace) != NAMESPACE_NONE)
        peer_breach(peer, "second CONNECT to a namespace");
    else if (namespaces_set(&state->namespaces, packet->namespace, NAMESPACE_ASKED) < 0)
        send_refusal(peer, packet->namespace, &too_many_namespaces);
    else
        peer_ask(peer, &connect);
    if (strcmp(packet->namespace, "/") == 0)
        peer_forget_token(peer);
}

static void on_disconnect(struct peer *peer, const struct packet *packet)
{
    namespaces_set(&state_of(peer)->namespaces, packet->namespace, NAMESPACE_NONE);
    peer_left(peer, packet->namespace);
}

static void reject_packet(struct peer *peer, const struct packet *packet, const char *event,
    const char *code, const char *message)
{
    struct peer_failure failure = {.event = event, .code = code, .message = message};

    peer_reject(peer, packet->namespace, packet->id, &failure);
}

static void on_event(struct peer *peer, const struct packet *packet,
    const struct peer_binary *binaries, size_t binary_count)
{
    if (packet->crowded) {
        reject_packet(peer, packet, NULL, "bad_message", "The event has too many values");
        return;
    }
    json_t *name = json_incref(json_array_get(packet->payload, 0));
    struct peer_event event = {
        .namespace = packet->namespace,
        .name = json_string_value(name),
        .data = json_array_get(packet->payload, 1),
        .arguments = packet->payload,
        .answer = packet->id,
        .binaries = binaries,
        .binary_count = binary_count,
    };

    json_array_remove(packet->payload, 0);
    if (strlen(event.name) == json_string_length(name))
        peer_heard(peer, &event);
    else
        reject_packet(peer, packet, NULL, "bad_message", "The name of the event holds U+0000");
    json_decref(name);
}

/* The gateway asks for acknowledgements in "/" alone. */
static void on_ack(struct peer *peer, const struct packet *packet)
{
    peer_acknowledged(peer, strcmp(packet->namespace, "/") == 0 ? packet->id : PACKET_NO_ID);
}

static void on_attachments_announced(struct peer *peer, struct packet *packet)
{
    struct reason why;

    state_of(peer)->attachments =
        attachments_new(packet, peer_takes_binary(peer), peer_terms(peer).max_message, &why);
    if (!state_of(peer)->attachments)
        peer_breach(peer, why.text);
}

static void on_joined_packet(struct peer *peer, struct packet *packet)
{
    switch (packet->type) {
    case PACKET_DISCONNECT:
        on_disconnect(peer, packet);
        break;
    case PACKET_EVENT:
        on_event(peer, packet, NULL, 0);
        break;
    case PACKET_ACK:
        on_ack(peer, packet);
        break;
    case PACKET_BINARY_EVENT:
    case PACKET_BINARY_ACK:
        on_attachments_announced(peer, packet);
        break;
    case PACKET_CONNECT:
    case PACKET_CONNECT_ERROR:
        peer_breach(peer, "CONNECT_ERROR, which only servers send");
        break;
    }
}

static void on_socketio(struct peer *peer, const char *text, size_t len)
{
    struct packet packet;
    struct reason why;

    if (state_of(peer)->attachments) {
        peer_breach(peer, "text where an attachment was announced");
        return;
    }
    if (packet_read(text, len, &packet, &why) < 0) {
        peer_breach(peer, why.text);
        return;
    }
    if (packet.type == PACKET_CONNECT)
        on_connect(peer, &packet);
    else if (socketio_joined(peer, packet.namespace))
        on_joined_packet(peer, &packet);
    else
        peer_breach(peer, "packet for a namespace that was not joined");
    packet_release(&packet);
}

static void on_text(struct peer *peer, const char *text, size_t len)
{
    engineio_text(peer, text, len, on_socketio);
}

/* Nothing sent here asks for binary data, so such an answer counts against the rate. */
static void on_binary_ack(struct peer *peer, const struct packet *packet)
{
    if (peer_may_err(peer))
        on_ack(peer, packet);
}

static void on_whole(struct peer *peer, struct attachments *attachments)
{
    struct packet *packet = attachments_packet(attachments);
    size_t count;
    const struct peer_binary *items = attachments_items(attachments, &count);

    if (packet->type == PACKET_BINARY_ACK)
        on_binary_ack(peer, packet);
    else if (items)
        on_event(peer, packet, items, count);
    else
        reject_packet(peer, packet, json_string_value(json_array_get(packet->payload, 0)),
            "binary_unsupported", "No event takes binary data");
}

static void on_binary(struct peer *peer, const void *data, size_t len)
{
    struct attachments *attachments = state_of(peer)->attachments;

    if (!attachments) {
        peer_breach(peer, "binary message without a packet that announces it");
        return;
    }
    int progress = attachments_add(attachments, data, len);
    if (progress == 0)
        return;
    state_of(peer)->attachments = NULL;
    if (progress < 0)
        peer_close(peer, CLOSE_TOO_BIG, "attachments too large");
    else
        on_whole(peer, attachments);
    attachments_free(attachments);
}

static void socketio_released(struct peer *peer)
{
    attachments_free(state_of(peer)->attachments);
    namespaces_release(&state_of(peer)->namespaces);
}

const struct framing socketio_framing = {
    .name = "socket.io",
    .place = 0,
    .state_size = sizeof(struct socketio),
    .no_upgrade = &engineio_no_upgrade,
    .foreign_origin = &engineio_foreign_origin,
    .admit = socketio_admit,
    .opened = engineio_open,
    .text = on_text,
    .binary = on_binary,
    .ping = engineio_ping,
    .late = socketio_late,
    .joined = socketio_joined,
    .accept = socketio_accept,
    .refuse = socketio_refuse,
    .spell = socketio_spell,
    .spell_confirmed = socketio_spell_confirmed,
    .emit = socketio_emit,
    .answer = socketio_answer,
    .dismiss = socketio_dismiss,
    .released = socketio_released,
};
