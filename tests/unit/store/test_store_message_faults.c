#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/store/topics_rig.h"

/* ── killed ── */

static const struct store_saying hello = {.user = "alice", .conversation = "c", .content = "hello"};

/* The child writes each id to the pipe once it is told that the message is stored. */
static void on_said_in_child(void *context, const struct store_said *said)
{
    int *out = context;

    if (said->verdict != STORE_OK || write(*out, &said->id, sizeof(said->id)) < 0)
        _exit(1);
}

static void say_until_killed(struct topics_rig *topics, int out)
{
    uv_loop_fork(&topics->rig.loop);
    rig_start(&topics->rig);
    for (;;) {
        for (int i = 0; i < 7; i++)
            store_say(topics->rig.store, &hello, on_said_in_child, &out);
        rig_idle(&topics->rig, 1);
    }
}

/* The highest id and the number of ids that a child was told before it was killed. */
static int64_t kill_after(struct topics_rig *topics, int count, int64_t *told)
{
    int64_t id, highest = 0;
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0)
        say_until_killed(topics, ends[1]);
    close(ends[1]);
    for (*told = 0; read(ends[0], &id, sizeof(id)) == sizeof(id); (*told)++) {
        highest = id;
        if (*told == count)
            kill(child, SIGKILL);
    }
    waitpid(child, NULL, 0);
    close(ends[0]);
    return highest;
}

static void keeps_every_message_it_said_was_stored_when_it_is_killed(void **state)
{
    struct topics_rig *topics = *state;
    int64_t told_in_all = 0;
    char text[512];

    add_member(topics, "c", "alice");
    rig_stop(&topics->rig);
    sqlite3_close(topics->rig.db);
    for (int round = 1; round <= 5; round++) {
        int64_t told;
        int64_t highest = kill_after(topics, round * 11, &told);
        assert_true(told > round * 11);
        told_in_all += told;
        rig_open_again(&topics->rig);
        assert_true(rig_integer(&topics->rig, "SELECT count(*) FROM messages") >= told_in_all);
        assert_true(rig_integer(&topics->rig, "SELECT max(id) FROM messages") >= highest);
        assert_string_equal(rig_text(&topics->rig, text, "PRAGMA integrity_check"), "ok");
        sqlite3_close(topics->rig.db);
    }
    rig_open_again(&topics->rig);
}

/* ── full ── */

static void says_nothing_is_stored_while_the_disk_is_full(void **state)
{
    struct topics_rig *topics = *state;
    struct rlimit before, none;
    struct asked answer;

    signal(SIGXFSZ, SIG_IGN);
    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    getrlimit(RLIMIT_FSIZE, &before);
    none = (struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    answer = ask_hello(topics, "1");
    assert_int_equal(ask_history(topics, "alice", 0, 0, 10).verdict, STORE_OK);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(answer.verdict, STORE_UNAVAILABLE);
    assert_int_equal(rig_integer(&topics->rig, "SELECT count(*) FROM messages"), 0);
    assert_true(rig_await(&topics->rig, RIG_AVAILABLE, 1, 10000));
    answer = ask_hello(topics, "1");
    assert_int_equal(answer.verdict, STORE_OK);
    assert_false(answer.said.repeated);
    assert_true(await_messages(topics, 1));
}

/* ── away ── */

static void refuses_at_once_while_the_file_is_away_and_goes_on_with_it(void **state)
{
    struct topics_rig *topics = *state;
    char away[200], wal[200], away_wal[256];

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    insert_message(topics, "c", "one");
    assert_true(await_messages(topics, 1));
    sqlite3_close(topics->rig.db);
    snprintf(away, sizeof(away), "%s.away", topics->rig.path);
    snprintf(wal, sizeof(wal), "%s-wal", topics->rig.path);
    snprintf(away_wal, sizeof(away_wal), "%s-wal", away);
    assert_int_equal(rename(topics->rig.path, away), 0);
    rename(wal, away_wal);
    assert_true(rig_await(&topics->rig, RIG_UNAVAILABLE, 1, TOPICS_SOON_MS));
    assert_int_equal(ask_hello(topics, NULL).verdict, STORE_UNAVAILABLE);
    assert_int_equal(ask_member(topics, "alice", "c"), STORE_UNAVAILABLE);
    assert_int_equal(ask_join(topics, "alice", "c", 0).verdict, STORE_UNAVAILABLE);
    assert_int_equal(rename(away, topics->rig.path), 0);
    rename(away_wal, wal);
    assert_true(rig_await(&topics->rig, RIG_AVAILABLE, 1, 10000));
    rig_open_again(&topics->rig);
    insert_message(topics, "c", "two");
    assert_true(await_messages(topics, 2));
    assert_int_equal(topics->messages[1], 2);
    assert_int_equal(topics->rig.told[RIG_REPLACED], 0);
}

/* ── much ── */

static void tells_what_is_joined_among_very_many_others(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    rig_sql(&topics->rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)"
        " INSERT INTO messages (conversation_id, sender_id, content)"
        " SELECT CASE WHEN i %% 1000 = 0 THEN 'c' ELSE 'other' END, 'bob', 'x' FROM n");
    assert_true(await_messages(topics, 30));
    for (size_t i = 0; i < 30; i++)
        assert_int_equal(topics->messages[i], (i + 1) * 1000);
}

struct late_join {
    struct topics_rig *topics;
    int64_t last;
    size_t told_before;
    bool has_more, is_there;
};

static void on_late_join(void *context, const struct store_messages *answer)
{
    struct late_join *join = context;

    join->is_there = true;
    join->has_more = answer->has_more;
    join->last = answer->count > 0 ? answer->messages[answer->count - 1].id : 0;
    join->told_before = join->topics->message_count;
}

static void await_reading(struct topics_rig *topics, uint64_t count)
{
    struct store_counters counters;

    do {
        sched_yield();
        store_counters(topics->rig.store, &counters);
    } while (counters.messages_read < count);
}

/* Meanwhile the loop does not run: the thread has reported up to its limit, and answers. */
static void answers_a_join_amid_a_backlog_up_to_what_was_told(void **state)
{
    struct topics_rig *topics = *state;
    struct late_join join = {.topics = topics};

    ask_join(topics, NULL, "c", -1);
    rig_sql(&topics->rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO messages (conversation_id, sender_id, content) SELECT 'c', 'bob', 'x'"
        " FROM n");
    await_reading(topics, 1024);
    store_join(topics->rig.store, NULL, "c", 990, on_late_join, &join);
    await_reading(topics, 1024 + 34);
    assert_true(await_messages(topics, 3000));
    assert_true(join.is_there);
    assert_false(join.has_more);
    assert_int_equal(join.last, 1024);
    assert_int_equal(join.told_before, 1024);
}

static void stores_thousands_in_few_transactions(void **state)
{
    struct topics_rig *topics = *state;
    struct asked *answers = calloc(2000, sizeof(*answers));
    struct store_counters before, after;

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    store_counters(topics->rig.store, &before);
    for (size_t i = 0; i < 2000; i++)
        store_say(topics->rig.store, &hello, asked_said, &answers[i]);
    assert_true(await_asked(topics, &answers[1999], TOPICS_SOON_MS));
    assert_true(await_messages(topics, 2000));
    store_counters(topics->rig.store, &after);
    assert_true(after.commits - before.commits < 200);
    assert_int_equal(after.messages_said, 2000);
    for (size_t i = 0; i < 2000; i++) {
        assert_int_equal(answers[i].said.id, i + 1);
        assert_int_equal(topics->messages[i], i + 1);
    }
    free(answers);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, topics_set_up, topics_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keeps_every_message_it_said_was_stored_when_it_is_killed),
        TEST(says_nothing_is_stored_while_the_disk_is_full),
        TEST(refuses_at_once_while_the_file_is_away_and_goes_on_with_it),
        TEST(tells_what_is_joined_among_very_many_others),
        TEST(answers_a_join_amid_a_backlog_up_to_what_was_told),
        TEST(stores_thousands_in_few_transactions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
