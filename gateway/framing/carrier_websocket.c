#include "gateway/framing/carrier_websocket.h"

#include "gateway/framing/peers.h"
#include "gateway/framing/refusal.h"
#include "gateway/framing/seal.h"

/* ---- what the connection says ---- */

/* NULL if it has no owner any more, and is about to close. */
static struct carrier_owner *owner_of(const struct connection *connection)
{
    return connection_object(connection);
}

static void on_opened(struct connection *connection)
{
    struct carrier_owner *owner = owner_of(connection);

    if (owner)
        owner->events->opened(owner);
}

static void on_message(
    struct connection *connection, enum frame_kind kind, const void *data, size_t len)
{
    struct carrier_owner *owner = owner_of(connection);

    if (owner)
        owner->events->message(owner, kind, data, len);
}

static bool on_pinged(struct connection *connection)
{
    struct carrier_owner *owner = owner_of(connection);

    return owner && owner->events->pinged(owner);
}

static void on_pong(struct connection *connection, const void *payload, size_t len)
{
    struct carrier_owner *owner = owner_of(connection);
    uint32_t mark;

    if (!owner)
        return;
    if (seal_open_mark(owner->peers->seal, owner->number, payload, len, &mark))
        owner->events->marked(owner, mark);
    else
        owner->events->ponged(owner);
}

static void on_drained(struct connection *connection)
{
    struct carrier_owner *owner = owner_of(connection);

    if (owner)
        owner->events->drained(owner);
}

static void on_resumed(struct connection *connection)
{
    struct carrier_owner *owner = owner_of(connection);

    if (owner)
        owner->events->resumed(owner);
}

static void on_stalled(struct connection *connection)
{
    struct carrier_owner *owner = owner_of(connection);

    if (owner)
        owner->events->stalled(owner);
}

static void on_closed(struct connection *connection, int code)
{
    struct carrier_owner *owner = owner_of(connection);

    if (owner)
        owner->events->closed(owner, code);
}

const struct connection_owner carrier_websocket_connections = {
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

/* ---- the carrier ---- */

static void websocket_own(void *object, struct carrier_owner *owner)
{
    connection_set_owner(object, &carrier_websocket_connections, owner);
}

static const char *websocket_address(const void *object)
{
    return connection_address(object);
}

static bool websocket_is_open(const void *object)
{
    return connection_is_open(object);
}

static void websocket_send(void *object, struct frame *frame, bool asked)
{
    if (asked)
        connection_answer(object, frame);
    else
        connection_send(object, frame);
}

static void send_ping(struct connection *connection, const void *payload, size_t len)
{
    struct frame *ping = frame_new(FRAME_PING, payload, len);

    connection_answer(connection, ping);
    frame_unref(ping);
}

static void websocket_mark(void *object, uint32_t mark)
{
    const struct carrier_owner *owner = owner_of(object);
    unsigned char sealed[SEAL_MARK_SIZE];

    seal_mark(owner->peers->seal, owner->number, mark, sealed);
    send_ping(object, sealed, sizeof(sealed));
}

static void websocket_ping(void *object)
{
    send_ping(object, NULL, 0);
}

static void websocket_cork(void *object)
{
    connection_cork(object);
}

static void websocket_uncork(void *object)
{
    connection_uncork(object);
}

static void websocket_push(void *object)
{
    connection_push(object);
}

static void websocket_hold(void *object)
{
    connection_hold(object);
}

static void websocket_go_on(void *object)
{
    connection_go_on(object);
}

static bool websocket_is_paused(const void *object)
{
    return connection_is_paused(object);
}

static struct carrier_unsent websocket_unsent(const void *object)
{
    return (struct carrier_unsent){
        connection_unsent(object), connection_asked(object), connection_unasked(object)};
}

static uint64_t websocket_under_way(const void *object)
{
    return connection_queued(object) - connection_taken(object);
}

static uint64_t websocket_heard(const void *object)
{
    return connection_read(object);
}

struct messages_back {
    carrier_taken_back *each;
    void *context;
};

static void give_back(void *context, struct frame *frame, bool asked)
{
    const struct messages_back *back = context;

    if (frame_kind(frame) == FRAME_TEXT || frame_kind(frame) == FRAME_BINARY)
        back->each(back->context, frame, asked);
}

static void websocket_take_back(void *object, carrier_taken_back *each, void *context)
{
    struct messages_back back = {each, context};

    connection_take_back(object, give_back, &back);
}

static void websocket_close(void *object, int code, const char *reason)
{
    connection_close(object, code, reason);
}

static void websocket_cut(void *object, int code, const char *reason)
{
    connection_cut(object, code, reason);
}

static const struct carrier_kind websocket = {
    .name = "websocket",
    .transport = TRANSPORT_WEBSOCKET,
    .own = websocket_own,
    .address = websocket_address,
    .is_open = websocket_is_open,
    .send = websocket_send,
    .mark = websocket_mark,
    .ping = websocket_ping,
    .cork = websocket_cork,
    .uncork = websocket_uncork,
    .push = websocket_push,
    .hold = websocket_hold,
    .go_on = websocket_go_on,
    .is_paused = websocket_is_paused,
    .unsent = websocket_unsent,
    .under_way = websocket_under_way,
    .heard = websocket_heard,
    .take_back = websocket_take_back,
    .close = websocket_close,
    .cut = websocket_cut,
};

struct carrier carrier_websocket(struct connection *connection)
{
    return (struct carrier){&websocket, connection};
}
