#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store/talk_rig.h"

static void tells_who_left_a_joined_conversation(void **state)
{
    struct talk_rig *talk = *state;

    talk_add(talk, "c", "alice");
    talk_join(talk, "alice", "c", -1);
    rig_sql(&talk->rig, "DELETE FROM conversation_members WHERE user_id = 'alice'");
    while (!talk->member_count || talk->last_is_member)
        assert_true(talk_await_members(talk, talk->member_count + 1));
    assert_string_equal(talk->last_conversation, "c");
    assert_string_equal(talk->last_member, "alice");
}

static void tells_who_came_to_where_somebody_here_is_concerned(void **state)
{
    struct talk_rig *talk = *state;
    const char *odd = "o\"d,d]\\ \xc3\xa4";

    rig_attach(&talk->rig, odd, 1000, 0, 0);
    talk_add(talk, "[\"q\",", odd);
    assert_true(talk_await_members(talk, 1));
    assert_string_equal(talk->last_conversation, "[\"q\",");
    assert_string_equal(talk->last_member, odd);
    assert_true(talk->last_is_member);
    talk_add(talk, "c", "nobody here");
    talk_add(talk, "d", odd);
    assert_true(talk_await_members(talk, 2));
    assert_string_equal(talk->last_conversation, "d");
}

static void tells_what_is_true_by_then(void **state)
{
    struct talk_rig *talk = *state;

    talk_add(talk, "c", "alice");
    rig_attach(&talk->rig, "alice", 1000, 0, 0);
    rig_sql(&talk->rig, "BEGIN; DELETE FROM conversation_members;"
                        "REPLACE INTO conversation_members (conversation_id, user_id)"
                        " VALUES ('c', 'alice'); COMMIT");
    assert_true(rig_await_integer(
        &talk->rig, "SELECT count(*) FROM changes WHERE kind = 'member'", 0, 4 * TALK_SOON_MS));
    rig_sql(&talk->rig, "UPDATE conversation_members SET user_id = 'bob'");
    while (!talk->member_count || talk->last_is_member)
        assert_true(talk_await_members(talk, talk->member_count + 1));
    assert_string_equal(talk->last_member, "alice");
}

static void tells_no_message_before_who_was_put_out(void **state)
{
    struct talk_rig *talk = *state;

    talk_add(talk, "c", "alice");
    talk_join(talk, "alice", "c", -1);
    talk->last_is_member = true;
    rig_sql(&talk->rig, "BEGIN; DELETE FROM conversation_members;"
                        "INSERT INTO messages (conversation_id, sender_id, content)"
                        " VALUES ('c', 'bob', 'about alice'); COMMIT");
    assert_true(talk_await_messages(talk, 1));
    assert_false(talk->was_member);
}

static void takes_up_any_number_of_changes_in_turn(void **state)
{
    struct talk_rig *talk = *state;

    rig_attach(&talk->rig, "alice", 1000, 0, 0);
    rig_sql(&talk->rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
        " INSERT INTO conversation_members (conversation_id, user_id) SELECT 'c' || i, 'alice'"
        " FROM n");
    assert_true(talk_await_members(talk, 9000));
    rig_sql(&talk->rig, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'x');"
                        "UPDATE notifications SET status = 'cancelled'");
    assert_true(rig_await_integer(&talk->rig, "SELECT count(*) FROM changes", 0, 4 * TALK_SOON_MS));
}

static void finds_whom_one_shares_a_conversation_with(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer answer;

    assert_int_equal(talk_contacts(talk, "alice").count, 0);
    talk_add(talk, "c", "alice");
    talk_add(talk, "c", "bob");
    talk_add(talk, "d", "alice");
    talk_add(talk, "d", "bob");
    talk_add(talk, "d", "carol");
    talk_add(talk, "e", "dave");
    answer = talk_contacts(talk, "alice");
    assert_int_equal(answer.verdict, STORE_OK);
    assert_int_equal(answer.count, 2);
    assert_string_equal(answer.users[0], "bob");
    assert_string_equal(answer.users[1], "carol");
}

static void bounds_contacts(void **state)
{
    struct talk_rig *talk = *state;

    talk_add(talk, "c", "alice");
    rig_sql(&talk->rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO conversation_members (conversation_id, user_id) SELECT 'c', 'u' || i"
        " FROM n");
    assert_int_equal(talk_contacts(talk, "alice").count, STORE_CONTACTS_MAX);
}

static void says_when_they_were_last_seen_by_any_gateway(void **state)
{
    static const char *const users[] = {"alice", "never", "bob"};
    struct talk_rig *talk = *state;
    struct talk_answer answer;

    rig_sql(&talk->rig, "INSERT INTO presence VALUES ('alice', 'x', 0, '2020-01-01T00:00:00.000Z'),"
                        " ('alice', 'y', 0, '2020-01-01T00:00:01.500Z'),"
                        " ('bob', 'x', 0, '2021-01-01T00:00:00.000Z')");
    answer = talk_seen(talk, NULL, users, 3);
    assert_int_equal(answer.count, 3);
    assert_string_equal(answer.users[1], "never");
    assert_int_equal(answer.times[0], 1577836801500);
    assert_int_equal(answer.times[1], 0);
    assert_int_equal(answer.times[2], 1609459200000);
    assert_int_equal(talk_seen(talk, NULL, users, 0).count, 0);
}

static void says_it_to_those_alone_who_share_a_conversation(void **state)
{
    static const char *const users[] = {"alice", "stranger", "bob", "carol"};
    struct talk_rig *talk = *state;
    struct talk_answer answer;

    rig_sql(&talk->rig, "INSERT INTO presence VALUES ('bob', 'x', 0, '2021-01-01T00:00:00.000Z'),"
                        " ('stranger', 'x', 0, '2021-01-01T00:00:00.000Z')");
    rig_sql(&talk->rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        " INSERT INTO conversation_members (conversation_id, user_id)"
        " SELECT 'a' || i, 'alice' FROM n UNION ALL SELECT 's' || i, 'stranger' FROM n"
        " UNION ALL SELECT 'b' || i, 'bob' FROM n");
    talk_add(talk, "zebra", "alice");
    talk_add(talk, "zebra", "bob");
    talk_add(talk, "a250", "carol");
    answer = talk_seen(talk, "alice", users, 4);
    assert_int_equal(answer.verdict, STORE_OK);
    assert_int_equal(answer.count, 3);
    assert_string_equal(answer.users[1], "bob");
    assert_int_equal(answer.times[1], 1609459200000);
    assert_string_equal(answer.users[2], "carol");
}

static void gives_the_newest_conversations_of_one_who_has_many(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer answer;

    rig_sql(&talk->rig,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO conversation_members (conversation_id, user_id, joined_at)"
        " SELECT 'c' || i, 'alice', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now', '-' || i || ' "
        "minutes')"
        " FROM n");
    answer = talk_conversations(talk, "alice");
    assert_int_equal(answer.count, STORE_CONVERSATIONS_MAX);
    assert_string_equal(answer.users[0], "c1");
    assert_string_equal(answer.users[15], "c16");
    assert_int_equal(talk_conversations(talk, "nobody").count, 0);
}

static void tells_of_one_who_is_heeded_though_they_are_not_here(void **state)
{
    struct talk_rig *talk = *state;

    store_heed(talk->rig.store, "alice");
    store_heed(talk->rig.store, "alice");
    store_unheed(talk->rig.store, "alice");
    talk_conversations(talk, "alice");
    talk_add(talk, "c", "alice");
    assert_true(talk_await_members(talk, 1));
    assert_string_equal(talk->last_member, "alice");
    store_unheed(talk->rig.store, "alice");
    store_heed(talk->rig.store, "bob");
    talk_conversations(talk, "bob");
    talk_add(talk, "d", "alice");
    talk_add(talk, "d", "bob");
    assert_true(talk_await_members(talk, 2));
    assert_int_equal(talk->member_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            tells_who_left_a_joined_conversation, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_who_came_to_where_somebody_here_is_concerned, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(tells_what_is_true_by_then, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_no_message_before_who_was_put_out, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            takes_up_any_number_of_changes_in_turn, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            finds_whom_one_shares_a_conversation_with, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(bounds_contacts, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            says_when_they_were_last_seen_by_any_gateway, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            says_it_to_those_alone_who_share_a_conversation, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            gives_the_newest_conversations_of_one_who_has_many, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_of_one_who_is_heeded_though_they_are_not_here, talk_set_up, talk_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
