#include "publish-fcgi/turn.h"

/* Seconds after which it is worth while to try again. */
#define RETRY_AFTER 2
/* Milliseconds between two notes of when a key was used last. */
#define LAST_USED_INTERVAL 60000

/* By why the queue failed: for good, because it is locked, or nobody knows how. */
static const struct refusal {
    const char *code, *error;
} refusals[] = {
    {"queue_unavailable", "The queue is unavailable: try again later"},
    {"queue_locked", "The queue is locked: try again"},
    {"uncertain", "It is not known whether this was done: send it again, with the same "
                  "Idempotency-Key if it had one"},
};

int publish_turn_fail(struct publish_turn *turn, const struct reason *why)
{
    bool locked = turn->queue->is_locked;
    const struct refusal *refusal = &refusals[turn->queue->is_uncertain ? 2 : locked];

    if (locked && turn->patience == ENDPOINT_MAY_DEFER) {
        turn->result = ENDPOINT_DEFERRED;
        return -1;
    }
    log_paced(turn->log, LOG_ERROR, turn->pace, "503: %s", why->text);
    turn->result = locked ? ENDPOINT_BUSY : ENDPOINT_ANSWERED;
    turn->reply.retry_after = RETRY_AFTER;
    reply_refuse(&turn->reply, 503, refusal->code, "%s", refusal->error);
    return -1;
}

bool publish_turn_is_repeated(struct publish_turn *turn)
{
    struct reason why;

    if (!turn->request->idempotency)
        return false;
    switch (remembered_find(
        turn->queue, &turn->key, turn->request, turn->hash, turn->now_ms, &turn->reply, &why)) {
    case REMEMBERED_NOT:
        return false;
    case REMEMBERED_OTHER:
        reply_refuse(&turn->reply, 409, "idempotency_conflict",
            "Another request was sent with this Idempotency-Key: give each request its own");
        return true;
    case REMEMBERED_FAILED:
        publish_turn_fail(turn, &why);
        return true;
    default:
        return true;
    }
}

void publish_turn_note_key(struct publish_turn *turn)
{
    char now[CLOCK_ISO_SIZE];
    struct reason why;

    if (turn->now_ms - turn->key.last_used_ms < LAST_USED_INTERVAL)
        return;
    turn->key.last_used_ms = turn->now_ms;
    PUBLISH_ASK(turn->queue, PUBLISH_TOUCH_KEY, &why, clock_iso(turn->now_ms, now), turn->key.hash);
}

/* Returns -1. */
static int turn_fault(struct publish_turn *turn, const struct writer_fault *fault)
{
    turn->queue->is_locked = fault->is_locked;
    turn->queue->is_uncertain = fault->is_uncertain;
    return publish_turn_fail(turn, &fault->why);
}

/* Ends the transaction, and the turn where that fails. Returns 0, or -1 with the fault. */
static int turn_leave(struct publish_turn *turn, bool keep, struct writer_fault *fault)
{
    struct publish_queue *queue = turn->queue;

    turn->queue = turn->own;
    return publish_writer_end(turn->writer, queue, keep, clock_steady_ms(turn->clock), fault);
}

/* Somebody else may have answered the same request since it was looked for, or may be about to. */
static bool is_repeated_meanwhile(struct publish_turn *turn)
{
    struct reason why;

    if (turn->request->idempotency &&
        remembered_lock(turn->queue, &turn->key, turn->request, &why) < 0) {
        publish_turn_fail(turn, &why);
        return true;
    }
    return publish_turn_is_repeated(turn);
}

int publish_turn_begin(struct publish_turn *turn)
{
    struct writer_fault fault;
    struct publish_queue *queue = publish_writer_begin(
        turn->writer, turn->queue, turn->busy_timeout, clock_steady_ms(turn->clock), &fault);

    if (!queue)
        return turn_fault(turn, &fault);
    turn->own = turn->queue;
    turn->queue = queue;
    turn->result = ENDPOINT_AVAILABLE;
    if (!is_repeated_meanwhile(turn))
        return 0;
    publish_turn_end(turn);
    return -1;
}

void publish_turn_abandon(struct publish_turn *turn)
{
    struct writer_fault fault;

    turn_leave(turn, false, &fault);
}

static bool is_good(const struct publish_turn *turn)
{
    return !reply_is_refusal(&turn->reply) && turn->result != ENDPOINT_DEFERRED;
}

/* Adds to what the turn has written what is remembered of it. */
static void turn_remember(struct publish_turn *turn)
{
    struct reason why;

    if (turn->request->idempotency && remembered_add(turn->queue, &turn->key, turn->request,
                                          turn->hash, turn->now_ms, &turn->reply, &why) < 0)
        publish_turn_fail(turn, &why);
    else
        publish_turn_note_key(turn);
}

void publish_turn_end(struct publish_turn *turn)
{
    struct writer_fault fault;

    if (turn->reply.body.overflowed)
        reply_refuse(&turn->reply, 500, "answer_too_large", "The answer would be too long");
    if (is_good(turn))
        turn_remember(turn);
    if (turn_leave(turn, is_good(turn), &fault) < 0 && turn->reply.status != 503 &&
        turn->result != ENDPOINT_DEFERRED)
        turn_fault(turn, &fault);
}
