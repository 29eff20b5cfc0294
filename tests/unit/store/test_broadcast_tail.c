#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/store/broadcast_tail.h"
#include "gateway/store/broadcast_verbs.h"
#include "gateway/store/engine.h"
#include "gateway/store/marks.h"

#define TABLE_ROWS MARKS_BATCH
#define NOW 1000000000

/* An engine with broadcasts in memory: ids 1 to `count`, all of them events without data. */
struct table {
    struct engine engine; /* first */
    size_t count;
    bool is_sent[TABLE_ROWS + 1];
    int64_t recipients[TABLE_ROWS + 1];
    int64_t refused; /* this one it does not mark */
    const char *bad;
    int marks;
    struct clock clock;
    struct log_sink sink;
    struct logger log;
    struct shared shared;
    struct turn turn;
    struct broadcast_tail tail;
};

static int last_sent(struct engine *engine, int64_t *id)
{
    (void)engine;
    *id = 0;
    return 0;
}

static int walk_unsent(struct engine *engine, broadcast_visit *visit, void *context)
{
    struct table *table = (struct table *)engine;

    for (size_t id = 1; id <= table->count; id++) {
        struct broadcast_brief brief = {.id = (int64_t)id, .is_of_topic = true};
        int going = table->is_sent[id] ? 1 : visit(context, &brief);

        if (going != 1)
            return going;
    }
    return 1;
}

static int read_one(struct engine *engine, int64_t id,
    int (*visit)(void *context, const struct broadcast_row *row), void *context)
{
    const struct broadcast_row row = {
        .id = id,
        .bad = ((struct table *)engine)->bad,
        .topic = {CELL_TEXT, "*", 1},
        .event = {CELL_TEXT, "news", 4},
        .created_at = {CELL_TEXT, "1970-01-12T13:46:40.000Z", 24}, /* NOW */
    };

    return visit(context, &row);
}

static int mark_sent(struct engine *engine, int64_t id, const char *at, int64_t recipients)
{
    struct table *table = (struct table *)engine;

    (void)at;
    table->marks++;
    if (id == table->refused) {
        engine->trouble = ENGINE_REFUSES_ROW;
        return -1;
    }
    table->is_sent[id] = true;
    table->recipients[id] = recipients;
    return 0;
}

static const struct broadcast_verbs verbs = {
    .last_sent = last_sent,
    .walk_unsent = walk_unsent,
    .read = read_one,
    .mark_sent = mark_sent,
};

static int64_t now_ms(const struct clock *clock)
{
    (void)clock;
    return NOW;
}

static int set_up(void **state)
{
    struct table *table = calloc(1, sizeof(*table));

    table->engine.broadcasts = &verbs;
    table->clock = (struct clock){.wall_ms = now_ms, .steady_ms = now_ms};
    log_sink_init(&table->sink, STDERR_FILENO, LOG_TEXT, LOG_ERROR, &table->clock, "test");
    table->log = logger_root(&table->sink);
    table->turn = (struct turn){.clock = &table->clock,
        .log = &table->log,
        .shared = &table->shared,
        .engine = &table->engine};
    turn_tick(&table->turn);
    broadcast_tail_init(&table->tail);
    assert_int_equal(broadcast_tail_start(&table->tail, &table->turn), 0);
    *state = table;
    return 0;
}

static int tear_down(void **state)
{
    struct table *table = *state;

    broadcast_tail_release(&table->tail);
    free(table);
    return 0;
}

/* How many broadcasts were reported. */
static size_t look(struct table *table)
{
    struct news *news = news_new();
    size_t told;

    table->tail.has_more = true;
    assert_int_equal(broadcast_tail_read(&table->tail, &table->turn, news), 0);
    told = news->page.count;
    news_free(news);
    return told;
}

static void write_marks(struct table *table)
{
    assert_int_equal(broadcast_tail_write(&table->tail, &table->turn), 0);
    broadcast_tail_settle(&table->tail, true);
}

static void tells_once_and_marks_when_the_loop_has_sent(void **state)
{
    struct table *table = *state;

    table->count = 2;
    assert_int_equal(look(table), 2);
    assert_int_equal(look(table), 0);
    assert_false(broadcast_tail_waits(&table->tail));
    broadcast_tail_sent(&table->tail, &table->turn, 2, 7);
    assert_true(broadcast_tail_waits(&table->tail));
    write_marks(table);
    assert_false(table->is_sent[1]);
    assert_int_equal(table->recipients[2], 7);
    assert_null(broadcast_tail_find(&table->tail, 2));
}

static void keeps_the_mark_of_a_transaction_that_failed(void **state)
{
    struct table *table = *state;

    table->count = 1;
    assert_int_equal(look(table), 1);
    broadcast_tail_sent(&table->tail, &table->turn, 1, 3);
    assert_int_equal(broadcast_tail_write(&table->tail, &table->turn), 0);
    table->is_sent[1] = false;
    broadcast_tail_settle(&table->tail, false);
    assert_int_equal(look(table), 0);
    write_marks(table);
    assert_int_equal(table->recipients[1], 3);
}

/* It remains unmarked in the database, but must not be reported again and again. */
static void tells_one_that_cannot_be_marked_once_and_marks_the_next(void **state)
{
    struct table *table = *state;

    table->count = 2;
    table->refused = 1;
    assert_int_equal(look(table), 2);
    broadcast_tail_sent(&table->tail, &table->turn, 1, 3);
    broadcast_tail_sent(&table->tail, &table->turn, 2, 3);
    write_marks(table);
    assert_int_equal(table->recipients[2], 3);
    assert_int_equal(look(table), 0);
    broadcast_tail_sent(&table->tail, &table->turn, 1, 3);
    assert_false(broadcast_tail_waits(&table->tail));
    assert_int_equal(table->marks, 2);
}

static void marks_wait_while_others_write(void **state)
{
    struct table *table = *state;
    struct broadcast_tail *tail = &table->tail;
    const struct traffic traffic = {.last = NOW + 20, .before = NOW};

    table->count = 2;
    assert_int_equal(look(table), 2);
    assert_true(broadcast_tail_due_at(tail, &traffic) == INT64_MAX);
    broadcast_tail_sent(tail, &table->turn, 1, 3);
    table->turn.steady += 5;
    broadcast_tail_sent(tail, &table->turn, 2, 3);
    assert_int_equal(broadcast_tail_due_at(tail, &traffic), traffic_due_at(&traffic, NOW, 2));
    write_marks(table);
    assert_true(broadcast_tail_due_at(tail, &traffic) == INT64_MAX);
}

static void a_full_batch_of_marks_waits_no_longer(void **state)
{
    struct table *table = *state;
    const struct traffic traffic = {.last = NOW, .before = NOW};

    table->count = MARKS_BATCH;
    while (look(table) > 0)
        continue;
    for (int64_t id = 1; id < MARKS_BATCH; id++)
        broadcast_tail_sent(&table->tail, &table->turn, id, 3);
    assert_true(broadcast_tail_due_at(&table->tail, &traffic) > NOW);
    broadcast_tail_sent(&table->tail, &table->turn, MARKS_BATCH, 3);
    assert_int_equal(broadcast_tail_due_at(&table->tail, &traffic), NOW);
}

static void marks_one_that_cannot_be_read_as_sent_to_nobody(void **state)
{
    struct table *table = *state;

    table->count = 1;
    table->bad = "the row is too large to be read";
    assert_int_equal(look(table), 0);
    write_marks(table);
    assert_true(table->is_sent[1]);
    assert_int_equal(table->recipients[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            tells_once_and_marks_when_the_loop_has_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            keeps_the_mark_of_a_transaction_that_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            tells_one_that_cannot_be_marked_once_and_marks_the_next, set_up, tear_down),
        cmocka_unit_test_setup_teardown(marks_wait_while_others_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_batch_of_marks_waits_no_longer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            marks_one_that_cannot_be_read_as_sent_to_nobody, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
