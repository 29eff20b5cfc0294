#include "gateway/store/answering.h"
#include "gateway/store/queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/database.h"
#include "gateway/store/broadcasts.h"
#include "gateway/store/column.h"
#include "gateway/store/membership.h"
#include "gateway/store/messages.h"
#include "gateway/store/scan.h"
#include "gateway/store/schedule.h"
#include "gateway/store/sharing.h"

#define RETRY_MS 20
/* What takes longer goes on in the next turn, behind what is to be written and told. */
#define TURN_MS 20
/* … but after a write on a slow disk reads may take as long as that did, to this bound. */
#define TURN_LONGEST_MS 200
#define LOG_PAUSE_MS 60000
/* Rows counted at a time for one who comes. */
#define COUNT_ROWS 4096
/* What a request's `read` says that is to be called again, at the next turn. */
#define GOES_ON 2

/* A row that cannot be read revokes whatever there is: better one sign-in too many. */
int answering_revocation(struct queue *queue, const char *user, int64_t *not_before_seconds)
{
    sqlite3_stmt *statement = file_statement(&queue->file, STATEMENT_REVOCATION);
    int64_t ms = INT64_MAX;
    int found = 0;
    int step;

    database_bind(statement, 1, user);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        column_time(statement, 0, "not_before", &ms, NULL);
        found = 1;
    }
    *not_before_seconds = ms / 1000 - (ms % 1000 < 0);
    return file_done(&queue->file, statement, step) < 0 ? -1 : found;
}

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
        .max_octets = request->ask.attach.max_octets,
    };
    struct watched *watched = watch_find(&queue->inbox.watch, request->user, strlen(request->user));

    snprintf(request->name, sizeof(request->name), "%s", queue->file.name);
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
    request->verdict = revoked ? STORE_REVOKED : word == LOGOUT_OVER ? STORE_OVER : STORE_OK;
    return revoked < 0 ? -1 : 1;
}

static int attach(struct queue *queue, struct request *request)
{
    bool is_seen;
    int judged = is_due_untold(queue, request) ? 0 : judge_token(queue, request, &is_seen);
    struct watched *watched;
    int counted;

    if (judged <= 0 || request->verdict != STORE_OK)
        return judged;
    counted = count_unread(queue, request);
    if (counted <= 0)
        return counted < 0 ? -1 : GOES_ON;
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

    if (judged <= 0 || request->verdict != STORE_OK || !request->has_session)
        return judged;
    watched = watch_find(&queue->inbox.watch, request->user, strlen(request->user));
    if (watched)
        logout_hold(queue, watched, &request->session, is_seen);
    else
        request->verdict = STORE_UNAVAILABLE;
    return 1;
}

static int fetch(struct queue *queue, struct request *request)
{
    if (is_due_untold(queue, request))
        return 0;
    request->verdict = STORE_OK;
    return scan_owed(queue, request, &request->ask.scan) < 0 ? -1 : 1;
}

static int list(struct queue *queue, struct request *request)
{
    request->verdict = STORE_OK;
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

    queue->inbox.was_full |= atomic_load(&queue->turn.shared->unmarked) >= STORE_UNMARKED_MAX;
    for (size_t i = 0; i < request->count; i++)
        made += marks_add(&queue->inbox.marks, request->ids[i],
            delivered &&
                set_back_lets_count(&queue->inbox.set_back, request->ids[i], request->set_back),
            request->ask.sent.at);
    set_back_heard(&queue->inbox.set_back, request->set_back);
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

/* How each kind is dealt with. `read`: 1 when it is answered, 0 where it cannot be yet, GOES_ON
 * where it is being worked on, -1 where that failed. */
static const struct kind {
    void (*at_once)(struct queue *, struct request *);
    int (*read)(struct queue *, struct request *);
    bool of_ids; /* it speaks of rows of the file that was there when it was made */
} kinds[REQUEST_KINDS] = {
    [REQUEST_ATTACH] = {.read = attach},
    [REQUEST_DETACH] = {.at_once = detach},
    [REQUEST_CHECK] = {.read = check},
    [REQUEST_LEAVE_SESSION] = {.at_once = leave_session},
    [REQUEST_FETCH] = {.read = fetch, .of_ids = true},
    [REQUEST_LIST] = {.read = list},
    [REQUEST_SENT] = {.at_once = take_sent, .of_ids = true},
    [REQUEST_EXPIRE] = {.at_once = take_expired, .of_ids = true},
    [REQUEST_MARK_READ] = {.of_ids = true},
    [REQUEST_JOIN] = {.read = messages_join},
    [REQUEST_PART] = {.at_once = messages_part},
    [REQUEST_READ_ON] = {.read = messages_read_on, .of_ids = true},
    [REQUEST_HISTORY] = {.read = messages_history},
    [REQUEST_MEMBER] = {.read = membership_answer},
    [REQUEST_CONVERSATIONS] = {.read = sharing_conversations},
    [REQUEST_CONTACTS] = {.read = sharing_contacts},
    [REQUEST_SEEN] = {.read = sharing_seen},
    [REQUEST_HEED] = {.at_once = sharing_heed},
    [REQUEST_UNHEED] = {.at_once = sharing_unheed},
    [REQUEST_STANDING] = {.read = broadcasts_standing},
    [REQUEST_BROADCASTS_BEHIND] = {.read = broadcasts_behind, .of_ids = true},
    [REQUEST_BROADCAST_SENT] = {.at_once = broadcasts_sent, .of_ids = true},
    [REQUEST_END] = {.at_once = end},
};

void answering_send(struct queue *queue, struct request *request)
{
    request->octets = sizeof(*request) + page_octets(&request->page) +
                      request->found_size * sizeof(*request->found);
    atomic_fetch_add(&queue->turn.shared->octets_under_way, request->octets);
    queue->errands.waiting--;
    turn_send(&queue->turn, &request->parcel);
}

static void refuse(struct queue *queue, struct request *request)
{
    page_release(&request->page);
    request->found_count = 0;
    request->verdict = STORE_UNAVAILABLE;
    answering_send(queue, request);
}

/* What speaks of a file that is no more is as if it had not been said. */
static void refuse_outdated(struct queue *queue, struct request *request)
{
    if (request->kind == REQUEST_SENT)
        atomic_fetch_sub(&queue->turn.shared->unmarked, request->count);
    if (request_is_awaited(request))
        refuse(queue, request);
    else
        request_free(request);
}

static struct request_list *list_of(struct queue *queue, const struct request *request)
{
    if (request->kind == REQUEST_SAY)
        return &queue->chat.sayings;
    return kinds[request->kind].read ? &queue->errands.reads : &queue->errands.writes;
}

void answering_accept(struct queue *queue, struct request *request)
{
    const struct kind *kind = &kinds[request->kind];

    if (request_is_awaited(request))
        queue->errands.waiting++;
    request->deadline = queue->turn.steady + ANSWERING_DEADLINE_MS;
    if (kind->of_ids && request->generation != queue->errands.generation) {
        refuse_outdated(queue, request);
    } else if (kind->at_once) {
        kind->at_once(queue, request);
        request_free(request);
    } else {
        TAILQ_INSERT_TAIL(list_of(queue, request), request, entry);
    }
}

static bool has_room(const struct queue *queue)
{
    return atomic_load(&queue->turn.shared->octets_under_way) < ANSWERING_OCTETS_MAX;
}

bool answering_waits(const struct queue *queue)
{
    const struct request *request;

    if (!has_room(queue))
        return false;
    TAILQ_FOREACH (request, &queue->errands.reads, entry)
        if (queue->turn.steady >= request->retry_at)
            return true;
    return false;
}

static int64_t list_pause(
    const struct queue *queue, const struct request_list *requests, bool may_try)
{
    const struct request *request;
    int64_t earliest = INT64_MAX;

    TAILQ_FOREACH (request, requests, entry) {
        int64_t at = may_try && request->retry_at < request->deadline ? request->retry_at
                                                                      : request->deadline;

        if (at < earliest)
            earliest = at;
    }
    if (earliest == INT64_MAX)
        return INT64_MAX;
    return earliest > queue->turn.steady ? earliest - queue->turn.steady : 0;
}

int64_t answering_pause(const struct queue *queue)
{
    int64_t reads = list_pause(queue, &queue->errands.reads, has_room(queue));
    int64_t writes = list_pause(queue, &queue->errands.writes, false);
    int64_t sayings = list_pause(queue, &queue->chat.sayings, false);

    if (sayings < writes)
        writes = sayings;
    return reads < writes ? reads : writes;
}

static const char *name_of(const struct request *request)
{
    if (request->user)
        return request->user;
    return request->conversation ? request->conversation : "all who ask";
}

/* One user's rows may lie on a damaged page: that is no reason to try for long, nor to stop. */
static void put_off(struct queue *queue, struct request *request)
{
    if (queue->file.code == SQLITE_BUSY || queue->file.code == SQLITE_LOCKED) {
        turn_count(&queue->turn, COUNTER_BUSY, 1);
        request->retry_at = queue->turn.steady + RETRY_MS;
        return;
    }
    turn_count(&queue->turn, COUNTER_ERRORS, 1);
    if (queue->turn.steady >= queue->errands.answers_logged_at + LOG_PAUSE_MS) {
        log_error(
            queue->turn.log, "reading for %s failed: %s", name_of(request), queue->file.why.text);
        queue->errands.answers_logged_at = queue->turn.steady;
    }
    TAILQ_REMOVE(&queue->errands.reads, request, entry);
    refuse(queue, request);
}

static void answer(struct queue *queue, struct request *request)
{
    int answered = kinds[request->kind].read(queue, request);

    request->was_tried = true;
    queue->turn.is_calm = false;
    if (answered < 0)
        put_off(queue, request);
    else if (answered == 0)
        request->retry_at = queue->turn.steady + RETRY_MS;
    if (answered != 1)
        return;
    TAILQ_REMOVE(&queue->errands.reads, request, entry);
    answering_send(queue, request);
}

static int64_t slice_of(const struct queue *queue)
{
    int64_t slice = queue->errands.wrote_ms > TURN_MS ? queue->errands.wrote_ms : TURN_MS;

    return slice < TURN_LONGEST_MS ? slice : TURN_LONGEST_MS;
}

void answering_run(struct queue *queue)
{
    int64_t end = clock_steady_ms(queue->turn.clock) + slice_of(queue);
    struct request *request, *next;

    for (request = TAILQ_FIRST(&queue->errands.reads); request && has_room(queue); request = next) {
        next = TAILQ_NEXT(request, entry);
        if (queue->turn.steady >= request->retry_at)
            answer(queue, request);
        if (clock_steady_ms(queue->turn.clock) > end)
            break;
    }
}

/* A read that could have been answered by now, but for the writes of others, has its time from its
 * first try on. */
static bool is_overdue(const struct queue *queue, const struct request *request)
{
    bool is_read = kinds[request->kind].read != NULL;

    if (queue->turn.steady < request->deadline)
        return false;
    return !is_read || request->was_tried || !health_allows(&queue->reading, queue->turn.steady) ||
           !has_room(queue);
}

static void refuse_list(struct queue *queue, struct request_list *requests, bool all)
{
    struct request *request, *next;

    for (request = TAILQ_FIRST(requests); request; request = next) {
        next = TAILQ_NEXT(request, entry);
        if (!all && !is_overdue(queue, request))
            continue;
        TAILQ_REMOVE(requests, request, entry);
        refuse(queue, request);
    }
}

void answering_refuse(struct queue *queue, bool all)
{
    refuse_list(queue, &queue->errands.reads, all);
    refuse_list(queue, &queue->errands.writes, all);
    refuse_list(queue, &queue->chat.sayings, all);
}
