#include "publish-fcgi/turn.h"

/* Seconds after which it is worth while to try again. */
#define RETRY_AFTER 2

int publish_turn_fail(struct publish_turn *turn, const struct reason *why)
{
    bool locked = turn->queue->is_locked;

    if (locked && turn->patience == ENDPOINT_MAY_DEFER) {
        turn->result = ENDPOINT_DEFERRED;
        return -1;
    }
    log_paced(turn->log, LOG_ERROR, turn->pace, "503: %s", why->text);
    turn->result = locked ? ENDPOINT_BUSY : ENDPOINT_ANSWERED;
    turn->reply.retry_after = RETRY_AFTER;
    reply_refuse(&turn->reply, 503, locked ? "queue_locked" : "queue_unavailable",
        locked ? "The queue is locked: try again" : "The queue is unavailable: try again later");
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

static void turn_rollback(struct publish_turn *turn)
{
    if (!sqlite3_get_autocommit(turn->queue->db))
        database_exec(turn->queue->db, "ROLLBACK", NULL);
}

/* Another process may have answered the same request since it was looked for. */
int publish_turn_begin(struct publish_turn *turn)
{
    struct reason why;

    if (sqlite3_exec(turn->queue->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
        publish_queue_fault(turn->queue, &why);
        return publish_turn_fail(turn, &why);
    }
    turn->result = ENDPOINT_AVAILABLE;
    if (!publish_turn_is_repeated(turn))
        return 0;
    turn_rollback(turn);
    return -1;
}

void publish_turn_end(struct publish_turn *turn)
{
    struct publish_queue *queue = turn->queue;
    struct reason why;
    int result = 0;

    if (turn->reply.body.overflowed)
        reply_refuse(&turn->reply, 500, "answer_too_large", "The answer would be too long");
    if (!reply_is_refusal(&turn->reply) && turn->result != ENDPOINT_DEFERRED) {
        if (turn->request->idempotency)
            result = remembered_add(
                queue, &turn->key, turn->request, turn->hash, turn->now_ms, &turn->reply, &why);
        if (result == 0 && sqlite3_exec(queue->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
            result = publish_queue_fault(queue, &why);
    }
    turn_rollback(turn);
    if (result < 0)
        publish_turn_fail(turn, &why);
}
