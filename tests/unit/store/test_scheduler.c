#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/store/errands/scheduler.h"

/* The thread's side without a thread: turns on a set clock, and the mailbox to the loop. */
struct desk {
    struct clock clock;
    int64_t now;
    struct log_sink sink;
    struct logger log;
    struct shared shared;
    struct engine engine;
    struct turn turn;
    struct errands errands;
};

struct note {
    struct errand errand;
    void (*done)(void *context, enum store_verdict verdict);
    enum errand_step next; /* what `read`, or `settle` after a commit, says */
    size_t rows;           /* that it writes at a time */
    int writes;
    enum errand_outcome last;
    int *freed;
    char *text;
    struct desk *slows; /* a read of it takes READ_MS there; NULL: no time */
    struct desk *waits; /* somebody has a lock on what it writes, for longer than it waits */
    bool meets_change;  /* somebody has just changed what it writes */
};
#define READ_MS 5
#define LOCK_MS 100

static int64_t desk_ms(const struct clock *clock)
{
    return ((struct desk *)clock->context)->now;
}

static int desk_set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    desk->clock = (struct clock){.wall_ms = desk_ms, .steady_ms = desk_ms, .context = desk};
    desk->now = 1000000;
    mailbox_init(&desk->shared.parcels);
    desk->turn = (struct turn){
        .clock = &desk->clock, .log = &desk->log, .shared = &desk->shared, .engine = &desk->engine};
    log_sink_init(&desk->sink, STDERR_FILENO, LOG_TEXT, LOG_ERROR, &desk->clock, "test");
    desk->log = logger_root(&desk->sink);
    turn_tick(&desk->turn);
    errands_init(&desk->errands, NULL, &desk->turn);
    *state = desk;
    return 0;
}

static int desk_tear_down(void **state)
{
    struct desk *desk = *state;
    struct parcel *parcel, *next;

    errands_refuse_all(&desk->errands);
    for (parcel = mailbox_take(&desk->shared.parcels); parcel; parcel = next) {
        next = parcel->next;
        errand_free((struct errand *)parcel);
    }
    mailbox_release(&desk->shared.parcels);
    free(desk);
    return 0;
}

static enum errand_step note_read(struct queue *queue, struct errand *errand)
{
    const struct note *note = (struct note *)errand;

    (void)queue;
    if (note->slows)
        note->slows->now += READ_MS;
    return note->next;
}

static int note_write(struct queue *queue, struct errand *errand, size_t *room)
{
    struct note *note = (struct note *)errand;

    (void)queue;
    note->writes++;
    *room -= *room < note->rows ? *room : note->rows;
    if (note->waits)
        note->waits->now += LOCK_MS;
    return note->waits || note->meets_change ? -1 : 0;
}

static enum errand_step note_settle(
    struct queue *queue, struct errand *errand, enum errand_outcome outcome)
{
    struct note *note = (struct note *)errand;

    (void)queue;
    note->last = outcome;
    if (outcome == ERRAND_ROLLED_BACK)
        return ERRAND_GOES_ON;
    errand->verdict = outcome == ERRAND_UNCERTAIN ? STORE_UNCERTAIN : STORE_OK;
    return outcome == ERRAND_UNCERTAIN ? ERRAND_DONE : note->next;
}

/* Like an answer that reads what the thread filled in. */
static void note_answer(struct errand *errand)
{
    struct note *note = (struct note *)errand;

    note->done(errand->context, note->text ? errand->verdict + 100 : errand->verdict);
}

static void note_free(struct errand *errand)
{
    struct note *note = (struct note *)errand;

    if (note->freed)
        ++*note->freed;
    free(note->text);
}

static const struct errand_kind reading = {ERRAND_OF(struct note), .of_ids = true,
    .read = note_read, .answer = note_answer, .free = note_free};
static const struct errand_kind writing = {ERRAND_OF(struct note), .write = note_write,
    .settle = note_settle, .answer = note_answer, .free = note_free};

static void note_verdict(void *context, enum store_verdict verdict)
{
    *(int *)context = (int)verdict;
}

static struct note *note_post(struct desk *desk, const struct errand_kind *kind, int *verdict)
{
    struct note *note = (struct note *)errand_new(kind);

    *verdict = -1;
    note->done = note_verdict;
    note->errand.context = verdict;
    note->next = ERRAND_DONE;
    note->rows = 1;
    note->errand.generation = desk->errands.generation;
    return note;
}

/* Like the loop. */
static size_t open_all(struct desk *desk)
{
    struct parcel *parcel, *next;
    size_t count = 0;

    for (parcel = mailbox_take(&desk->shared.parcels); parcel; parcel = next, count++) {
        struct errand *errand = (struct errand *)parcel;

        next = parcel->next;
        atomic_fetch_sub(&desk->shared.bytes_under_way, errand->bytes);
        errand_answer(errand);
        errand_free(errand);
    }
    return count;
}

static void answers_what_is_read_and_frees_it(void **state)
{
    struct desk *desk = *state;
    int verdict, freed = 0;
    struct note *note = note_post(desk, &reading, &verdict);

    note->freed = &freed;
    errands_accept(&desk->errands, &note->errand);
    assert_true(errands_may_read(&desk->errands));
    errands_read(&desk->errands);
    assert_int_equal(open_all(desk), 1);
    assert_int_equal(verdict, STORE_OK);
    assert_int_equal(freed, 1);
    assert_int_equal(errands_pause(&desk->errands), INT64_MAX);
}

/* The twin that answers has nothing of what the thread filled in, and the errand is freed, too. */
static void refuses_by_a_blank_twin(void **state)
{
    struct desk *desk = *state;
    int verdict, freed = 0;
    struct note *note = note_post(desk, &reading, &verdict);

    note->text = strdup("half an answer");
    note->freed = &freed;
    note->next = ERRAND_GOES_ON;
    errands_accept(&desk->errands, &note->errand);
    errands_read(&desk->errands);
    desk->now += ERRANDS_DEADLINE_MS;
    turn_tick(&desk->turn);
    errands_refuse_overdue(&desk->errands, true);
    assert_int_equal(open_all(desk), 1);
    assert_int_equal(verdict, STORE_UNAVAILABLE);
    assert_int_equal(freed, 1);
}

static void gives_a_read_its_time_from_the_first_try_on(void **state)
{
    struct desk *desk = *state;
    int verdict;
    struct note *note = note_post(desk, &reading, &verdict);

    errands_accept(&desk->errands, &note->errand);
    desk->now += ERRANDS_DEADLINE_MS;
    turn_tick(&desk->turn);
    errands_refuse_overdue(&desk->errands, true);
    assert_int_equal(open_all(desk), 0);
    errands_refuse_overdue(&desk->errands, false);
    assert_int_equal(open_all(desk), 1);
    assert_int_equal(verdict, STORE_UNAVAILABLE);
}

static void refuses_ids_of_a_queue_that_was_replaced(void **state)
{
    struct desk *desk = *state;
    int verdict;
    struct note *note = note_post(desk, &reading, &verdict);

    desk->errands.generation++;
    errands_accept(&desk->errands, &note->errand);
    assert_int_equal(open_all(desk), 1);
    assert_int_equal(verdict, STORE_UNAVAILABLE);
}

/* An errand that is rolled back keeps its place; one whose commit is uncertain is answered so. */
static void tells_writers_what_became_of_the_commit(void **state)
{
    struct desk *desk = *state;
    int verdict;
    struct note *note = note_post(desk, &writing, &verdict);

    errands_accept(&desk->errands, &note->errand);
    assert_true(errands_wait_to_write(&desk->errands));
    assert_int_equal(errands_write(&desk->errands), 0);
    errands_settle(&desk->errands, ERRAND_ROLLED_BACK);
    assert_int_equal(note->last, ERRAND_ROLLED_BACK);
    assert_int_equal(open_all(desk), 0);
    assert_int_equal(errands_write(&desk->errands), 0);
    assert_int_equal(note->writes, 2);
    errands_settle(&desk->errands, ERRAND_UNCERTAIN);
    assert_int_equal(open_all(desk), 1);
    assert_int_equal(verdict, STORE_UNCERTAIN);
    assert_false(errands_wait_to_write(&desk->errands));
}

/* An errand that fills a transaction is placed after the others in the next. */
static void lets_others_write_beside_a_long_one(void **state)
{
    struct desk *desk = *state;
    int verdicts[2];
    struct note *large = note_post(desk, &writing, &verdicts[0]);
    struct note *small = note_post(desk, &writing, &verdicts[1]);

    large->rows = 100000;
    large->next = ERRAND_GOES_ON;
    errands_accept(&desk->errands, &large->errand);
    errands_accept(&desk->errands, &small->errand);
    assert_int_equal(errands_write(&desk->errands), 0);
    assert_int_equal(small->writes, 0);
    errands_settle(&desk->errands, ERRAND_COMMITTED);
    assert_int_equal(errands_write(&desk->errands), 0);
    errands_settle(&desk->errands, ERRAND_COMMITTED);
    assert_int_equal(open_all(desk), 1);
    assert_int_equal(verdicts[1], STORE_OK);
    assert_int_equal(large->writes, 2);
}

/* Writes a turn of the desk; a failure is a lock that was not free. */
static void desk_write(struct desk *desk)
{
    desk->engine.trouble = ENGINE_BUSY;
    errands_settle(
        &desk->errands, errands_write(&desk->errands) < 0 ? ERRAND_ROLLED_BACK : ERRAND_COMMITTED);
}

/* What a user wants to write is written in the order in which it came, even if a lock holds up the
 * first of it; others do not wait for it. */
static void keeps_the_order_of_a_user_whose_errand_is_put_off(void **state)
{
    struct desk *desk = *state;
    int verdicts[3];
    struct note *first = note_post(desk, &writing, &verdicts[0]);
    struct note *second = note_post(desk, &writing, &verdicts[1]);
    struct note *other = note_post(desk, &writing, &verdicts[2]);

    first->errand.about = second->errand.about = "alice";
    other->errand.about = "bob";
    first->waits = desk;
    errands_accept(&desk->errands, &first->errand);
    errands_accept(&desk->errands, &second->errand);
    errands_accept(&desk->errands, &other->errand);
    desk_write(desk);
    desk_write(desk);
    assert_true(errands_wait_to_write(&desk->errands));
    desk_write(desk);
    assert_int_equal(open_all(desk), 1);
    assert_int_equal(verdicts[2], STORE_OK);
    assert_int_equal(second->writes, 0);
    assert_false(errands_wait_to_write(&desk->errands));

    first->waits = NULL;
    desk->now += errands_pause(&desk->errands);
    turn_tick(&desk->turn);
    desk_write(desk);
    assert_int_equal(open_all(desk), 2);
    assert_int_equal(verdicts[0], STORE_OK);
    assert_int_equal(verdicts[1], STORE_OK);
}

/* What was changed a moment ago can be written at once. */
static void tries_again_at_once_what_met_a_change(void **state)
{
    struct desk *desk = *state;
    int verdict;
    struct note *note = note_post(desk, &writing, &verdict);

    note->meets_change = true;
    errands_accept(&desk->errands, &note->errand);
    for (int i = 0; i < 3; i++)
        desk_write(desk);
    note->meets_change = false;
    assert_true(errands_wait_to_write(&desk->errands));
    desk_write(desk);
    assert_int_equal(open_all(desk), 1);
    assert_int_equal(verdict, STORE_OK);
}

/* Together they take all the time of a turn, and they never end. */
static void lets_others_read_beside_long_ones(void **state)
{
    struct desk *desk = *state;
    int verdicts[6];

    for (size_t i = 0; i < 5; i++) {
        struct note *large = note_post(desk, &reading, &verdicts[i]);

        large->slows = desk;
        large->next = ERRAND_GOES_ON;
        errands_accept(&desk->errands, &large->errand);
    }
    errands_accept(&desk->errands, &note_post(desk, &reading, &verdicts[5])->errand);
    errands_read(&desk->errands);
    assert_int_equal(open_all(desk), 0);
    errands_read(&desk->errands);
    assert_int_equal(open_all(desk), 1);
    assert_int_equal(verdicts[5], STORE_OK);
}

static void reads_each_once_in_a_turn(void **state)
{
    struct desk *desk = *state;
    int64_t began = desk->now;
    int verdicts[2];

    for (size_t i = 0; i < 2; i++) {
        struct note *note = note_post(desk, &reading, &verdicts[i]);

        note->slows = desk;
        note->next = ERRAND_GOES_ON;
        errands_accept(&desk->errands, &note->errand);
    }
    errands_read(&desk->errands);
    assert_int_equal(desk->now - began, 2 * READ_MS);
}

/* How many of many slow reads are answered in a turn that wrote for so long. */
static size_t read_after(struct desk *desk, int64_t wrote_ms)
{
    static int verdicts[100];
    size_t answered;

    for (size_t i = 0; i < 100; i++) {
        struct note *note = note_post(desk, &reading, &verdicts[i]);

        note->slows = desk;
        errands_accept(&desk->errands, &note->errand);
    }
    desk->now += wrote_ms;
    desk->errands.wrote_ms = wrote_ms;
    errands_read(&desk->errands);
    answered = open_all(desk);
    errands_refuse_all(&desk->errands);
    open_all(desk);
    return answered;
}

/* On a slow disk, a few answers after each write would let a thousand clients wait for minutes. */
static void reads_for_as_long_as_it_wrote_within_bounds(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(read_after(desk, 0), 20 / READ_MS + 1);
    assert_int_equal(read_after(desk, 100), 100 / READ_MS + 1);
    assert_int_equal(read_after(desk, 5000), 200 / READ_MS + 1);
}

int main(void)
{
#define DESK_TEST(f) cmocka_unit_test_setup_teardown(f, desk_set_up, desk_tear_down)
    const struct CMUnitTest tests[] = {
        DESK_TEST(answers_what_is_read_and_frees_it),
        DESK_TEST(refuses_by_a_blank_twin),
        DESK_TEST(gives_a_read_its_time_from_the_first_try_on),
        DESK_TEST(refuses_ids_of_a_queue_that_was_replaced),
        DESK_TEST(tells_writers_what_became_of_the_commit),
        DESK_TEST(lets_others_write_beside_a_long_one),
        DESK_TEST(keeps_the_order_of_a_user_whose_errand_is_put_off),
        DESK_TEST(tries_again_at_once_what_met_a_change),
        DESK_TEST(lets_others_read_beside_long_ones),
        DESK_TEST(reads_each_once_in_a_turn),
        DESK_TEST(reads_for_as_long_as_it_wrote_within_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
