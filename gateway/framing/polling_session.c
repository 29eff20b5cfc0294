#include "gateway/framing/polling_session.h"

#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/framing/peers.h"
#include "gateway/framing/polling_state.h"
#include "gateway/framing/refusal.h"
#include "gateway/framing/seal.h"
#include "gateway/net/exchange.h"

#define BODY_MAX 65536
/* How many of the largest POSTs are kept for an upgrade. */
#define KEPT_POSTS 2
#define BAD_REQUEST "{\"code\":3,\"message\":\"Bad request\"}"

static int64_t steady_now(const struct polling *polling)
{
    return clock_steady_ms(polling->peers->clock);
}

/* ---- the end ---- */

static void polling_free_unused(struct polling *polling)
{
    if (polling->state != POLLING_ENDED || polling->exchanges > 0)
        return;
    free(polling);
}

static void drop_probe(struct polling *polling)
{
    struct polling_probe *probe = polling->probe;

    polling->probe = NULL;
    if (probe)
        probe->ended(probe);
}

static void drop_input(struct polling *polling)
{
    if (polling->has_input)
        polling_body_release(&polling->input);
    polling->has_input = polling->input_kept = false;
}

static void answer_post(struct polling *polling, int status)
{
    struct exchange *post = polling->post;

    if (!polling->input_kept)
        drop_input(polling);
    polling->post = NULL;
    polling->has_next = false;
    polling->heard_at = steady_now(polling);
    if (post && status == 200)
        exchange_answer(
            post, &(struct http_answer){.status = 200, .type = "text/html", .body = "ok"});
    else if (post)
        exchange_answer(post, &(struct http_answer){.status = status, .body = BAD_REQUEST});
}

static void polling_leave(struct polling *polling)
{
    directory_leave(polling->peers->directory, &polling->entry,
        polling->moved ? DIRECTORY_UPGRADED : directory_cause_of(polling->code));
}

/* From the loop alone. May free it. */
static void polling_end(void *object)
{
    struct polling *polling = object;
    struct carrier_owner *owner = polling->owner;

    if (polling->state == POLLING_ENDED)
        return;
    polling->state = POLLING_ENDED;
    polling->owner = NULL;
    wheel_stop(&polling->deadline);
    wheel_stop(&polling->resume);
    polling_leave(polling);
    polling_queue_clear(&polling->queue);
    drop_probe(polling);
    answer_post(polling, 400);
    drop_input(polling);
    if (polling->get)
        exchange_answer(polling->get, &(struct http_answer){.status = 400, .body = BAD_REQUEST});
    if (owner)
        owner->events->closed(owner, polling->code);
    polling_free_unused(polling);
}

static void on_end(struct wheel_entry *entry)
{
    polling_end(container_of(entry, struct polling, deadline));
}

static void on_unpolled(struct wheel_entry *entry)
{
    struct polling *polling = container_of(entry, struct polling, deadline);

    if (polling->owner)
        polling->owner->events->stalled(polling->owner);
}

/* Output that nobody polls for must not wait for ever. A client that sends nothing at all is to be
 * found silent first, which takes as long: hence one slot of the wheel more. */
static void watch_polls(struct polling *polling)
{
    int64_t after = polling->peers->settings.ping_timeout_ms + WHEEL_COARSE_MS;

    if (polling->state != POLLING_OPEN)
        return;
    if (!polling->queue.first || polling->get || polling->body)
        wheel_stop(&polling->deadline);
    else if (!wheel_started(&polling->deadline))
        wheel_start(polling->peers->wheel, &polling->deadline, after, on_unpolled);
}

/* ---- output ---- */

static void write_close(struct polling *polling, struct buf *out)
{
    if (polling->code != CLOSE_NORMAL)
        buf_add_text(out, out->len > 0 ? "\x1e"
                                         "1"
                                       : "1");
    polling->state = POLLING_SAID;
    if (!polling->moved)
        polling_leave(polling);
}

/* Answers the held GET, if there is anything to answer. */
void polling_push(struct polling *polling)
{
    bool closing = polling->state == POLLING_CLOSING;
    struct buf out;

    if (!polling->get || polling->body || polling->state > POLLING_CLOSING)
        return;
    if (!polling->queue.first && !closing && !polling->letting_go)
        return;
    buf_init(&out, SIZE_MAX);
    polling_queue_write(&polling->queue, BODY_MAX, &out, polling->written, &polling->mark);
    if (closing && !polling->queue.first)
        write_close(polling, &out);
    polling->body = polling->get;
    polling->get = NULL;
    polling->heard_at = steady_now(polling);
    exchange_answer(polling->body, &(struct http_answer){.status = 200,
                                       .type = "text/plain; charset=UTF-8",
                                       .body = out.len > 0 ? out.data : "6"});
    buf_release(&out);
}

void polling_flush(struct polling *polling)
{
    if (polling->corks == 0)
        polling_push(polling);
    watch_polls(polling);
}

void polling_uncork(struct polling *polling)
{
    polling->corks--;
    polling_flush(polling);
}

/* ---- closing ---- */

static void close_later(struct polling *polling, int64_t after_ms)
{
    wheel_start(polling->peers->wheel, &polling->deadline, after_ms, on_end);
}

/* Whether a client that holds no GET is still told of the end by its next one. Not if it has gone,
 * or was silent; if it broke the protocol, only of what waits for it. */
static bool awaits_last_get(const struct polling *polling)
{
    switch (polling->code) {
    case CLOSE_NORMAL:
    case CLOSE_ABNORMAL:
    case CLOSE_GOING_AWAY:
        return polling->moved;
    case CLOSE_TOO_BIG:
    case CLOSE_BAD_MESSAGE:
        return polling->queue.first != NULL;
    default:
        return true;
    }
}

void polling_close(void *object, int code, const char *reason)
{
    struct polling *polling = object;

    (void)reason;
    if (polling->state != POLLING_OPEN)
        return;
    polling->state = POLLING_CLOSING;
    polling->code = (uint16_t)code;
    polling->moved = !polling->owner;
    drop_probe(polling);
    close_later(polling, polling->peers->settings.close_timeout_ms);
    if (polling->get) {
        polling_flush(polling);
    } else if (!awaits_last_get(polling)) {
        polling_leave(polling);
        close_later(polling, 0);
    }
    if (polling->post && polling->corks == 0)
        answer_post(polling, 400);
}

void polling_cut(void *object, int code, const char *reason)
{
    struct polling *polling = object;

    if (polling->state == POLLING_OPEN)
        polling_queue_clear(&polling->queue);
    polling_close(object, code, reason);
}

/* Logs why it ends, and closes it. */
void polling_fail(struct polling *polling, int code, const char *sentence)
{
    if (polling->state != POLLING_OPEN)
        return;
    peers_log(polling->peers, polling->number, polling->address, "closed: %s", sentence);
    polling_close(polling, code, "");
}

/* ---- GET ---- */

/* The client has all bodies before the GET that is held now. */
static void confirm_body(struct polling *polling)
{
    uint32_t mark = polling->mark;

    polling->unconfirmed = false;
    polling->mark = 0;
    if (mark > 0 && polling->owner && polling->state == POLLING_OPEN)
        polling->owner->events->marked(polling->owner, mark);
}

static void on_body_written(struct polling *polling)
{
    bool drained = !polling->queue.first && polling->written[false] + polling->written[true] > 0;

    polling->written[false] = polling->written[true] = 0;
    polling->unconfirmed = true;
    polling->corks++;
    if (polling->get)
        confirm_body(polling);
    if (drained && polling->owner && polling->state == POLLING_OPEN)
        polling->owner->events->drained(polling->owner);
    polling_uncork(polling);
}

static void on_get_received(struct exchange *exchange, const void *body, size_t len)
{
    const struct polling *polling = exchange_object(exchange);

    (void)body;
    (void)len;
    if (exchange == polling->get)
        exchange_forget_request(exchange);
}

static void on_get_closed(struct exchange *exchange, enum exchange_end end)
{
    struct polling *polling = exchange_object(exchange);
    bool was_held = exchange == polling->get, was_body = exchange == polling->body;

    polling->exchanges--;
    if (was_held)
        polling->get = NULL;
    if (was_body)
        polling->body = NULL;
    if (polling->state == POLLING_ENDED) {
        polling_free_unused(polling);
    } else if (polling->state == POLLING_OPEN &&
               (was_held || (was_body && end != EXCHANGE_ANSWERED))) {
        polling_fail(polling, CLOSE_ABNORMAL, "the client cancelled its GET");
        polling_end(polling);
    } else if (was_body && polling->state == POLLING_SAID) {
        if (!polling->moved)
            polling_end(polling);
    } else if (was_body) {
        on_body_written(polling);
    }
}

static void refuse_overlap(struct polling *polling, struct exchange *exchange, const char *sentence)
{
    exchange_answer(
        exchange, &(struct http_answer){.status = 400, .body = BAD_REQUEST, .close = true});
    polling->peers->counters.bad_messages++;
    polling_fail(polling, CLOSE_BAD_MESSAGE, sentence);
}

static void own_exchange(struct polling *polling, struct exchange *exchange,
    const struct exchange_owner *owner, size_t max_body)
{
    polling->exchanges++;
    polling->heard++;
    polling->heard_at = steady_now(polling);
    exchange_own(exchange, owner, polling, max_body);
}

void polling_get(struct polling *polling, struct exchange *exchange)
{
    static const struct exchange_owner owner = {
        .received = on_get_received, .closed = on_get_closed};

    if (polling->get) {
        refuse_overlap(polling, exchange, "a second GET while one is held");
        return;
    }
    own_exchange(polling, exchange, &owner, 0);
    polling->peers->counters.polls++;
    polling->get = exchange;
    polling->corks++;
    if (!polling->body)
        confirm_body(polling);
    polling_uncork(polling);
}

/* ---- POST ---- */

static void begin_input(struct polling *polling, const void *body, size_t len)
{
    polling->has_input = true;
    polling_body_init(&polling->input, body, len);
}

static void end_input(struct polling *polling)
{
    if (!polling->input_kept) {
        answer_post(polling, 200);
        return;
    }
    drop_input(polling);
    if (polling->has_next)
        begin_input(polling, polling->next, polling->next_len);
    polling->has_next = false;
}

/* A client that lets go of polling takes no output any more, so the session may stay held, and the
 * client waits for the answer to its POST before it goes on: it gets that now, and the rest of the
 * POST is kept. It may have sent another one before it knew that it can upgrade. */
static void keep_input(struct polling *polling)
{
    size_t after = polling->input.len + polling->next_len;

    if (!polling->letting_go || !polling->held || !polling->has_input ||
        polling->state != POLLING_OPEN)
        return;
    if (!polling->input_kept)
        polling_body_keep(&polling->input);
    else if (polling->has_next && after <= KEPT_POSTS * polling->max_message)
        polling_body_append(&polling->input, polling->next, polling->next_len);
    else
        return;
    polling->input_kept = true;
    answer_post(polling, 200);
}

static void on_packet(struct polling *polling)
{
    struct polling_packet packet;

    switch (polling_body_next(&polling->input, &packet)) {
    case POLLING_PACKET:
        polling->owner->events->message(polling->owner, packet.kind, packet.data, packet.len);
        break;
    case POLLING_END:
        end_input(polling);
        break;
    case POLLING_BROKEN:
        polling->peers->counters.bad_messages++;
        polling_fail(polling, CLOSE_BAD_MESSAGE, "malformed body of a POST");
        break;
    }
}

/* Processes what came by POST until the carrier is held. */
void polling_take_input(struct polling *polling)
{
    polling->corks++;
    while (polling->has_input && !polling->held && polling->state == POLLING_OPEN)
        on_packet(polling);
    if (polling->post && polling->state != POLLING_OPEN)
        answer_post(polling, polling->code == CLOSE_BAD_MESSAGE ? 400 : 200);
    keep_input(polling);
    polling_uncork(polling);
}

static void on_post_received(struct exchange *exchange, const void *body, size_t len)
{
    struct polling *polling = exchange_object(exchange);

    if (exchange != polling->post)
        return;
    polling->heard++;
    if (polling->has_input) {
        polling->has_next = true;
        polling->next = body;
        polling->next_len = len;
        keep_input(polling);
        return;
    }
    begin_input(polling, body, len);
    if (!wheel_started(&polling->resume))
        polling_take_input(polling);
}

static void on_post_closed(struct exchange *exchange, enum exchange_end end)
{
    struct polling *polling = exchange_object(exchange);

    polling->exchanges--;
    if (exchange == polling->post) {
        answer_post(polling, 400);
        polling->peers->counters.bad_messages += end == EXCHANGE_REFUSED;
        polling_fail(polling, end == EXCHANGE_REFUSED ? CLOSE_TOO_BIG : CLOSE_ABNORMAL,
            end == EXCHANGE_REFUSED ? "a POST was refused: too large, too slow, or malformed"
                                    : "the client cancelled its POST");
    }
    polling_free_unused(polling);
}

void polling_post(struct polling *polling, struct exchange *exchange)
{
    static const struct exchange_owner owner = {
        .received = on_post_received, .closed = on_post_closed};

    if (polling->post || polling->state != POLLING_OPEN) {
        refuse_overlap(polling, exchange, "a second POST while one is open");
        return;
    }
    own_exchange(polling, exchange, &owner, polling->max_message);
    polling->peers->counters.polling_posts++;
    polling->post = exchange;
}

/* ---- by its id ---- */

static const struct directory_kind directory_kind = {"polling", polling_close, polling_end};

struct polling *polling_new(struct peers *peers, uint64_t number, const char *address, bool counted,
    enum directory_verdict *verdict)
{
    const struct framing_settings *settings = &peers->settings;
    struct directory_limits limits = {settings->max_sessions, settings->max_sessions_per_address};
    struct polling *polling = mem_zalloc(sizeof(*polling) + strlen(address) + 1);

    polling->peers = peers;
    polling->number = number;
    polling->queue.total = &peers->counters.waiting;
    polling->max_message = settings->max_message;
    polling->silence_ms = settings->ping_interval_ms + settings->ping_timeout_ms;
    polling->code = CLOSE_ABNORMAL;
    strcpy(polling->address, address);
    seal_name(peers->seal, number, polling->entry.sid);
    polling->entry.kind = &directory_kind;
    polling->entry.object = polling;
    *verdict =
        directory_enter(peers->directory, &polling->entry, counted ? address : NULL, &limits);
    if (*verdict == DIRECTORY_ENTERED)
        return polling;
    free(polling);
    return NULL;
}

/* The heartbeat finds that too, a moment later. */
static bool is_silent(const struct polling *polling)
{
    return polling->state == POLLING_OPEN && !polling->get && !polling->body && !polling->post &&
           steady_now(polling) - polling->heard_at >= polling->silence_ms;
}

struct polling *polling_find(struct peers *peers, const char *sid)
{
    struct polling *polling = directory_find(peers->directory, &directory_kind, sid);

    if (!polling || polling->moved)
        return NULL;
    if (!is_silent(polling))
        return polling;
    peers->counters.silent++;
    polling_queue_clear(&polling->queue);
    polling_fail(polling, CLOSE_GOING_AWAY, "silent after a heartbeat");
    return NULL;
}

bool polling_has_moved(struct peers *peers, const char *sid)
{
    const struct polling *polling = directory_find(peers->directory, &directory_kind, sid);

    return polling && polling->moved;
}

struct carrier_owner *polling_owner(const struct polling *polling)
{
    return polling->owner;
}

uint64_t polling_number(const struct polling *polling)
{
    return polling->number;
}

bool polling_set_probe(struct polling *polling, struct polling_probe *probe)
{
    if (probe && (polling->probe || polling->state != POLLING_OPEN))
        return false;
    polling->probe = probe;
    polling->letting_go = false;
    return true;
}

void polling_release_get(struct polling *polling)
{
    polling->letting_go = true;
    keep_input(polling);
    polling_flush(polling);
}

bool polling_take_rest(struct polling *polling, struct polling_body *rest)
{
    bool is_of_post = !polling->input_kept;

    if (!polling->has_input)
        return false;
    polling_body_keep(&polling->input);
    *rest = polling->input;
    polling->has_input = polling->input_kept = false;
    if (is_of_post)
        answer_post(polling, 200);
    return true;
}
