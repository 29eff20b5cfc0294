#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store/talk_rig.h"

static void stores_what_a_member_says_and_tells_it(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer said;
    char expected[512], iso[CLOCK_ISO_SIZE], text[512];

    talk_add(talk, "c", "alice");
    assert_int_equal(talk_join(talk, "alice", "c", -1).verdict, STORE_OK);
    said = talk_say(talk, &(struct store_saying){.user = "alice",
                              .name = "Al\"ice",
                              .conversation = "c",
                              .content = "hel\nlo",
                              .metadata = "{\"a\":[1]}",
                              .reference = "temp-1"});
    assert_int_equal(said.verdict, STORE_OK);
    assert_int_equal(said.said.id, 1);
    assert_false(said.said.repeated);
    assert_true(talk_await_messages(talk, 1));
    snprintf(expected, sizeof(expected),
        "{\"id\":\"1\",\"conversationId\":\"c\",\"senderId\":\"alice\","
        "\"senderName\":\"Al\\\"ice\",\"content\":\"hel\\nlo\",\"metadata\":{\"a\":[1]},"
        "\"timestamp\":\"%s\",\"tempId\":\"temp-1\",\"status\":\"sent\"}",
        clock_iso(said.said.at, iso));
    assert_string_equal(talk->last_message, expected);
    assert_string_equal(talk->last_conversation, "c");
    assert_string_equal(talk->last_sender, "alice");
    assert_string_equal(rig_text(&talk->rig, text, "SELECT created_at FROM messages"), iso);
}

static void refuses_one_who_is_no_member(void **state)
{
    struct talk_rig *talk = *state;

    talk_add(talk, "c", "bob");
    talk_add(talk, "d", "alice");
    assert_int_equal(talk_hello(talk, NULL).verdict, STORE_FORBIDDEN);
    assert_int_equal(talk_join(talk, "alice", "c", 0).verdict, STORE_FORBIDDEN);
    assert_int_equal(talk_history(talk, "alice", 0, 0, 10).verdict, STORE_FORBIDDEN);
    assert_int_equal(talk_member(talk, "alice", "c"), STORE_FORBIDDEN);
    assert_int_equal(talk_member(talk, "bob", "c"), STORE_OK);
    assert_int_equal(rig_integer(&talk->rig, "SELECT count(*) FROM messages"), 0);
}

static void lets_join_whom_the_caller_vouches_for(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer answer;

    talk_insert(talk, "c", "one");
    assert_int_equal(talk_member(talk, "alice", "c"), STORE_FORBIDDEN);
    answer = talk_join(talk, NULL, "c", 0);
    assert_int_equal(answer.verdict, STORE_OK);
    talk_insert(talk, "c", "two");
    assert_true(talk_await_messages(talk, 2 - answer.count));
    assert_int_equal(talk->messages[talk->message_count - 1], 2);
}

static void takes_the_same_again_for_the_same_message(void **state)
{
    struct talk_rig *talk = *state;
    struct store_saying other = {
        .user = "alice", .conversation = "c", .content = "other", .reference = "1"};
    struct talk_answer first, again;

    talk_add(talk, "c", "alice");
    first = talk_hello(talk, "1");
    again = talk_hello(talk, "1");
    assert_true(again.said.repeated);
    assert_int_equal(again.said.id, first.said.id);
    assert_int_equal(again.said.at, first.said.at);
    assert_int_equal(talk_say(talk, &other).said.id, 2);
    assert_int_equal(talk_hello(talk, "2").said.id, 3);
    assert_int_equal(talk_hello(talk, NULL).said.id, 4);
    assert_int_equal(talk_hello(talk, NULL).said.id, 5);
    talk->rig.wall_offset = 599000;
    assert_true(talk_hello(talk, "1").said.repeated);
    talk->rig.wall_offset = 601000;
    assert_int_equal(talk_hello(talk, "1").said.id, 6);
}

static void finds_a_repetition_within_one_transaction(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer answers[4] = {{.is_there = false}};
    struct store_saying saying = {
        .user = "alice", .conversation = "c", .content = "hello", .reference = "r"};

    talk_add(talk, "c", "alice");
    for (size_t i = 0; i < 4; i++)
        store_say(talk->rig.store, &saying, talk_on_said, &answers[i]);
    assert_true(talk_await(talk, &answers[3], TALK_SOON_MS));
    assert_false(answers[0].said.repeated);
    assert_true(answers[1].said.repeated && answers[2].said.repeated && answers[3].said.repeated);
    assert_int_equal(rig_integer(&talk->rig, "SELECT count(*) FROM messages"), 1);
}

static void answers_invalid_where_the_table_refuses_and_stores_the_next(void **state)
{
    struct talk_rig *talk = *state;
    struct store_saying empty = {.user = "alice", .conversation = "c", .content = ""};

    talk_add(talk, "c", "alice");
    assert_int_equal(talk_say(talk, &empty).verdict, STORE_INVALID);
    assert_int_equal(talk_hello(talk, NULL).verdict, STORE_OK);
}

static void cuts_a_name_to_what_the_table_takes(void **state)
{
    struct talk_rig *talk = *state;
    char name[2001] = "";
    struct store_saying saying = {
        .user = "alice", .name = name, .conversation = "c", .content = "hello"};

    for (size_t i = 0; i < 1998; i += 3)
        memcpy(name + i, "\xe2\x82\xac", 4);
    talk_add(talk, "c", "alice");
    assert_int_equal(talk_say(talk, &saying).verdict, STORE_OK);
    assert_int_equal(rig_integer(&talk->rig, "SELECT length(sender_name) FROM messages"), 341);
}

static void waits_for_a_locked_file_and_then_stores(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer answer = {.is_there = false};
    struct store_saying saying = {.user = "alice", .conversation = "c", .content = "hello"};

    talk_add(talk, "c", "alice");
    rig_sql(&talk->rig, "BEGIN IMMEDIATE");
    store_say(talk->rig.store, &saying, talk_on_said, &answer);
    assert_false(talk_await(talk, &answer, 300));
    assert_int_equal(talk_history(talk, "alice", 0, 0, 1).count, 0);
    rig_sql(&talk->rig, "COMMIT");
    assert_true(talk_await(talk, &answer, TALK_SOON_MS));
    assert_int_equal(answer.verdict, STORE_OK);
}

static void gives_up_on_a_file_that_stays_locked(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer answer;

    talk_add(talk, "c", "alice");
    rig_sql(&talk->rig, "BEGIN IMMEDIATE");
    answer = talk_hello(talk, "1");
    assert_int_equal(answer.verdict, STORE_UNAVAILABLE);
    rig_sql(&talk->rig, "COMMIT");
    assert_false(talk_hello(talk, "1").said.repeated);
    assert_int_equal(rig_integer(&talk->rig, "SELECT count(*) FROM messages"), 1);
}

static void tells_what_another_program_inserts(void **state)
{
    struct talk_rig *talk = *state;

    talk_add(talk, "c", "alice");
    talk_join(talk, "alice", "c", -1);
    rig_sql(&talk->rig, "INSERT INTO messages (conversation_id, sender_id, content, created_at)"
                        " VALUES ('elsewhere', 'bob', 'x', '2026-11-22T19:19:00.123Z'),"
                        " ('c', 'bob', 'hi', '2026-11-22T19:19:00.123Z')");
    assert_true(talk_await_messages(talk, 1));
    assert_string_equal(talk->last_message,
        "{\"id\":\"2\",\"conversationId\":\"c\",\"senderId\":\"bob\",\"senderName\":\"bob\","
        "\"content\":\"hi\",\"timestamp\":\"2026-11-22T19:19:00.123Z\",\"status\":\"sent\"}");
}

static void tells_in_order_without_gap_behind_the_answer_to_a_join(void **state)
{
    struct talk_rig *talk = *state;

    FILE *shell = rig_shell(&talk->rig);
    struct talk_answer answer;
    int64_t next;

    talk_add(talk, "c", "alice");
    fprintf(shell, ".timeout 20000\n");
    for (int i = 0; i < 2000; i++)
        fprintf(shell, "INSERT INTO messages (conversation_id, sender_id, content)"
                       " VALUES ('c', 'bot', 'hi');\n");
    fflush(shell);
    answer = talk_join(talk, "alice", "c", 0);
    while (answer.count < 10 || answer.has_more) {
        store_part(talk->rig.store, "c");
        /* Answered behind all that was told until then. */
        talk_member(talk, "alice", "c");
        talk->message_count = 0;
        answer = talk_join(talk, "alice", "c",
            rig_integer(&talk->rig, "SELECT max(0, coalesce(max(id), 0) - 10) FROM messages"));
    }
    assert_int_equal(pclose(shell), 0);
    next = answer.ids[answer.count - 1] + 1;
    assert_true(talk_await_messages(talk, (size_t)(2001 - next)));
    for (size_t i = 0; i < talk->message_count; i++)
        assert_int_equal(talk->messages[i], next + (int64_t)i);
}

static void tells_as_long_as_one_of_many_has_joined(void **state)
{
    struct talk_rig *talk = *state;

    talk_add(talk, "c", "alice");
    talk_join(talk, "alice", "c", -1);
    talk_join(talk, "alice", "c", -1);
    store_part(talk->rig.store, "c");
    talk_insert(talk, "c", "one");
    assert_true(talk_await_messages(talk, 1));
    store_part(talk->rig.store, "c");
    assert_int_equal(talk_member(talk, "alice", "c"), STORE_OK);
    talk_insert(talk, "c", "two");
    talk_join(talk, "alice", "c", -1);
    talk_insert(talk, "c", "three");
    while (talk->messages[talk->message_count - 1] < 3)
        rig_idle(&talk->rig, 1);
    assert_true(talk->message_count <= 3);
}

static void answers_a_join_with_what_was_missed_the_oldest_first(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer answer;

    talk_add(talk, "c", "alice");
    talk_join(talk, "alice", "c", -1);
    for (int i = 0; i < 105; i++)
        talk_insert(talk, "c", "hi");
    talk_insert(talk, "d", "elsewhere");
    assert_true(talk_await_messages(talk, 105));
    answer = talk_join(talk, "alice", "c", 3);
    assert_int_equal(answer.count, 100);
    assert_int_equal(answer.ids[0], 4);
    assert_int_equal(answer.ids[99], 103);
    assert_true(answer.has_more);
    answer = talk_join(talk, "alice", "c", 103);
    assert_int_equal(answer.count, 2);
    assert_false(answer.has_more);
    answer = talk_join(talk, "alice", "c", 99999);
    assert_int_equal(answer.count, 0);
    assert_false(answer.has_more);
    assert_int_equal(talk_join(talk, "alice", "c", -1).count, 0);
}

static void reads_history_either_way_in_order(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer answer;

    talk_add(talk, "c", "alice");
    for (int i = 0; i < 10; i++)
        talk_insert(talk, "c", "hi");
    answer = talk_history(talk, "alice", 0, 0, 3);
    assert_int_equal(answer.count, 3);
    assert_int_equal(answer.ids[0], 8);
    assert_int_equal(answer.ids[2], 10);
    assert_true(answer.has_more);
    answer = talk_history(talk, "alice", 3, 0, 3);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ids[0], 1);
    assert_false(answer.has_more);
    answer = talk_history(talk, "alice", 0, 6, 3);
    assert_int_equal(answer.ids[0], 7);
    assert_int_equal(answer.ids[2], 9);
    assert_true(answer.has_more);
    assert_int_equal(talk_history(talk, "alice", 0, 0, 100000).count, 10);
}

static void bounds_an_answer_in_octets_too(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer answer;

    talk_add(talk, "c", "alice");
    for (int i = 0; i < 20; i++)
        rig_sql(&talk->rig, "INSERT INTO messages (conversation_id, sender_id, content)"
                            " VALUES ('c', 'bot', hex(zeroblob(16384)))");
    answer = talk_history(talk, "alice", 0, 0, 100);
    assert_true(answer.octets < 200000);
    assert_true(answer.has_more);
    assert_int_equal(answer.ids[answer.count - 1], 20);
}

static void finds_in_a_history_what_it_said_was_stored(void **state)
{
    struct talk_rig *talk = *state;

    talk_add(talk, "c", "alice");
    for (int i = 1; i < 50; i++) {
        assert_int_equal(talk_hello(talk, NULL).verdict, STORE_OK);
        assert_int_equal(talk_history(talk, "alice", 0, 0, 1).ids[0], i);
    }
}

static void passes_by_what_cannot_be_sent_and_logs_it_once(void **state)
{
    static const char *const bad[] = {
        "('c', 'bob', NULL, CAST(x'ff' AS TEXT), NULL, NULL)",
        "('c', 'bob', NULL, 'x' || char(0), NULL, NULL)",
        "('c', 'bob', NULL, '', NULL, NULL)",
        "('c', 'bob', NULL, hex(zeroblob(20000)), NULL, NULL)",
        "('c', '', NULL, 'x', NULL, NULL)",
        "('c', 'bob', CAST(x'ff' AS TEXT), 'x', NULL, NULL)",
        "('c', 'bob', NULL, 'x', '{\"a\":1,\"a\":2}', NULL)",
        "('c', 'bob', NULL, 'x', '{nonsense', NULL)",
        "('c', 'bob', NULL, 'x', '\"' || CAST(x'ff' AS TEXT) || '\"', NULL)",
        "('c', 'bob', NULL, 'x', NULL, '')",
    };
    struct talk_rig *talk = *state;

    talk_add(talk, "c", "alice");
    talk_join(talk, "alice", "c", -1);
    rig_sql(&talk->rig, "PRAGMA ignore_check_constraints = ON");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        rig_sql(&talk->rig,
            "INSERT INTO messages (conversation_id, sender_id, sender_name,"
            " content, metadata, client_ref) VALUES %s",
            bad[i]);
    rig_sql(&talk->rig, "INSERT INTO messages (conversation_id, sender_id, content, created_at)"
                        " VALUES ('c', 'bob', 'x', 'yesterday')");
    talk_insert(talk, "c", "good");
    assert_true(talk_await_messages(talk, 1));
    assert_int_equal(talk->messages[0], 12);
    assert_true(rig_logged(&talk->rig, "message 1 cannot be sent: content is not UTF-8"));
    assert_true(rig_logged(&talk->rig, "message 11 cannot be sent: created_at"));
    assert_int_equal(talk_join(talk, "alice", "c", 0).count, 1);
    assert_int_equal(talk_history(talk, "alice", 0, 0, 100).count, 1);
}

static void begins_anew_where_the_ids_of_messages_go_back(void **state)
{
    struct talk_rig *talk = *state;

    talk_add(talk, "c", "alice");
    talk_join(talk, "alice", "c", -1);
    talk_insert(talk, "c", "one");
    assert_true(talk_await_messages(talk, 1));
    rig_sql(&talk->rig, "BEGIN; DELETE FROM messages;"
                        "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'messages'; COMMIT");
    assert_true(rig_await(&talk->rig, RIG_REPLACED, 1, TALK_SOON_MS));
    talk_insert(talk, "c", "unheard");
    talk_join(talk, "alice", "c", 0);
    /* Who had joined the other queue leaves late. */
    store_part(talk->rig.store, "c");
    talk_insert(talk, "c", "two");
    assert_true(talk_await_messages(talk, 2));
    assert_int_equal(talk->messages[1], 2);
}

static void refuses_what_was_not_stored_when_it_ends(void **state)
{
    struct talk_rig *talk = *state;
    struct talk_answer answer = {.is_there = false};
    struct store_saying saying = {.user = "alice", .conversation = "c", .content = "hello"};

    talk_add(talk, "c", "alice");
    store_say(talk->rig.store, &saying, talk_on_said, &answer);
    rig_stop(&talk->rig);
    assert_true(answer.is_there);
    assert_int_equal(rig_integer(&talk->rig, "SELECT count(*) FROM messages"),
        answer.verdict == STORE_OK ? 1 : 0);
}

static void removes_old_messages_where_days_are_set(void **state)
{
    struct talk_rig *talk = *state;

    rig_stop(&talk->rig);
    talk_insert(talk, "c", "new");
    rig_sql(&talk->rig, "INSERT INTO messages (conversation_id, sender_id, content, created_at)"
                        " VALUES ('c', 'bob', 'x', '2020-01-01T00:00:00.000Z')");
    talk->rig.settings.retain_messages_days = 7;
    rig_start(&talk->rig);
    assert_true(rig_await_integer(&talk->rig, "SELECT count(*) FROM messages", 1, TALK_SOON_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            stores_what_a_member_says_and_tells_it, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(refuses_one_who_is_no_member, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            lets_join_whom_the_caller_vouches_for, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            takes_the_same_again_for_the_same_message, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            finds_a_repetition_within_one_transaction, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(answers_invalid_where_the_table_refuses_and_stores_the_next,
            talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            cuts_a_name_to_what_the_table_takes, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            waits_for_a_locked_file_and_then_stores, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            gives_up_on_a_file_that_stays_locked, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_what_another_program_inserts, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_in_order_without_gap_behind_the_answer_to_a_join, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_as_long_as_one_of_many_has_joined, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            answers_a_join_with_what_was_missed_the_oldest_first, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            reads_history_either_way_in_order, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            bounds_an_answer_in_octets_too, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            finds_in_a_history_what_it_said_was_stored, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            passes_by_what_cannot_be_sent_and_logs_it_once, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            begins_anew_where_the_ids_of_messages_go_back, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            refuses_what_was_not_stored_when_it_ends, talk_set_up, talk_tear_down),
        cmocka_unit_test_setup_teardown(
            removes_old_messages_where_days_are_set, talk_set_up, talk_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
