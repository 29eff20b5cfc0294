#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store/topics_rig.h"

static void broadcast(struct topics_rig *topics, const char *values)
{
    rig_sql(&topics->rig,
        "INSERT INTO broadcasts (topic, event, data, created_at, expires_at) VALUES (%s)", values);
}

#define NOW "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
#define AT(modifier) "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '" modifier "')"

static void tells_a_broadcast_once_and_marks_it(void **state)
{
    struct topics_rig *topics = *state;
    char text[512];

    topics->confirms = true;
    broadcast(topics, "'public:news', 'system:update', '{\"v\": 2}', " NOW ", NULL");
    assert_true(await_broadcasts(topics, 1));
    assert_string_equal(topics->last_topic, "public:news");
    assert_string_equal(topics->last_event, "system:update");
    assert_string_equal(topics->last_data, "{\"v\": 2}");
    assert_false(topics->last_stays);
    assert_true(rig_await_integer(&topics->rig, "SELECT recipients FROM broadcasts", 3, 5000));
    assert_string_not_equal(rig_text(&topics->rig, text, "SELECT sent_at FROM broadcasts"), "NULL");
    broadcast(topics, "'*', 'x', NULL, " NOW ", NULL");
    assert_true(await_broadcasts(topics, 2));
    assert_string_equal(topics->last_data, "none");
    assert_int_equal(topics->broadcasts[1], 2);
}

static void tells_nothing_twice_while_it_is_not_marked(void **state)
{
    struct topics_rig *topics = *state;

    broadcast(topics, "'*', 'x', NULL, " NOW ", NULL");
    assert_true(await_broadcasts(topics, 1));
    rig_sql(&topics->rig, "BEGIN IMMEDIATE");
    store_broadcast_sent(topics->rig.store, 1, 5);
    store_broadcast_sent(topics->rig.store, 1, 6);
    rig_idle(&topics->rig, 100);
    rig_sql(&topics->rig, "COMMIT");
    broadcast(topics, "'*', 'y', NULL, " NOW ", NULL");
    assert_true(await_broadcasts(topics, 2));
    assert_true(
        rig_await_integer(&topics->rig, "SELECT recipients FROM broadcasts WHERE id = 1", 5, 5000));
    assert_int_equal(topics->broadcast_count, 2);
}

static void marks_what_comes_too_late_as_sent_to_nobody(void **state)
{
    struct topics_rig *topics = *state;

    rig_stop(&topics->rig);
    broadcast(topics, "'*', 'late', NULL, " AT("-70 seconds") ", NULL");
    broadcast(topics, "'*', 'past', NULL, " AT("-10 seconds") ", " AT("-1 second"));
    broadcast(topics, "'*', 'in time', NULL, " AT("-30 seconds") ", NULL");
    broadcast(topics, "'*', 'stays', NULL, " AT("-1 day") ", " AT("+1 hour"));
    rig_start(&topics->rig);
    assert_true(await_broadcasts(topics, 2));
    assert_int_equal(topics->broadcasts[0], 3);
    assert_int_equal(topics->broadcasts[1], 4);
    assert_true(topics->last_stays);
    assert_true(rig_await_integer(&topics->rig,
        "SELECT sum(id) FROM broadcasts WHERE recipients = 0 AND sent_at IS NOT NULL", 3, 5000));
}

static void passes_by_what_cannot_be_sent(void **state)
{
    static const char *const bad[] = {
        "'*', 'disconnect', NULL, " NOW ", NULL",
        "'*', CAST(x'ff' AS TEXT), NULL, " NOW ", NULL",
        "'*', hex(zeroblob(33)), NULL, " NOW ", NULL",
        "'', 'x', NULL, " NOW ", NULL",
        "'*', 'x', '{\"a\":1,\"a\":1}', " NOW ", NULL",
        "'*', 'x', 'nonsense', " NOW ", NULL",
        "'*', 'x', NULL, 'yesterday', NULL",
        "'*', 'x', NULL, " NOW ", 'tomorrow'",
    };
    struct topics_rig *topics = *state;

    topics->confirms = true;
    rig_sql(&topics->rig, "PRAGMA ignore_check_constraints = ON");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        broadcast(topics, bad[i]);
    broadcast(topics, "'*', 'good', '[1]', " NOW ", NULL");
    assert_true(await_broadcasts(topics, 1));
    assert_string_equal(topics->last_event, "good");
    assert_true(rig_await_integer(
        &topics->rig, "SELECT count(*) FROM broadcasts WHERE sent_at IS NULL", 0, 5000));
    assert_true(rig_logged(&topics->rig, "broadcast 1 cannot be sent: event is a name that"));
}

static void shows_what_stays_to_who_comes_later(void **state)
{
    struct topics_rig *topics = *state;
    struct asked standing;

    topics->confirms = true;
    broadcast(topics, "'*', 'a', NULL, " NOW ", " AT("+1 hour"));
    broadcast(topics, "'*', 'b', NULL, " NOW ", NULL");
    broadcast(topics, "'public:x', 'c', NULL, " NOW ", " AT("+1 hour"));
    broadcast(topics, "'*', 'd', NULL, " NOW ", " AT("+2 hours"));
    assert_true(await_broadcasts(topics, 4));
    standing = ask_standing(topics, "*", 4);
    assert_int_equal(standing.count, 2);
    assert_int_equal(standing.ids[0], 1);
    assert_int_equal(standing.ids[1], 4);
    assert_int_equal(ask_standing(topics, "public:x", 4).count, 1);
    assert_int_equal(ask_standing(topics, "public:y", 4).count, 0);
    topics->rig.wall_offset = 5400000;
    assert_int_equal(ask_standing(topics, "*", 4).count, 1);
}

/* A client that asks while a broadcast is sent must get it once: in the answer, or as news. */
static void leaves_out_what_was_told_since_the_question(void **state)
{
    struct topics_rig *topics = *state;

    topics->confirms = true;
    broadcast(topics, "'*', 'a', NULL, " NOW ", " AT("+1 hour"));
    broadcast(topics, "'*', 'b', NULL, " NOW ", " AT("+1 hour"));
    assert_true(await_broadcasts(topics, 2));
    assert_true(rig_await_integer(
        &topics->rig, "SELECT count(*) FROM broadcasts WHERE sent_at IS NULL", 0, 5000));
    assert_int_equal(ask_standing(topics, "*", 0).count, 0);
    assert_int_equal(ask_standing(topics, "*", 1).count, 1);
    assert_int_equal(ask_standing(topics, "*", 2).count, 2);
}

static void shows_at_most_so_many_behind_an_id(void **state)
{
    struct topics_rig *topics = *state;
    struct asked standing;

    topics->confirms = true;
    for (int i = 0; i < 4; i++)
        broadcast(topics, "'public:x', 'a', NULL, " NOW ", " AT("+1 hour"));
    broadcast(topics, "'public:y', 'b', NULL, " NOW ", NULL");
    assert_true(await_broadcasts(topics, 5));
    standing = ask_standing_after(topics, "public:x", 1, 2);
    assert_int_equal(standing.count, 2);
    assert_int_equal(standing.ids[0], 2);
    assert_int_equal(standing.ids[1], 3);
    assert_true(standing.has_more);
    assert_int_equal(standing.upto, 3);
    assert_int_equal(standing.heard, 5);
    standing = ask_standing_after(topics, "public:x", 2, 2);
    assert_int_equal(standing.count, 2);
    assert_false(standing.has_more);
    assert_int_equal(standing.heard, 5);
    assert_int_equal(ask_standing_after(topics, "public:x", 4, 2).count, 0);
    assert_int_equal(ask_standing_after(topics, "public:x", INT64_MAX, 2).count, 0);
}

/* Whoever joins with the answer gets each broadcast once: in the answer, or as news afterwards. */
static void leaves_out_what_will_be_told(void **state)
{
    struct topics_rig *topics = *state;
    struct asked standing;

    broadcast(topics, "'*', 'a', NULL, " NOW ", " AT("+1 hour"));
    assert_true(await_broadcasts(topics, 1));
    standing = ask_standing_after(topics, "*", 0, 100);
    assert_int_equal(standing.count, 1);
    assert_int_equal(standing.heard, 1);
    store_hold_topics(topics->rig.store, true);
    broadcast(topics, "'*', 'b', NULL, " NOW ", " AT("+1 hour"));
    standing = ask_standing_after(topics, "*", 0, 100);
    assert_int_equal(standing.count, 1);
    assert_int_equal(standing.heard, 1);
    store_hold_topics(topics->rig.store, false);
    assert_true(await_broadcasts(topics, 2));
    standing = ask_standing_after(topics, "*", 0, 100);
    assert_int_equal(standing.count, 2);
    assert_int_equal(standing.heard, 2);
}

/* As empty as the page of each would be, and with the same end. */
static void says_of_many_topics_where_none_stands(void **state)
{
    static const struct store_topic asked[] = {
        {"public:x", 3}, {"public:y", 3}, {"public:z", 1}, {"public:none", 9}, {"public:over", 3}};
    struct topics_rig *topics = *state;
    struct asked standing;

    topics->confirms = true;
    broadcast(topics, "'public:x', 'a', NULL, " NOW ", " AT("+1 hour"));
    broadcast(topics, "'public:y', 'b', NULL, " NOW ", NULL");
    broadcast(topics, "'public:over', 'c', NULL, " NOW ", " AT("+30 minutes"));
    assert_true(await_broadcasts(topics, 3));
    topics->rig.wall_offset += 45 * 60000;
    standing = ask_standing_topics(topics, asked, 5);
    assert_int_equal(standing.verdict, STORE_OK);
    assert_int_equal(standing.count, 5);
    assert_int_equal(standing.ids[0], STORE_SOME_STAND);
    for (size_t i = 1; i < 5; i++)
        assert_int_equal(standing.ids[i], ask_standing(topics, asked[i].name, asked[i].heard).upto);
    assert_int_equal(standing.ids[1], 3);
    assert_int_equal(standing.ids[2], 1);
    assert_int_equal(standing.ids[3], 3);
    store_hold_topics(topics->rig.store, true);
    broadcast(topics, "'public:z', 'd', NULL, " NOW ", " AT("+1 hour"));
    standing = ask_standing_topics(topics, asked + 2, 1);
    assert_int_equal(standing.ids[0], STORE_SOME_STAND);
    store_hold_topics(topics->rig.store, false);
}

static void shows_what_was_sent_before_the_start(void **state)
{
    struct topics_rig *topics = *state;
    struct asked standing;

    topics->confirms = true;
    broadcast(topics, "'*', 'a', NULL, " NOW ", " AT("+1 hour"));
    assert_true(await_broadcasts(topics, 1));
    rig_stop(&topics->rig);
    rig_start(&topics->rig);
    standing = ask_standing_after(topics, "*", 0, 100);
    assert_int_equal(standing.count, 1);
    assert_int_equal(standing.heard, 1);
}

#define INSERT_3000 \
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)" \
    " INSERT INTO broadcasts (topic, event) SELECT '*', 'e' FROM n"

static void check_3000(struct topics_rig *topics)
{
    assert_true(rig_await_integer(
        &topics->rig, "SELECT count(*) FROM broadcasts WHERE sent_at IS NULL", 0, 20000));
    assert_int_equal(topics->broadcast_count, 3000);
    for (size_t i = 0; i < 3000; i++)
        assert_int_equal(topics->broadcasts[i], i + 1);
}

static void tells_any_number_in_turn(void **state)
{
    struct topics_rig *topics = *state;

    rig_sql(&topics->rig, INSERT_3000);
    assert_true(await_broadcasts(topics, 1024));
    rig_idle(&topics->rig, 100);
    assert_int_equal(topics->broadcast_count, 1024);
    for (int64_t id = 1; id <= 1024; id++)
        store_broadcast_sent(topics->rig.store, id, 0);
    topics->confirms = true;
    check_3000(topics);
}

/* More than are told without a mark: the walk over them is stopped, and goes on. */
static void tells_any_number_that_was_there_at_the_start_once(void **state)
{
    struct topics_rig *topics = *state;

    rig_stop(&topics->rig);
    rig_sql(&topics->rig, INSERT_3000);
    topics->confirms = true;
    rig_start(&topics->rig);
    check_3000(topics);
}

static void tells_again_what_is_set_back_to_unsent(void **state)
{
    struct topics_rig *topics = *state;

    topics->confirms = true;
    broadcast(topics, "'*', 'a', NULL, " NOW ", NULL");
    assert_true(rig_await_integer(&topics->rig, "SELECT recipients FROM broadcasts", 3, 5000));
    rig_sql(&topics->rig, "UPDATE broadcasts SET sent_at = NULL");
    assert_true(await_broadcasts(topics, 2));
}

static void writes_what_was_sent_before_it_ends(void **state)
{
    struct topics_rig *topics = *state;

    broadcast(topics, "'*', 'a', NULL, " NOW ", NULL");
    assert_true(await_broadcasts(topics, 1));
    store_broadcast_sent(topics->rig.store, 1, 7);
    rig_stop(&topics->rig);
    assert_int_equal(rig_integer(&topics->rig, "SELECT recipients FROM broadcasts"), 7);
}

int main(void)
{
    const struct CMUnitTest contract[] = {
        cmocka_unit_test_setup_teardown(
            tells_a_broadcast_once_and_marks_it, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            marks_what_comes_too_late_as_sent_to_nobody, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            shows_what_stays_to_who_comes_later, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            leaves_out_what_was_told_since_the_question, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            shows_at_most_so_many_behind_an_id, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            leaves_out_what_will_be_told, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            shows_what_was_sent_before_the_start, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(tells_any_number_in_turn, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_any_number_that_was_there_at_the_start_once, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            writes_what_was_sent_before_it_ends, topics_set_up, topics_tear_down),
    };
    const struct CMUnitTest of_files[] = {
        cmocka_unit_test_setup_teardown(
            tells_nothing_twice_while_it_is_not_marked, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            passes_by_what_cannot_be_sent, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_again_what_is_set_back_to_unsent, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            says_of_many_topics_where_none_stands, topics_set_up, topics_tear_down),
    };

    return RIG_RUN(contract, of_files);
}
