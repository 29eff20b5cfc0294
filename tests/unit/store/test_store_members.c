#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/topics_rig.h"

static void tells_who_left_a_joined_conversation(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    rig_sql(&topics->rig, "DELETE FROM conversation_members WHERE user_id = 'alice'");
    while (!topics->member_count || topics->last_is_member)
        assert_true(await_members(topics, topics->member_count + 1));
    assert_string_equal(topics->last_conversation, "c");
    assert_string_equal(topics->last_member, "alice");
}

static void tells_who_came_to_where_somebody_here_is_concerned(void **state)
{
    struct topics_rig *topics = *state;
    const char *odd = "o\"d,d]\\ \xc3\xa4";

    rig_attach(&topics->rig, odd, 1000, 0, 0);
    add_member(topics, "[\"q\",", odd);
    assert_true(await_members(topics, 1));
    assert_string_equal(topics->last_conversation, "[\"q\",");
    assert_string_equal(topics->last_member, odd);
    assert_true(topics->last_is_member);
    add_member(topics, "c", "nobody here");
    add_member(topics, "d", odd);
    assert_true(await_members(topics, 2));
    assert_string_equal(topics->last_conversation, "d");
}

static void tells_what_is_true_by_then(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    rig_attach(&topics->rig, "alice", 1000, 0, 0);
    rig_sql(&topics->rig, "BEGIN; DELETE FROM conversation_members;"
                          "REPLACE INTO conversation_members (conversation_id, user_id)"
                          " VALUES ('c', 'alice'); COMMIT");
    assert_true(rig_await_integer(
        &topics->rig, "SELECT count(*) FROM changes WHERE kind = 'member'", 0, 4 * TOPICS_SOON_MS));
    rig_sql(&topics->rig, "UPDATE conversation_members SET user_id = 'bob'");
    while (!topics->member_count || topics->last_is_member)
        assert_true(await_members(topics, topics->member_count + 1));
    assert_string_equal(topics->last_member, "alice");
}

static void tells_no_message_before_who_was_put_out(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    topics->last_is_member = true;
    rig_sql(&topics->rig, "BEGIN; DELETE FROM conversation_members;"
                          "INSERT INTO messages (conversation_id, sender_id, content)"
                          " VALUES ('c', 'bob', 'about alice'); COMMIT");
    assert_true(await_messages(topics, 1));
    assert_false(topics->was_member);
}

/* Changes are read so many at a time. */
static void also_behind_thousands_of_other_changes(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    rig_sql(&topics->rig, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                          " WHERE i < 5000) INSERT INTO notifications (user_id, title)"
                          " SELECT 'zoe', 'many' FROM n");
    ask_join(topics, "alice", "c", -1);
    topics->last_is_member = true;
    rig_sql(&topics->rig, "BEGIN; UPDATE notifications SET title = 'changed';"
                          "DELETE FROM conversation_members;"
                          "INSERT INTO messages (conversation_id, sender_id, content)"
                          " VALUES ('c', 'bob', 'about alice'); COMMIT");
    assert_true(await_messages(topics, 1));
    assert_false(topics->was_member);
}

static void takes_up_any_number_of_changes_in_turn(void **state)
{
    struct topics_rig *topics = *state;

    rig_attach(&topics->rig, "alice", 1000, 0, 0);
    rig_sql(&topics->rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
        " INSERT INTO conversation_members (conversation_id, user_id) SELECT 'c' || i, 'alice'"
        " FROM n");
    assert_true(await_members(topics, 9000));
    rig_sql(&topics->rig, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'x');"
                          "UPDATE notifications SET status = 'cancelled'");
    assert_true(
        rig_await_integer(&topics->rig, "SELECT count(*) FROM changes", 0, 4 * TOPICS_SOON_MS));
}

static void finds_whom_one_shares_a_conversation_with(void **state)
{
    struct topics_rig *topics = *state;
    struct asked answer;

    assert_int_equal(ask_contacts(topics, "alice").count, 0);
    add_member(topics, "c", "alice");
    add_member(topics, "c", "bob");
    add_member(topics, "d", "alice");
    add_member(topics, "d", "bob");
    add_member(topics, "d", "carol");
    add_member(topics, "e", "dave");
    answer = ask_contacts(topics, "alice");
    assert_int_equal(answer.verdict, STORE_OK);
    assert_int_equal(answer.count, 2);
    assert_string_equal(answer.users[0], "bob");
    assert_string_equal(answer.users[1], "carol");
}

static void bounds_contacts(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    rig_sql(&topics->rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO conversation_members (conversation_id, user_id) SELECT 'c', 'u' || i"
        " FROM n");
    assert_int_equal(ask_contacts(topics, "alice").count, STORE_CONTACTS_MAX);
}

static void says_when_they_were_last_seen_by_any_gateway(void **state)
{
    static const char *const users[] = {"alice", "never", "bob"};
    struct topics_rig *topics = *state;
    struct asked answer;

    rig_sql(&topics->rig,
        "INSERT INTO presence VALUES ('alice', 'x', 0, '2020-01-01T00:00:00.000Z'),"
        " ('alice', 'y', 0, '2020-01-01T00:00:01.500Z'),"
        " ('bob', 'x', 0, '2021-01-01T00:00:00.000Z')");
    answer = ask_last_seen(topics, NULL, users, 3);
    assert_int_equal(answer.count, 3);
    assert_string_equal(answer.users[1], "never");
    assert_int_equal(answer.times[0], 1577836801500);
    assert_int_equal(answer.times[1], 0);
    assert_int_equal(answer.times[2], 1609459200000);
    assert_int_equal(ask_last_seen(topics, NULL, users, 0).count, 0);
}

/* The row in the file is older meanwhile, and at first there is none. */
static void says_it_of_those_who_cannot_be_written(void **state)
{
    static const char *const users[] = {"alice", "bob"};
    struct topics_rig *topics = *state;
    struct rig *rig = &topics->rig;
    struct asked answer;
    int64_t before, after;

    rig_sql(rig, "BEGIN IMMEDIATE");
    rig_attach(rig, "alice", 0, 64, 65536);
    rig_attach(rig, "bob", 0, 64, 65536);
    before = clock_wall_ms(&rig->clock);
    store_detach(rig->store, "bob", NULL);
    ask_last_seen(topics, NULL, users, 2);
    after = clock_wall_ms(&rig->clock);
    rig->wall_offset += 3600000;
    answer = ask_last_seen(topics, NULL, users, 2);
    assert_int_equal(answer.count, 2);
    assert_in_range(answer.times[0], after + 3600000, after + 3700000);
    assert_in_range(answer.times[1], before, after);
    rig_sql(rig, "COMMIT");
}

static void says_it_to_those_alone_who_share_a_conversation(void **state)
{
    static const char *const users[] = {"alice", "stranger", "bob", "carol"};
    struct topics_rig *topics = *state;
    struct asked answer;

    rig_sql(&topics->rig, "INSERT INTO presence VALUES ('bob', 'x', 0, '2021-01-01T00:00:00.000Z'),"
                          " ('stranger', 'x', 0, '2021-01-01T00:00:00.000Z')");
    rig_sql(&topics->rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        " INSERT INTO conversation_members (conversation_id, user_id)"
        " SELECT 'a' || i, 'alice' FROM n UNION ALL SELECT 's' || i, 'stranger' FROM n"
        " UNION ALL SELECT 'b' || i, 'bob' FROM n");
    add_member(topics, "zebra", "alice");
    add_member(topics, "zebra", "bob");
    add_member(topics, "a250", "carol");
    answer = ask_last_seen(topics, "alice", users, 4);
    assert_int_equal(answer.verdict, STORE_OK);
    assert_int_equal(answer.count, 3);
    assert_string_equal(answer.users[1], "bob");
    assert_int_equal(answer.times[1], 1609459200000);
    assert_string_equal(answer.users[2], "carol");
}

static void gives_the_newest_conversations_of_one_who_has_many(void **state)
{
    struct topics_rig *topics = *state;
    struct asked answer;

    rig_sql(&topics->rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO conversation_members (conversation_id, user_id, joined_at)"
        " SELECT 'c' || i, 'alice', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now', '-' || i || ' "
        "minutes')"
        " FROM n");
    answer = ask_conversations(topics, "alice");
    assert_int_equal(answer.count, STORE_CONVERSATIONS_MAX);
    assert_string_equal(answer.users[0], "c1");
    assert_string_equal(answer.users[15], "c16");
    assert_int_equal(ask_conversations(topics, "nobody").count, 0);
}

static void tells_of_one_who_is_heeded_though_they_are_not_here(void **state)
{
    struct topics_rig *topics = *state;

    store_follow_user(topics->rig.store, "alice");
    store_follow_user(topics->rig.store, "alice");
    store_unfollow_user(topics->rig.store, "alice");
    ask_conversations(topics, "alice");
    add_member(topics, "c", "alice");
    assert_true(await_members(topics, 1));
    assert_string_equal(topics->last_member, "alice");
    store_unfollow_user(topics->rig.store, "alice");
    store_follow_user(topics->rig.store, "bob");
    ask_conversations(topics, "bob");
    add_member(topics, "d", "alice");
    add_member(topics, "d", "bob");
    assert_true(await_members(topics, 2));
    assert_int_equal(topics->member_count, 2);
}

int main(void)
{
    const struct CMUnitTest contract[] = {
        cmocka_unit_test_setup_teardown(
            tells_who_left_a_joined_conversation, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_who_came_to_where_somebody_here_is_concerned, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_no_message_before_who_was_put_out, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            also_behind_thousands_of_other_changes, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            finds_whom_one_shares_a_conversation_with, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(bounds_contacts, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            says_when_they_were_last_seen_by_any_gateway, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            says_it_to_those_alone_who_share_a_conversation, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            gives_the_newest_conversations_of_one_who_has_many, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_of_one_who_is_heeded_though_they_are_not_here, topics_set_up, topics_tear_down),
    };
    const struct CMUnitTest of_files[] = {
        cmocka_unit_test_setup_teardown(
            tells_what_is_true_by_then, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            takes_up_any_number_of_changes_in_turn, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            says_it_of_those_who_cannot_be_written, topics_set_up, topics_tear_down),
    };

    return RIG_RUN(contract, of_files);
}
