/*
 * The plain framing: one JSON object per text frame (message.h). Declared in
 * framing.h.
 *
 * The token comes with the upgrade request, and then the owner is asked at
 * once; or it comes in a first event `auth`. Until the owner has decided, the
 * client's first event waits, and later ones stay unread: so a client that has
 * sent its token need not wait for the answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/memory.h"
#include "gateway/framing/candidate.h"
#include "gateway/framing/framing.h"
#include "gateway/framing/message.h"
#include "gateway/framing/peer.h"
#include "gateway/framing/refusal.h"
#include "gateway/framing/spelling.h"
#include "gateway/net/frame.h"

#define PROTOCOL "belfry.v1"
#define BEARER "bearer."

enum stage { STAGE_NEW, STAGE_ASKED, STAGE_ACCEPTED };

struct plain {
    enum stage stage;
    answer_id auth; /* the acknowledgement that the undecided `auth` waits for */
    char *waiting;  /* a text that came before the owner decided; or NULL */
    size_t waiting_len;
};

static const struct candidate_refusal no_upgrade = {
    .status = 426,
    .body = "{\"error\":\"WebSocket wanted: the request has no Upgrade, or the web server in front "
            "does not pass it on\"}",
    .log = LOG_NO_UPGRADE,
};
static const struct candidate_refusal foreign_origin = {
    .status = 403,
    .body = "{\"error\":\"Origin not allowed\"}",
};
static const struct candidate_refusal token_in_query = {
    .status = 400,
    .body = "{\"error\":\"A token in the URL ends up in logs and is refused: use the Authorization "
            "header, the subprotocol bearer.<token>, or the event auth\"}",
    .log = "token in the URL refused: use the Authorization header, the subprotocol, or the event "
           "auth, or set allow_query_token",
};
static const struct candidate_refusal bad_protocol = {
    .status = 400,
    .body = "{\"error\":\"Sec-WebSocket-Protocol must be belfry.v1, bearer.<token>\"}",
    .log = "request refused: its Sec-WebSocket-Protocol is not belfry.v1, bearer.<token>",
};

static struct plain *state_of(struct peer *peer)
{
    return peer_state(peer);
}

/* The handshake */

struct offers {
    bool ours;
    bool bearer;
    const char *token;
    size_t token_len;
};

static struct offers read_offers(const char *field)
{
    struct offers offers = {0};

    while (field && *(field += strspn(field, ", \t"))) {
        size_t len = strcspn(field, ", \t");
        if (len == strlen(PROTOCOL) && memcmp(field, PROTOCOL, len) == 0)
            offers.ours = true;
        if (strncmp(field, BEARER, strlen(BEARER)) == 0) {
            offers.bearer = true;
            offers.token = field + strlen(BEARER);
            offers.token_len = len - strlen(BEARER);
        }
        field += len;
    }
    return offers;
}

static bool plain_admit(struct candidate *candidate)
{
    struct offers offers = read_offers(candidate_field(candidate, HTTP_FIELD_PROTOCOL));

    if (offers.bearer && (!offers.ours || offers.token_len == 0))
        return candidate_refuse(candidate, &bad_protocol);
    if (offers.ours)
        candidate->protocol = PROTOCOL;
    candidate_take_bearer(candidate);
    if (offers.bearer && !candidate->token)
        candidate_set_token(candidate, offers.token, offers.token_len);
    return candidate_take_query(candidate, &token_in_query);
}

/* Out */

static bool plain_joined(const struct peer *peer, const char *namespace)
{
    const struct plain *state = peer_state_const(peer);

    return state->stage == STAGE_ACCEPTED && strcmp(namespace, "/") == 0;
}

static struct frame *plain_spell_with(const struct event *event, const char *end, size_t end_len)
{
    struct event_text name = event_name(event), data = event_data(event);
    struct event_text members = event_members(event);
    struct buf text;

    buf_init(&text, SIZE_MAX);
    buf_add_text(&text, "{\"event\":");
    buf_add(&text, name.text, name.len);
    if (data.len > 0) {
        buf_add_text(&text, ",\"data\":");
        buf_add(&text, data.text, data.len);
    }
    if (members.len > 0) {
        buf_add_char(&text, ',');
        buf_add(&text, members.text, members.len);
    }
    struct frame *frame = frame_new2(FRAME_TEXT, text.data, text.len, end, end_len);
    buf_release(&text);
    return frame;
}

static struct frame *plain_spell(const struct event *event)
{
    return plain_spell_with(event, "}", 1);
}

static struct frame *plain_spell_confirmed(const struct event *event, uint32_t id)
{
    char end[24];
    int len = snprintf(end, sizeof(end), ",\"id\":%lu}", (unsigned long)id);

    return plain_spell_with(event, end, (size_t)len);
}

static void plain_finish(struct peer *peer, struct buf *text, const struct arguments *arguments)
{
    buf_add_text(text, ",\"data\":");
    spelling_add_value(text, arguments);
    buf_add_char(text, '}');
    peer_send_text(peer, text->data, text->len);
    buf_release(text);
}

static void plain_emit(
    struct peer *peer, const char *namespace, const char *name, const struct arguments *arguments)
{
    struct buf text;

    (void)namespace;
    buf_init(&text, SIZE_MAX);
    buf_add_text(&text, "{\"event\":");
    buf_add_json_string(&text, name, strlen(name));
    plain_finish(peer, &text, arguments);
}

static void plain_answer(
    struct peer *peer, const char *namespace, answer_id id, const struct arguments *arguments)
{
    struct buf text;

    (void)namespace;
    buf_init(&text, SIZE_MAX);
    buf_addf(&text, "{\"ack\":%lld", (long long)id);
    plain_finish(peer, &text, arguments);
}

/* Connecting */

static void answer_yes(struct peer *peer, answer_id id)
{
    struct arguments yes = {.json = "{\"ok\":true}", .len = 11, .single = true};

    if (id != NO_ANSWER)
        plain_answer(peer, "/", id, &yes);
}

static void plain_accept(struct peer *peer, const char *namespace)
{
    struct plain *state = state_of(peer);

    (void)namespace;
    if (state->stage != STAGE_ASKED)
        return;
    state->stage = STAGE_ACCEPTED;
    peer_connected(peer);
    answer_yes(peer, state->auth);
    peer_go_on(peer);
}

static void plain_refuse(
    struct peer *peer, const char *namespace, const struct peer_refusal *refusal)
{
    struct plain *state = state_of(peer);
    struct peer_failure failure = {.code = refusal->code, .message = refusal->message};

    if (state->stage == STAGE_ACCEPTED)
        return;
    peer_count_refusal(peer, refusal->code);
    if (peer_refuse_request(peer, refusal))
        return;
    if (state->auth != NO_ANSWER)
        peer_fail_in(peer, namespace, state->auth, &failure);
    state->auth = NO_ANSWER;
    state->stage = STAGE_NEW;
    peer_fail_in(peer, namespace, NO_ANSWER, &failure);
    if (refusal->close)
        peer_close(peer, refusal->close, refusal->message);
    else
        peer_go_on(peer);
}

static void plain_late(struct peer *peer)
{
    bool undecided = state_of(peer)->stage == STAGE_ASKED;

    plain_refuse(peer, "/", undecided ? &refusal_unavailable : &refusal_token_missing);
}

static void plain_opened(struct peer *peer)
{
    struct peer_connect connect = {.namespace = "/", .token = peer_token(peer)};

    state_of(peer)->auth = NO_ANSWER;
    if (!connect.token)
        return;
    state_of(peer)->stage = STAGE_ASKED;
    peer_ask(peer, &connect);
    peer_forget_token(peer);
}

/* In */

static void set_options(struct peer *peer, const struct peer_connect *connect, answer_id id)
{
    const struct peer_refusal *refusal = peer_ask_again(peer, connect);

    if (!refusal) {
        answer_yes(peer, id);
        return;
    }
    struct peer_failure failure = {
        .event = "auth", .code = refusal->code, .message = refusal->message};
    peer_count_refusal(peer, refusal->code);
    peer_fail_in(peer, "/", id, &failure);
}

static void on_auth(struct peer *peer, const struct message *message)
{
    struct plain *state = state_of(peer);
    struct peer_connect connect = {
        .namespace = "/",
        .token = json_text(message->data, "token"),
        .auth = json_is_object(message->data) ? message->data : NULL,
    };

    if (state->stage != STAGE_NEW) {
        set_options(peer, &connect, message->id);
        return;
    }
    state->stage = STAGE_ASKED;
    state->auth = message->id;
    peer_ask(peer, &connect);
}

static void on_event(struct peer *peer, const struct message *message)
{
    struct peer_event event = {
        .namespace = "/",
        .name = message->name,
        .data = message->data,
        .answer = message->id,
    };
    json_t *arguments = json_array();

    if (message->data)
        json_array_append(arguments, (json_t *)message->data);
    event.arguments = arguments;
    peer_heard(peer, &event);
    json_decref(arguments);
}

static void on_ack(struct peer *peer, const struct message *message)
{
    bool may_be_asked_for = state_of(peer)->stage == STAGE_ACCEPTED;

    if (!message->large || peer_may_err(peer))
        peer_acknowledged(peer, may_be_asked_for ? message->id : MESSAGE_NO_ID);
}

static void drop_waiting(struct plain *state)
{
    if (state->waiting)
        mem_wipe(state->waiting, state->waiting_len);
    free(state->waiting);
    state->waiting = NULL;
}

static void wait_with(struct peer *peer, const char *text, size_t len)
{
    struct plain *state = state_of(peer);

    state->waiting = mem_alloc(len);
    memcpy(state->waiting, text, len);
    state->waiting_len = len;
    peer_hold(peer);
}

static void on_text(struct peer *peer, const char *text, size_t len)
{
    struct message message;
    struct reason why;
    enum message_kind kind = message_read(text, len, &message, &why);

    struct peer_failure failure = {.code = "bad_message", .message = why.text};

    if (kind == MESSAGE_BREACH) {
        peer_fail_in(peer, "/", NO_ANSWER, &failure);
        peer_breach(peer, why.text);
    } else if (kind == MESSAGE_UNUSABLE) {
        failure.event = message.name;
        peer_reject(peer, "/", NO_ANSWER, &failure);
    } else if (kind == MESSAGE_ACK)
        on_ack(peer, &message);
    else if (strcmp(message.name, "auth") == 0)
        on_auth(peer, &message);
    else if (state_of(peer)->stage == STAGE_ACCEPTED)
        on_event(peer, &message);
    else if (state_of(peer)->stage == STAGE_ASKED)
        wait_with(peer, text, len);
    else
        plain_refuse(peer, "/", &refusal_token_missing);
    message_release(&message);
}

static void plain_resumed(struct peer *peer)
{
    struct plain taken = *state_of(peer);

    if (!taken.waiting)
        return;
    state_of(peer)->waiting = NULL;
    on_text(peer, taken.waiting, taken.waiting_len);
    drop_waiting(&taken);
}

static void on_binary(struct peer *peer, const void *data, size_t len)
{
    (void)data;
    (void)len;
    peer_unsupported(peer, "text frames only");
}

static void plain_released(struct peer *peer)
{
    drop_waiting(state_of(peer));
}

const struct framing plain_framing = {
    .name = "plain",
    .place = 1,
    .state_size = sizeof(struct plain),
    .no_upgrade = &no_upgrade,
    .foreign_origin = &foreign_origin,
    .admit = plain_admit,
    .opened = plain_opened,
    .text = on_text,
    .binary = on_binary,
    .late = plain_late,
    .resumed = plain_resumed,
    .joined = plain_joined,
    .accept = plain_accept,
    .refuse = plain_refuse,
    .spell = plain_spell,
    .spell_confirmed = plain_spell_confirmed,
    .emit = plain_emit,
    .answer = plain_answer,
    .released = plain_released,
};
