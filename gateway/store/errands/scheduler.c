#include "gateway/store/errands/scheduler.h"

#include <string.h>

#define RETRY_MS 20
/* Longer work continues in the next turn, after its writes and news. */
#define TURN_MS 20
/* After a write on a slow disk reads may take as long as that did, up to this bound. */
#define TURN_LONGEST_MS 200
#define LOG_PAUSE_MS 60000
/* How long an errand is put off that has failed twice, each time having waited for a lock on what
 * it writes. One that failed at once met a change of others: that is over. */
#define STUCK_MS 250
#define WAITED_MS 50
/* Rows that errands write in one transaction. */
#define WRITE_ROWS 768
/* Of so many users, errands may be put off while those of others are written. */
#define HELD_MAX 32

/* Whose errands are put off: later ones of the same user wait, too, so that their order stays. */
struct held_users {
    const char *users[HELD_MAX];
    size_t count;
};

void errands_init(struct errands *errands, struct queue *queue, struct turn *turn)
{
    *errands = (struct errands){.queue = queue, .turn = turn, .answers_logged_at = INT64_MIN / 2};
    TAILQ_INIT(&errands->reads);
    TAILQ_INIT(&errands->writes);
}

static void errand_send(struct errands *errands, struct errand *errand)
{
    errand->bytes = errand->kind->size;
    if (errand->kind->bytes)
        errand->bytes += errand->kind->bytes(errand);
    atomic_fetch_add(&errands->turn->shared->bytes_under_way, errand->bytes);
    turn_send(errands->turn, &errand->parcel);
}

/* The errand must be in no list. */
static void errand_finish(struct errands *errands, struct errand *errand)
{
    if (errand_is_awaited(errand))
        errand_send(errands, errand);
    else
        errand_free(errand);
}

static struct errand_list *list_of(struct errands *errands, const struct errand *errand)
{
    return errand->kind->read ? &errands->reads : &errands->writes;
}

static void list_remove(struct errands *errands, struct errand *errand)
{
    TAILQ_REMOVE(list_of(errands, errand), errand, entry);
    errands->waiting--;
}

static void errand_dismiss(struct errands *errands, struct errand *errand)
{
    errand->verdict = STORE_UNAVAILABLE;
    errand_finish(errands, errand);
}

void errands_accept(struct errands *errands, struct errand *errand)
{
    const struct errand_kind *kind = errand->kind;

    errand->deadline = errands->turn->steady + ERRANDS_DEADLINE_MS;
    if (kind->of_ids && errand->generation != errands->generation) {
        errand_dismiss(errands, errand);
    } else if (kind->take) {
        kind->take(errands->queue, errand);
        errand_finish(errands, errand);
    } else {
        TAILQ_INSERT_TAIL(list_of(errands, errand), errand, entry);
        errands->waiting++;
    }
}

static bool has_room(const struct errands *errands)
{
    return atomic_load(&errands->turn->shared->bytes_under_way) < ERRANDS_BYTES_MAX;
}

bool errands_may_read(const struct errands *errands)
{
    const struct errand *errand;

    if (!has_room(errands))
        return false;
    TAILQ_FOREACH (errand, &errands->reads, entry)
        if (errands->turn->steady >= errand->retry_at)
            return true;
    return false;
}

/* One user's rows may be on a damaged page: that is no reason to retry for long, or to stop the
 * others. */
static void put_off(struct errands *errands, struct errand *errand)
{
    struct turn *turn = errands->turn;

    if (errands->turn->engine->trouble == ENGINE_BUSY) {
        turn_count(turn, COUNTER_BUSY, 1);
        errand->retry_at = turn->steady + RETRY_MS;
        return;
    }
    turn_count(turn, COUNTER_ERRORS, 1);
    if (turn->steady >= errands->answers_logged_at + LOG_PAUSE_MS) {
        log_error(turn->log, "reading for %s failed: %s",
            errand->about ? errand->about : "all who ask", errands->turn->engine->why.text);
        errands->answers_logged_at = turn->steady;
    }
    list_remove(errands, errand);
    errand_dismiss(errands, errand);
}

static void errand_read(struct errands *errands, struct errand *errand)
{
    enum errand_step step = errand->kind->read(errands->queue, errand);

    errand->was_tried = true;
    errands->turn->is_calm = false;
    if (step == ERRAND_FAILED) {
        put_off(errands, errand);
    } else if (step == ERRAND_LATER) {
        errand->retry_at = errands->turn->steady + RETRY_MS;
    } else if (step == ERRAND_GOES_ON) {
        TAILQ_REMOVE(&errands->reads, errand, entry);
        TAILQ_INSERT_TAIL(&errands->reads, errand, entry);
    } else if (step == ERRAND_DONE) {
        list_remove(errands, errand);
        errand_finish(errands, errand);
    }
}

static int64_t slice_ms(const struct errands *errands)
{
    int64_t slice = errands->wrote_ms > TURN_MS ? errands->wrote_ms : TURN_MS;

    return slice < TURN_LONGEST_MS ? slice : TURN_LONGEST_MS;
}

/* Each at most once: one that goes on moves behind all that wait. */
void errands_read(struct errands *errands)
{
    int64_t end = clock_steady_ms(errands->turn->clock) + slice_ms(errands);
    const struct errand *last = TAILQ_LAST(&errands->reads, errand_list);
    struct errand *errand, *next;

    for (errand = TAILQ_FIRST(&errands->reads); errand && has_room(errands); errand = next) {
        next = errand == last ? NULL : TAILQ_NEXT(errand, entry);
        if (errands->turn->steady >= errand->retry_at)
            errand_read(errands, errand);
        if (clock_steady_ms(errands->turn->clock) > end)
            break;
    }
}

static bool is_held(const struct held_users *held, const struct errand *errand)
{
    for (size_t i = 0; i < held->count; i++)
        if (errand->about && strcmp(held->users[i], errand->about) == 0)
            return true;
    return false;
}

/* Whether it is to be written now. Asked of all errands, from the first on. */
static bool errand_may_write(
    const struct errands *errands, const struct errand *errand, struct held_users *held)
{
    if (is_held(held, errand))
        return false;
    if (errands->turn->steady >= errand->retry_at)
        return true;
    if (errand->about)
        held->users[held->count++] = errand->about;
    return false;
}

bool errands_wait_to_write(const struct errands *errands)
{
    const struct errand *errand;
    struct held_users held = {.count = 0};

    TAILQ_FOREACH (errand, &errands->writes, entry) {
        if (held.count == HELD_MAX)
            break;
        if (errand_may_write(errands, errand, &held))
            return true;
    }
    return false;
}

/* The others that wait to be written must not fail with it, time after time. */
static void errand_note_stuck(struct errands *errands, struct errand *errand, int64_t began)
{
    bool has_waited = clock_steady_ms(errands->turn->clock) - began >= WAITED_MS;

    if (errands->turn->engine->trouble == ENGINE_BUSY && has_waited && errand->failures++ > 0)
        errand->retry_at = errands->turn->steady + STUCK_MS;
}

int errands_write(struct errands *errands)
{
    struct errand *errand;
    size_t room = WRITE_ROWS;
    struct held_users held = {.count = 0};
    int64_t began;

    TAILQ_FOREACH (errand, &errands->writes, entry) {
        if (room == 0 || held.count == HELD_MAX)
            break;
        errand->is_written = errand_may_write(errands, errand, &held);
        errand->is_passed = !errand->is_written;
        if (errand->is_passed)
            continue;
        began = clock_steady_ms(errands->turn->clock);
        if (errand->kind->write(errands->queue, errand, &room) < 0) {
            errand_note_stuck(errands, errand, began);
            return -1;
        }
    }
    return 0;
}

/* Moves an errand with much to write behind those that have waited for it. It has a new deadline,
 * since it makes progress. */
static void errand_rotate(struct errands *errands, struct errand *errand)
{
    errand->deadline = errands->turn->steady + ERRANDS_DEADLINE_MS;
    errand->failures = 0;
    TAILQ_REMOVE(&errands->writes, errand, entry);
    TAILQ_INSERT_TAIL(&errands->writes, errand, entry);
}

/* Those that were written stand first, but for those that were passed over. */
void errands_settle(struct errands *errands, enum errand_outcome outcome)
{
    struct errand *errand, *next;

    for (errand = TAILQ_FIRST(&errands->writes);
         errand && (errand->is_written || errand->is_passed); errand = next) {
        enum errand_step step;

        next = TAILQ_NEXT(errand, entry);
        errand->is_passed = false;
        if (!errand->is_written)
            continue;
        step = errand->kind->settle(errands->queue, errand, outcome);
        errand->is_written = false;
        if (step == ERRAND_DONE) {
            list_remove(errands, errand);
            errand_finish(errands, errand);
        } else if (outcome == ERRAND_COMMITTED) {
            errand_rotate(errands, errand);
        }
    }
}

static int64_t list_due_at(const struct errand_list *list, bool may_try)
{
    const struct errand *errand;
    int64_t earliest = INT64_MAX;

    TAILQ_FOREACH (errand, list, entry) {
        int64_t at =
            may_try && errand->retry_at < errand->deadline ? errand->retry_at : errand->deadline;

        if (at < earliest)
            earliest = at;
    }
    return earliest;
}

/* The caller knows of those that could be written now. */
static int64_t writes_due_at(const struct errands *errands)
{
    const struct errand *errand;
    int64_t earliest = list_due_at(&errands->writes, false);

    TAILQ_FOREACH (errand, &errands->writes, entry)
        if (errand->retry_at > errands->turn->steady && errand->retry_at < earliest)
            earliest = errand->retry_at;
    return earliest;
}

int64_t errands_pause(const struct errands *errands)
{
    int64_t reads = list_due_at(&errands->reads, has_room(errands));
    int64_t writes = writes_due_at(errands);
    int64_t at = reads < writes ? reads : writes;

    if (at == INT64_MAX)
        return INT64_MAX;
    return at > errands->turn->steady ? at - errands->turn->steady : 0;
}

static void list_refuse(struct errands *errands, struct errand_list *list,
    bool (*is_meant)(const struct errands *, const struct errand *))
{
    struct errand *errand, *next;

    for (errand = TAILQ_FIRST(list); errand; errand = next) {
        next = TAILQ_NEXT(errand, entry);
        if (is_meant && !is_meant(errands, errand))
            continue;
        list_remove(errands, errand);
        errand_dismiss(errands, errand);
    }
}

static bool is_late(const struct errands *errands, const struct errand *errand)
{
    return errands->turn->steady >= errand->deadline;
}

static bool is_late_and_tried(const struct errands *errands, const struct errand *errand)
{
    return is_late(errands, errand) && errand->was_tried;
}

/* While reading works, only reads that were tried are overdue: one that merely waited for the
 * writes of others gets its try first. */
void errands_refuse_overdue(struct errands *errands, bool may_read)
{
    bool could_read = may_read && has_room(errands);

    list_refuse(errands, &errands->reads, could_read ? is_late_and_tried : is_late);
    list_refuse(errands, &errands->writes, is_late);
}

void errands_refuse_all(struct errands *errands)
{
    list_refuse(errands, &errands->reads, NULL);
    list_refuse(errands, &errands->writes, NULL);
}
