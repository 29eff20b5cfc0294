#include "gateway/store/errands/bridge.h"

#include <stdio.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/answering.h"
#include "gateway/store/broadcasts.h"
#include "gateway/store/membership.h"
#include "gateway/store/messages.h"
#include "gateway/store/queue.h"
#include "gateway/store/receipts.h"
#include "gateway/store/sayings.h"
#include "gateway/store/scan.h"
#include "gateway/store/schedule.h"
#include "gateway/store/sharing.h"

/* Rows counted at a time for one who comes. */
#define COUNT_ROWS 4096

/* 1 where a revocation covers the token, 0, or -1. A token without `iat` could be any age. */
static int is_revoked(struct queue *queue, const struct request *request)
{
    int64_t not_before;
    int found = answering_revocation(queue, request->user, &not_before);

    return found == 1 ? request->ask.attach.issued_at <= not_before : found;
}

/* Rows set back are shown to nobody before all the user's connections were told: or one of these
 * would take what another confirms at once for confirmed before that. */
static bool is_due_untold(const struct queue *queue, const struct request *request)
{
    const struct watched *watched =
        watch_find(&queue->inbox.watch, request->user, strlen(request->user));

    return watched && (watched->flags & WATCH_DUE);
}

static int fill_attach(struct queue *queue, struct request *request)
{
    struct store_scan scan = {
        .max_rows = request->ask.attach.max_rows,
        .max_bytes = request->ask.attach.max_bytes,
    };
    struct watched *watched = watch_find(&queue->inbox.watch, request->user, strlen(request->user));

    snprintf(request->name, sizeof(request->name), "%s", queue->turn.engine->name);
    request->highest = queue->inbox.last_seen;
    if (watched)
        request->unread = watched->unread;
    return scan_owed(queue, request, &scan);
}

/* The rows of one who comes first are counted in parts, between which others are answered. 1 when
 * they are, 0, or -1. */
static int count_unread(struct queue *queue, struct request *request)
{
    size_t rows = COUNT_ROWS;
    int done;

    if (watch_find(&queue->inbox.watch, request->user, strlen(request->user)))
        return 1;
    done = scan_count_on(queue, request->user, &request->cursor, &request->unread, &rows);
    request->is_long |= done == 0;
    return done;
}

/* 1 where the token is good, or `verdict` says what it is not; 0 where that shows later; or -1. */
static int judge_token(struct queue *queue, struct request *request, bool *is_seen)
{
    enum logout_word word = LOGOUT_UNKNOWN;
    int revoked;

    if (request->has_session)
        word = logout_judge(queue, &request->session);
    if (word == LOGOUT_LATER)
        return 0;
    *is_seen = word == LOGOUT_GOOD;
    revoked = is_revoked(queue, request);
    request->errand.verdict = revoked ? STORE_REVOKED : word == LOGOUT_OVER ? STORE_OVER : STORE_OK;
    return revoked < 0 ? -1 : 1;
}

static int attach(struct queue *queue, struct request *request)
{
    bool is_seen;
    int judged = is_due_untold(queue, request) ? 0 : judge_token(queue, request, &is_seen);
    struct watched *watched;
    int counted;

    if (judged <= 0 || request->errand.verdict != STORE_OK)
        return judged;
    counted = count_unread(queue, request);
    if (counted <= 0)
        return counted < 0 ? -1 : ERRAND_GOES_ON;
    if (fill_attach(queue, request) < 0)
        return -1;
    watched = watch_attach(&queue->inbox.watch, request->user);
    if (request->has_session)
        logout_hold(queue, watched, &request->session, is_seen);
    if (watched->connections == 1) {
        watched->unread = watched->told = request->unread;
        watched->first_owed = 0;
        watched->swept_at = queue->turn.steady;
        if (request->is_long)
            watch_flag(&queue->inbox.watch, watched, WATCH_RECOUNT);
    } else {
        watch_doubt(&queue->inbox.watch, watched);
    }
    return 1;
}

/* A connection that has gone meanwhile is not there to be told of the session. */
static int check(struct queue *queue, struct request *request)
{
    bool is_seen;
    int judged = judge_token(queue, request, &is_seen);
    struct watched *watched;

    if (judged <= 0 || request->errand.verdict != STORE_OK || !request->has_session)
        return judged;
    watched = watch_find(&queue->inbox.watch, request->user, strlen(request->user));
    if (watched)
        logout_hold(queue, watched, &request->session, is_seen);
    else
        request->errand.verdict = STORE_UNAVAILABLE;
    return 1;
}

static int fetch(struct queue *queue, struct request *request)
{
    if (is_due_untold(queue, request))
        return 0;
    request->errand.verdict = STORE_OK;
    return scan_owed(queue, request, &request->ask.scan) < 0 ? -1 : 1;
}

static int list(struct queue *queue, struct request *request)
{
    request->errand.verdict = STORE_OK;
    return scan_list(queue, request) < 0 ? -1 : 1;
}

static void leave_session(struct queue *queue, struct request *request)
{
    struct watched *watched = watch_find_even_gone(&queue->inbox.watch, request->user);

    if (!watched || !request->has_session)
        return;
    logout_let_go(queue, watched, &request->session);
    watch_let_go(&queue->inbox.watch, watched);
}

static void detach(struct queue *queue, struct request *request)
{
    leave_session(queue, request);
    watch_detach(&queue->inbox.watch, request->user);
}

static void take_sent(struct queue *queue, struct request *request)
{
    bool delivered = request->ask.sent.delivered;
    size_t made = 0;

    if (request->errand.generation != queue->errands.generation) {
        atomic_fetch_sub(&queue->turn.shared->unmarked, request->count);
        return;
    }
    queue->inbox.was_full |= atomic_load(&queue->turn.shared->unmarked) >= STORE_UNMARKED_MAX;
    for (size_t i = 0; i < request->count; i++)
        made += marks_add(&queue->inbox.marks, request->ids[i],
            delivered && set_back_lets_count(
                             &queue->inbox.set_back, request->ids[i], request->errand.set_back),
            request->ask.sent.at);
    set_back_heard(&queue->inbox.set_back, request->errand.set_back);
    atomic_fetch_sub(&queue->turn.shared->unmarked, request->count - made);
}

static void take_expired(struct queue *queue, struct request *request)
{
    for (size_t i = 0; i < request->count; i++)
        schedule_expire(queue, request->ids[i]);
}

static void end(struct queue *queue, struct request *request)
{
    (void)request;
    queue->is_ending = true;
}

static const struct kind {
    void (*at_once)(struct queue *, struct request *);
    int (*read)(struct queue *, struct request *);
} kinds[REQUEST_KINDS] = {
    [REQUEST_ATTACH] = {.read = attach},
    [REQUEST_DETACH] = {.at_once = detach},
    [REQUEST_CHECK] = {.read = check},
    [REQUEST_LEAVE_SESSION] = {.at_once = leave_session},
    [REQUEST_FETCH] = {.read = fetch},
    [REQUEST_LIST] = {.read = list},
    [REQUEST_SENT] = {.at_once = take_sent},
    [REQUEST_EXPIRE] = {.at_once = take_expired},
    [REQUEST_JOIN] = {.read = messages_join},
    [REQUEST_PART] = {.at_once = messages_part},
    [REQUEST_READ_ON] = {.read = messages_read_on},
    [REQUEST_HISTORY] = {.read = messages_history},
    [REQUEST_MEMBER] = {.read = membership_answer},
    [REQUEST_CONVERSATIONS] = {.read = sharing_conversations},
    [REQUEST_CONTACTS] = {.read = sharing_contacts},
    [REQUEST_SEEN] = {.read = sharing_seen},
    [REQUEST_HEED] = {.at_once = sharing_heed},
    [REQUEST_UNHEED] = {.at_once = sharing_unheed},
    [REQUEST_STANDING] = {.read = broadcasts_standing},
    [REQUEST_BROADCASTS_BEHIND] = {.read = broadcasts_behind},
    [REQUEST_BROADCAST_SENT] = {.at_once = broadcasts_sent},
    [REQUEST_END] = {.at_once = end},
};

static enum errand_step bridge_read(struct queue *queue, struct errand *errand)
{
    struct request *request = (struct request *)errand;

    return (enum errand_step)kinds[request->kind].read(queue, request);
}

static void bridge_take(struct queue *queue, struct errand *errand)
{
    struct request *request = (struct request *)errand;

    kinds[request->kind].at_once(queue, request);
}

static struct errand *undoing(const struct errand *errand, enum request_kind kind)
{
    const struct request *request = (const struct request *)errand;
    struct request *undoing = request_new(kind, request->user);

    undoing->conversation = mem_strdup_or_null(request->conversation);
    undoing->session = request->session;
    undoing->has_session = request->has_session;
    return &undoing->errand;
}

static struct errand *undo_attach(const struct errand *errand)
{
    return undoing(errand, REQUEST_DETACH);
}

static struct errand *undo_check(const struct errand *errand)
{
    return undoing(errand, REQUEST_LEAVE_SESSION);
}

static struct errand *undo_join(const struct errand *errand)
{
    return undoing(errand, REQUEST_PART);
}

const struct errand_kind bridge_kinds[REQUEST_KINDS] = {
    [REQUEST_ATTACH] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_attach, .undo = undo_attach, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_DETACH] = {ERRAND_OF(struct request), .take = bridge_take, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_CHECK] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_check, .undo = undo_check, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_LEAVE_SESSION] = {ERRAND_OF(struct request), .take = bridge_take,
        .bytes = request_bytes, .free = request_release},
    [REQUEST_FETCH] = {ERRAND_OF(struct request), .of_ids = true, .read = bridge_read,
        .answer = request_answer_fetch, .bytes = request_bytes, .free = request_release},
    [REQUEST_LIST] = {ERRAND_OF(struct request), .read = bridge_read, .answer = request_answer_list,
        .bytes = request_bytes, .free = request_release},
    [REQUEST_SENT] = {ERRAND_OF(struct request), .take = bridge_take, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_EXPIRE] = {ERRAND_OF(struct request), .of_ids = true, .take = bridge_take,
        .bytes = request_bytes, .free = request_release},
    [REQUEST_MARK_READ] = {ERRAND_OF(struct request), .of_ids = true, .write = receipts_write,
        .settle = receipts_settle, .answer = request_answer_mark_read, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_JOIN] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_messages, .undo = undo_join, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_PART] = {ERRAND_OF(struct request), .take = bridge_take, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_READ_ON] = {ERRAND_OF(struct request), .of_ids = true, .read = bridge_read,
        .answer = request_answer_messages, .bytes = request_bytes, .free = request_release},
    [REQUEST_HISTORY] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_messages, .bytes = request_bytes, .free = request_release},
    [REQUEST_MEMBER] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_check, .bytes = request_bytes, .free = request_release},
    [REQUEST_CONVERSATIONS] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_conversations, .bytes = request_bytes, .free = request_release},
    [REQUEST_CONTACTS] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_seen, .bytes = request_bytes, .free = request_release},
    [REQUEST_SEEN] = {ERRAND_OF(struct request), .read = bridge_read, .answer = request_answer_seen,
        .bytes = request_bytes, .free = request_release},
    [REQUEST_HEED] = {ERRAND_OF(struct request), .take = bridge_take, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_UNHEED] = {ERRAND_OF(struct request), .take = bridge_take, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_STANDING] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_standing, .bytes = request_bytes, .free = request_release},
    [REQUEST_BROADCASTS_BEHIND] = {ERRAND_OF(struct request), .of_ids = true, .read = bridge_read,
        .answer = request_answer_standing, .bytes = request_bytes, .free = request_release},
    [REQUEST_BROADCAST_SENT] = {ERRAND_OF(struct request), .of_ids = true, .take = bridge_take,
        .bytes = request_bytes, .free = request_release},
    [REQUEST_END] = {ERRAND_OF(struct request), .take = bridge_take, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_SAY] = {ERRAND_OF(struct request), .write = sayings_write, .settle = sayings_settle,
        .answer = request_answer_said, .bytes = request_bytes, .free = request_release},
};
