#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <malloc.h>

#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/store_rig.h"

#define OCTETS 65536
#define SOON_MS 5000
#define BACKLOG 100000
#define WALKED 15000

/* The kernel's event comes before the commit is visible, under FULL a whole fsync before. Each
 * commit is the last until its row has been reported, so a missed one would show as a delay of one
 * second, the interval of the poll. */
static void loses_no_last_commit_of_another_process(void **state)
{
    struct rig *rig = *state;

    FILE *shell = rig_shell(rig);
    struct store_counters before, after;

    fprintf(shell, "PRAGMA synchronous = FULL;\n");
    rig_attach(rig, "alice", 0, 64, OCTETS);
    store_counters(rig->store, &before);
    for (size_t i = 1; i <= 300; i++) {
        int64_t asked = clock_steady_ms(&rig->clock);
        fprintf(shell, "INSERT INTO notifications (user_id, title) VALUES ('alice', 't');\n");
        fflush(shell);
        assert_true(rig_await(rig, RIG_ROW, i, SOON_MS));
        assert_true(clock_steady_ms(&rig->clock) - asked < 700);
    }
    pclose(shell);
    store_counters(rig->store, &after);
    assert_true(after.wakeups > before.wakeups);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(rig->rows[i], i + 1);
}

static void tells_every_row_once_and_in_order_while_many_write(void **state)
{
    struct rig *rig = *state;

    FILE *shells[3];

    rig_attach(rig, "alice", 0, 64, OCTETS);
    for (int i = 0; i < 3; i++) {
        shells[i] = rig_shell(rig);
        fprintf(shells[i], "PRAGMA synchronous = NORMAL;\n");
        for (int row = 0; row < 300; row++)
            fprintf(shells[i], "INSERT INTO notifications (user_id, title) VALUES ('%s', 't');\n",
                row % 3 == 0 ? "bob" : "alice");
        fflush(shells[i]);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(pclose(shells[i]), 0);
    assert_true(rig_await(rig, RIG_ROW, 600, SOON_MS));
    rig_idle(rig, 20);
    assert_int_equal(rig->told[RIG_ROW], 600);
    for (size_t i = 1; i < 600; i++)
        assert_true(rig->rows[i] > rig->rows[i - 1]);
    assert_int_equal(rig->unread, 600);
}

#define UNREAD \
    "SELECT count(*) FROM notifications WHERE user_id = 'alice'" \
    " AND status IN ('pending', 'delivered')"

/* Our own writes fire the triggers, too, and empty the table: no change by others is lost. */
static void counts_right_whatever_others_change_meanwhile(void **state)
{
    struct rig *rig = *state;

    FILE *shell = rig_shell(rig);
    struct rig_answer answer;

    rig_attach(rig, "alice", 0, 64, OCTETS);
    fprintf(shell, "PRAGMA synchronous = NORMAL;\n");
    for (int row = 1; row <= 300; row++)
        fprintf(shell,
            "INSERT INTO notifications (user_id, title) VALUES ('alice', 't');"
            "UPDATE notifications SET status = 'cancelled' WHERE id = %d;"
            "DELETE FROM notifications WHERE id = %d;"
            "UPDATE notifications SET status = 'pending' WHERE id = %d;\n",
            row / 2, row / 3, row / 5);
    fflush(shell);
    for (int64_t id = 1; id <= 100; id++) {
        rig_read(rig, "alice", &id, 1, 0);
        store_sent(rig->store, "alice", &id, 1, true, clock_wall_ms(&rig->clock));
    }
    assert_int_equal(pclose(shell), 0);
    answer = rig_read(rig, "alice", (int64_t[]){299}, 1, 0);
    assert_int_equal(answer.verdict, STORE_OK);
    for (int turns = 0; rig->unread != rig_integer(rig, UNREAD); turns++) {
        assert_true(turns < 500);
        rig_idle(rig, 2);
    }
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM changes"), 0);
}

static void fill(struct rig *rig, const char *user, int count)
{
    rig_sql(rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
        " INSERT INTO notifications (user_id, title, body)"
        " SELECT '%s', 'title', '%0400d' FROM n",
        count, user, 0);
}

static void holds_a_long_backlog_in_the_file_and_not_in_memory(void **state)
{
    struct rig *rig = *state;
    struct store_scan scan = {.user = "alice", .max_rows = 256, .max_bytes = OCTETS * 4};
    struct rig_answer page;
    struct mallinfo2 before, after;
    int64_t rows = 0;
    int64_t last = 0;

    fill(rig, "alice", BACKLOG);
    while ((page = rig_attach(rig, "alice", 0, 256, OCTETS * 4)).unread < BACKLOG)
        store_detach(rig->store, "alice", NULL);
    before = mallinfo2();
    for (;;) {
        for (size_t i = 0; i < page.count; i++) {
            assert_int_equal(page.ids[i], last + 1);
            last = page.ids[i];
        }
        rows += (int64_t)page.count;
        store_sent(
            rig->store, "alice", page.ids, page.count, true, store_confirm_moment(rig->store));
        if (rows >= WALKED)
            break;
        assert_false(page.complete);
        scan.after = page.upto;
        scan.started = page.scan_started;
        page = rig_fetch(rig, &scan);
        assert_int_equal(page.verdict, STORE_OK);
    }
    after = mallinfo2();
    assert_int_equal(rows, last);
    assert_true(after.uordblks < before.uordblks + (4 << 20));
    assert_true(rig_await_integer(
        rig, "SELECT max(id) FROM notifications WHERE status = 'delivered'", last, 20000));
    assert_int_equal(
        rig_integer(rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'"), rows);
}

/* Wakes the thread while the loop does not run, and waits until it has looked. */
static void wake_thread(struct rig *rig)
{
    struct store_counters counters;
    uint64_t before;
    int64_t until = clock_steady_ms(&rig->clock) + SOON_MS;

    store_counters(rig->store, &counters);
    before = counters.wakeups + counters.polls;
    rig_insert(rig, "bob", 1);
    do {
        assert_true(clock_steady_ms(&rig->clock) < until);
        sched_yield();
        store_counters(rig->store, &counters);
    } while (counters.wakeups + counters.polls == before);
}

/* While the loop does not run, waits until the thread is at its limit: woken often, it does no
 * more.
 */
static void await_rest(struct rig *rig, uint64_t (*done)(const struct store_counters *counters))
{
    struct store_counters counters;
    uint64_t last;
    int64_t until = clock_steady_ms(&rig->clock) + 4 * SOON_MS;

    store_counters(rig->store, &counters);
    for (int same = 0; same < 5;) {
        assert_true(clock_steady_ms(&rig->clock) < until);
        last = done(&counters);
        wake_thread(rig);
        store_counters(rig->store, &counters);
        same = done(&counters) > 0 && done(&counters) == last ? same + 1 : 0;
    }
}

static uint64_t rows_read(const struct store_counters *counters)
{
    return counters->rows_read;
}

/* While the loop does not run, few batches are under way, and nothing is lost. */
static void waits_with_news_for_a_slow_loop(void **state)
{
    struct rig *rig = *state;

    rig_attach(rig, "alice", 0, 64, OCTETS);
    fill(rig, "alice", 20000);
    await_rest(rig, rows_read);
    /* One turn: what the loop takes makes room for more. */
    uv_run(&rig->loop, UV_RUN_NOWAIT);
    assert_true(rig->told[RIG_ROW] <= (STORE_NEWS_MAX + 1) * 256);
    assert_true(rig_await(rig, RIG_ROW, 20000, 20000));
    for (size_t i = 1; i < 20000; i++)
        assert_true(rig->rows[i] == rig->rows[i - 1] + 1);
    assert_true(rig_await_integer(rig, "SELECT 1", 1, SOON_MS));
    assert_int_equal(rig->unread, 20000);
}

static void writes_a_thousand_arrivals_in_few_transactions(void **state)
{
    static struct rig_answer answers[1000];
    struct rig *rig = *state;
    struct store_counters before, after;
    char user[16];

    assert_true(rig_await_integer(rig, "SELECT count(*) FROM gateways", 1, SOON_MS));
    store_counters(rig->store, &before);
    memset(answers, 0, sizeof(answers));
    for (int i = 0; i < 1000; i++) {
        snprintf(user, sizeof(user), "user%d", i);
        store_attach(rig->store, &(struct store_token){.user = user}, 64, OCTETS, rig_on_attached,
            &answers[i]);
    }
    assert_true(rig_await_integer(rig, "SELECT count(*) FROM online_users", 1000, 20000));
    /* Answered after all of them, which may still be under way. */
    rig_check(rig, "nobody", 0);
    for (int i = 0; i < 1000; i++)
        rig_await_answer(rig, &answers[i]);
    store_counters(rig->store, &after);
    assert_in_range(after.commits - before.commits, 1, 100);
}

/* While the loop does not run, answers wait in the file, too. */
static void bounds_the_answers_under_way(void **state)
{
    static struct rig_answer answers[150];
    struct rig *rig = *state;
    struct mallinfo2 before, after;
    size_t there = 0;

    fill(rig, "alice", 2000);
    rig_attach(rig, "alice", 0, 0, OCTETS);
    before = mallinfo2();
    memset(answers, 0, sizeof(answers));
    for (int i = 0; i < 150; i++)
        store_attach(rig->store, &(struct store_token){.user = "alice"}, 500, 1 << 20,
            rig_on_attached, &answers[i]);
    await_rest(rig, rows_read);
    after = mallinfo2();
    assert_true(after.uordblks < before.uordblks + (12 << 20));
    for (int64_t until = clock_steady_ms(&rig->clock) + 4 * SOON_MS;
         there < 150 && clock_steady_ms(&rig->clock) < until;) {
        rig_idle(rig, 1);
        for (there = 0; there < 150 && answers[there].is_there; there++)
            continue;
    }
    assert_int_equal(there, 150);
}

/* A look at the file itself: to ask SQLite would make a checkpoint. */
static bool is_copied_into_the_file(struct rig *rig)
{
    struct stat status;
    int64_t size = rig_integer(rig, "PRAGMA page_count") * rig_integer(rig, "PRAGMA page_size");

    return stat(rig->path, &status) == 0 && status.st_size == size;
}

static void keeps_the_wal_from_growing_for_ever(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "PRAGMA wal_autocheckpoint = 0");
    rig_attach(rig, "alice", 0, 64, OCTETS);
    fill(rig, "bob", 20000);
    assert_false(is_copied_into_the_file(rig));
    /* By its own commit it learns how large the file is. */
    store_detach(rig->store, "alice", NULL);
    assert_true(rig_until(rig, is_copied_into_the_file, 4 * SOON_MS));
}

struct shown {
    const struct rig *rig;
    bool is_there;
    size_t rows, told;
};

static void on_shown(void *context, const struct store_attached *answer)
{
    struct shown *shown = context;

    *shown = (struct shown){shown->rig, true, answer->page.count, shown->rig->told[RIG_DUE]};
}

/* Another program that sets row 1 back after the thread has written the mark of row 2 and before it
 * continues to read: the thread reads the clock just there. */
struct meddler {
    struct rig *rig;
    pthread_t loop;
    atomic_bool has_meddled;
};

static int64_t meddling_wall_ms(const struct clock *clock)
{
    struct clock system = clock_system();

    (void)clock;
    return system.wall_ms(&system);
}

static int64_t meddling_steady_ms(const struct clock *clock)
{
    struct meddler *meddler = (struct meddler *)clock->context;
    struct clock system = clock_system();

    if (!pthread_equal(pthread_self(), meddler->loop) && !meddler->has_meddled &&
        rig_integer(meddler->rig, "SELECT sum(attempts) FROM notifications") > 0) {
        rig_sql(meddler->rig, "UPDATE notifications SET status = 'pending' WHERE id = 1");
        meddler->has_meddled = true;
    }
    return system.steady_ms(&system);
}

/* Otherwise the last one told would take the others' confirmations for earlier ones. */
static void tells_what_was_set_back_before_it_shows_it(void **state)
{
    struct rig *rig = *state;
    struct meddler meddler = {.rig = rig, .loop = pthread_self()};
    struct shown shown = {.rig = rig};
    const struct clock clock = rig->clock;

    rig_stop(rig);
    rig_insert(rig, "alice", 2);
    rig_sql(rig, "UPDATE notifications SET status = 'delivered'");
    rig->clock.wall_ms = meddling_wall_ms;
    rig->clock.steady_ms = meddling_steady_ms;
    rig->clock.context = &meddler;
    rig_start(rig);
    rig_attach(rig, "alice", 1000, 64, OCTETS);
    store_sent(rig->store, "alice", (int64_t[]){2}, 1, false, 0);
    store_attach(rig->store, &(struct store_token){.user = "alice", .issued_at = 1000}, 64, OCTETS,
        on_shown, &shown);
    while (!shown.is_there)
        rig_idle(rig, 1);
    assert_true(meddler.has_meddled);
    assert_int_equal(shown.rows, 1);
    assert_int_equal(shown.told, 1);
    rig_stop(rig);
    rig->clock = clock;
}

/* Each upsert that finds its row uses up an id. */
static void ids_that_no_row_has_do_not_wait(void **state)
{
    struct rig *rig = *state;
    struct store_counters counters;

    rig_attach(rig, "alice", 0, 64, OCTETS);
    for (int i = 0; i < 5; i++)
        rig_sql(rig, "INSERT INTO notifications (user_id, title, idempotency_key) VALUES "
                     "('alice', 'x', 'k') ON CONFLICT (user_id, idempotency_key) DO NOTHING");
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    /* The turn that answers the second has seen all, and counted in the one before. */
    rig_attach(rig, "bob", 0, 64, OCTETS);
    rig_attach(rig, "bob", 0, 64, OCTETS);
    store_counters(rig->store, &counters);
    assert_int_equal(counters.rows_behind, 0);
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)
    const struct CMUnitTest contract[] = {
        STORE_TEST(tells_what_was_set_back_before_it_shows_it),
        STORE_TEST(holds_a_long_backlog_in_the_file_and_not_in_memory),
        STORE_TEST(waits_with_news_for_a_slow_loop),
        STORE_TEST(writes_a_thousand_arrivals_in_few_transactions),
        STORE_TEST(bounds_the_answers_under_way),
        STORE_TEST(ids_that_no_row_has_do_not_wait),
    };
    const struct CMUnitTest of_files[] = {
        STORE_TEST(loses_no_last_commit_of_another_process),
        STORE_TEST(tells_every_row_once_and_in_order_while_many_write),
        STORE_TEST(counts_right_whatever_others_change_meanwhile),
        STORE_TEST(keeps_the_wal_from_growing_for_ever),
    };

    return RIG_RUN(contract, of_files);
}
