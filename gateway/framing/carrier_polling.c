#include "gateway/framing/carrier_polling.h"

#include "common/container_of.h"
#include "gateway/framing/peers.h"
#include "gateway/framing/polling_state.h"
#include "gateway/framing/refusal.h"
#include "gateway/net/exchange.h"

/* Small packets cost more memory than their bytes. */
#define PACKETS_MAX 32768

static void polling_own(void *object, struct carrier_owner *owner)
{
    ((struct polling *)object)->owner = owner;
}

static const char *polling_address(const void *object)
{
    return ((const struct polling *)object)->address;
}

static bool polling_is_open(const void *object)
{
    return ((const struct polling *)object)->state == POLLING_OPEN;
}

static struct carrier_unsent polling_unsent(const void *object)
{
    const struct polling *polling = object;
    size_t asked = polling->queue.bytes[true] + polling->written[true];
    size_t unasked = polling->queue.bytes[false] + polling->written[false];

    return (struct carrier_unsent){asked + unasked, asked, unasked};
}

static size_t bytes_waiting(const struct polling *polling)
{
    return polling->queue.bytes[false] + polling->queue.bytes[true];
}

/* Owners stop sending long before; this is a safeguard against one that does not. */
static bool is_overfull(const struct polling *polling)
{
    const struct framing_settings *settings = &polling->peers->settings;

    return polling->queue.count > PACKETS_MAX ||
           bytes_waiting(polling) > 8 * settings->max_buffer + 4 * settings->max_message;
}

static void polling_send(void *object, struct frame *frame, bool asked)
{
    struct polling *polling = object;

    if (polling->state != POLLING_OPEN)
        return;
    polling_queue_add(&polling->queue, frame, 0, asked);
    polling_flush(polling);
    if (!is_overfull(polling))
        return;
    polling->peers->counters.slow_consumers++;
    polling_queue_clear(&polling->queue);
    polling_fail(
        polling, CLOSE_SLOW_CONSUMER, "far more bytes than max_buffer wait to be sent to it");
}

static void polling_mark(void *object, uint32_t mark)
{
    struct polling *polling = object;

    if (polling->state != POLLING_OPEN)
        return;
    if (!polling->queue.first && (polling->body || polling->unconfirmed))
        polling->mark = mark;
    else
        polling_queue_add(&polling->queue, NULL, mark, true);
    polling_flush(polling);
}

/* A noop: the client shows by its next GET that it is alive. */
static void polling_ping(void *object)
{
    struct polling *polling = object;

    if (polling->state == POLLING_OPEN)
        polling_queue_add(&polling->queue, NULL, 0, true);
    polling_flush(polling);
}

static void polling_cork(void *object)
{
    ((struct polling *)object)->corks++;
}

static void on_uncork(void *object)
{
    polling_uncork(object);
}

static void push(void *object)
{
    polling_push(object);
}

static void polling_hold(void *object)
{
    ((struct polling *)object)->held = true;
}

static void on_resume(struct wheel_entry *entry)
{
    struct polling *polling = container_of(entry, struct polling, resume);

    if (!polling->held && polling->state == POLLING_OPEN && polling->owner)
        polling->owner->events->resumed(polling->owner);
    if (polling->has_input)
        polling_take_input(polling);
}

static void polling_go_on(void *object)
{
    struct polling *polling = object;

    if (!polling->held)
        return;
    polling->held = false;
    if (polling->state == POLLING_OPEN)
        wheel_start(polling->peers->wheel, &polling->resume, 0, on_resume);
}

static bool polling_is_paused(const void *object)
{
    const struct polling *polling = object;

    return polling->held && polling->post;
}

static uint64_t polling_under_way(const void *object)
{
    return polling_unsent(object).all;
}

/* Grows with every byte of a POST, too. */
static uint64_t polling_heard(const void *object)
{
    const struct polling *polling = object;

    return polling->heard +
           (polling->post ? connection_read(exchange_connection(polling->post)) : 0);
}

static void polling_take_back(void *object, carrier_taken_back *each, void *context)
{
    polling_queue_take_back(&((struct polling *)object)->queue, each, context);
}

static const struct carrier_kind polling_kind = {
    .name = "polling",
    .transport = TRANSPORT_POLLING,
    .upgrades = true,
    .own = polling_own,
    .address = polling_address,
    .is_open = polling_is_open,
    .send = polling_send,
    .mark = polling_mark,
    .ping = polling_ping,
    .cork = polling_cork,
    .uncork = on_uncork,
    .push = push,
    .hold = polling_hold,
    .go_on = polling_go_on,
    .is_paused = polling_is_paused,
    .unsent = polling_unsent,
    .under_way = polling_under_way,
    .heard = polling_heard,
    .take_back = polling_take_back,
    .close = polling_close,
    .cut = polling_cut,
};

struct carrier carrier_polling(struct polling *polling)
{
    return (struct carrier){&polling_kind, polling};
}
