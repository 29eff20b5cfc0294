#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store/topics_rig.h"

static void stores_what_a_member_says_and_tells_it(void **state)
{
    struct topics_rig *topics = *state;
    struct asked said;
    char expected[512], iso[CLOCK_ISO_SIZE], text[512];

    add_member(topics, "c", "alice");
    assert_int_equal(ask_join(topics, "alice", "c", -1).verdict, STORE_OK);
    said = ask_say(topics, &(struct store_saying){.user = "alice",
                               .name = "Al\"ice",
                               .conversation = "c",
                               .content = "hel\nlo",
                               .metadata = "{\"a\": [1]}",
                               .reference = "temp-1"});
    assert_int_equal(said.verdict, STORE_OK);
    assert_int_equal(said.said.id, 1);
    assert_false(said.said.repeated);
    assert_true(await_messages(topics, 1));
    snprintf(expected, sizeof(expected),
        "{\"id\":\"1\",\"conversationId\":\"c\",\"senderId\":\"alice\","
        "\"senderName\":\"Al\\\"ice\",\"content\":\"hel\\nlo\",\"metadata\":{\"a\": [1]},"
        "\"timestamp\":\"%s\",\"tempId\":\"temp-1\",\"status\":\"sent\"}",
        clock_iso(said.said.at, iso));
    assert_string_equal(topics->last_message, expected);
    assert_string_equal(topics->last_conversation, "c");
    assert_string_equal(topics->last_sender, "alice");
    assert_string_equal(rig_text(&topics->rig, text, "SELECT created_at FROM messages"), iso);
}

static void refuses_one_who_is_no_member(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "bob");
    add_member(topics, "d", "alice");
    assert_int_equal(ask_hello(topics, NULL).verdict, STORE_FORBIDDEN);
    assert_int_equal(ask_join(topics, "alice", "c", 0).verdict, STORE_FORBIDDEN);
    assert_int_equal(ask_history(topics, "alice", 0, 0, 10).verdict, STORE_FORBIDDEN);
    assert_int_equal(ask_member(topics, "alice", "c"), STORE_FORBIDDEN);
    assert_int_equal(ask_member(topics, "bob", "c"), STORE_OK);
    assert_int_equal(rig_integer(&topics->rig, "SELECT count(*) FROM messages"), 0);
}

static void lets_join_whom_the_caller_vouches_for(void **state)
{
    struct topics_rig *topics = *state;
    struct asked answer;

    insert_message(topics, "c", "one");
    assert_int_equal(ask_member(topics, "alice", "c"), STORE_FORBIDDEN);
    assert_int_equal(ask_history(topics, NULL, 0, 0, 10).count, 1);
    answer = ask_join(topics, NULL, "c", 0);
    assert_int_equal(answer.verdict, STORE_OK);
    insert_message(topics, "c", "two");
    assert_true(await_messages(topics, 2 - answer.count));
    assert_int_equal(topics->messages[topics->message_count - 1], 2);
}

static void takes_the_same_again_for_the_same_message(void **state)
{
    struct topics_rig *topics = *state;
    struct store_saying other = {
        .user = "alice", .conversation = "c", .content = "other", .reference = "1"};
    struct asked first, again;

    add_member(topics, "c", "alice");
    first = ask_hello(topics, "1");
    again = ask_hello(topics, "1");
    assert_true(again.said.repeated);
    assert_int_equal(again.said.id, first.said.id);
    assert_int_equal(again.said.at, first.said.at);
    assert_int_equal(ask_say(topics, &other).said.id, 2);
    assert_int_equal(ask_hello(topics, "2").said.id, 3);
    assert_int_equal(ask_hello(topics, NULL).said.id, 4);
    assert_int_equal(ask_hello(topics, NULL).said.id, 5);
    topics->rig.wall_offset = 599000;
    assert_true(ask_hello(topics, "1").said.repeated);
    topics->rig.wall_offset = 601000;
    assert_int_equal(ask_hello(topics, "1").said.id, 6);
}

static void finds_a_repetition_within_one_transaction(void **state)
{
    struct topics_rig *topics = *state;
    struct asked answers[4] = {{.is_there = false}};
    struct store_saying saying = {
        .user = "alice", .conversation = "c", .content = "hello", .reference = "r"};

    add_member(topics, "c", "alice");
    for (size_t i = 0; i < 4; i++)
        store_say(topics->rig.store, &saying, asked_said, &answers[i]);
    assert_true(await_asked(topics, &answers[3], TOPICS_SOON_MS));
    assert_false(answers[0].said.repeated);
    assert_true(answers[1].said.repeated && answers[2].said.repeated && answers[3].said.repeated);
    assert_int_equal(rig_integer(&topics->rig, "SELECT count(*) FROM messages"), 1);
}

static void answers_invalid_where_the_table_refuses_and_stores_the_next(void **state)
{
    struct topics_rig *topics = *state;
    struct store_saying empty = {.user = "alice", .conversation = "c", .content = ""};

    add_member(topics, "c", "alice");
    assert_int_equal(ask_say(topics, &empty).verdict, STORE_INVALID);
    assert_int_equal(ask_hello(topics, NULL).verdict, STORE_OK);
}

static void cuts_a_name_to_what_the_table_takes(void **state)
{
    struct topics_rig *topics = *state;
    char name[2001] = "";
    struct store_saying saying = {
        .user = "alice", .name = name, .conversation = "c", .content = "hello"};

    for (size_t i = 0; i < 1998; i += 3)
        memcpy(name + i, "\xe2\x82\xac", 4);
    add_member(topics, "c", "alice");
    assert_int_equal(ask_say(topics, &saying).verdict, STORE_OK);
    assert_int_equal(rig_integer(&topics->rig, "SELECT length(sender_name) FROM messages"), 341);
}

static void waits_for_a_lock_and_then_stores(void **state)
{
    struct topics_rig *topics = *state;
    struct asked answer = {.is_there = false};
    struct store_saying saying = {.user = "alice", .conversation = "c", .content = "hello"};

    add_member(topics, "c", "alice");
    rig_lock(&topics->rig);
    store_say(topics->rig.store, &saying, asked_said, &answer);
    assert_false(await_asked(topics, &answer, 300));
    assert_int_equal(ask_history(topics, "alice", 0, 0, 1).count, 0);
    rig_sql(&topics->rig, "COMMIT");
    assert_true(await_asked(topics, &answer, TOPICS_SOON_MS));
    assert_int_equal(answer.verdict, STORE_OK);
}

static void gives_up_on_a_lock_that_stays(void **state)
{
    struct topics_rig *topics = *state;
    struct asked answer;

    add_member(topics, "c", "alice");
    rig_lock(&topics->rig);
    answer = ask_hello(topics, "1");
    assert_int_equal(answer.verdict, STORE_UNAVAILABLE);
    rig_sql(&topics->rig, "COMMIT");
    assert_false(ask_hello(topics, "1").said.repeated);
    assert_int_equal(rig_integer(&topics->rig, "SELECT count(*) FROM messages"), 1);
}

static void tells_what_another_program_inserts(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    rig_sql(&topics->rig, "INSERT INTO messages (conversation_id, sender_id, content, created_at)"
                          " VALUES ('elsewhere', 'bob', 'x', '2026-11-22T19:19:00.123Z'),"
                          " ('c', 'bob', 'hi', '2026-11-22T19:19:00.123Z')");
    assert_true(await_messages(topics, 1));
    assert_string_equal(topics->last_message,
        "{\"id\":\"2\",\"conversationId\":\"c\",\"senderId\":\"bob\",\"senderName\":\"bob\","
        "\"content\":\"hi\",\"timestamp\":\"2026-11-22T19:19:00.123Z\",\"status\":\"sent\"}");
}

static void tells_in_order_without_gap_behind_the_answer_to_a_join(void **state)
{
    struct topics_rig *topics = *state;

    FILE *shell = rig_shell(&topics->rig);
    struct asked answer;
    int64_t next;

    add_member(topics, "c", "alice");
    fprintf(shell, ".timeout 20000\n");
    for (int i = 0; i < 2000; i++)
        fprintf(shell, "INSERT INTO messages (conversation_id, sender_id, content)"
                       " VALUES ('c', 'bot', 'hi');\n");
    fflush(shell);
    answer = ask_join(topics, "alice", "c", 0);
    while (answer.count < 10 || answer.has_more) {
        store_leave(topics->rig.store, "c");
        /* Answered after everything that was reported before. */
        ask_member(topics, "alice", "c");
        topics->message_count = 0;
        answer = ask_join(topics, "alice", "c",
            rig_integer(&topics->rig, "SELECT max(0, coalesce(max(id), 0) - 10) FROM messages"));
    }
    assert_int_equal(pclose(shell), 0);
    next = answer.ids[answer.count - 1] + 1;
    assert_true(await_messages(topics, (size_t)(2001 - next)));
    for (size_t i = 0; i < topics->message_count; i++)
        assert_int_equal(topics->messages[i], next + (int64_t)i);
}

static void tells_as_long_as_one_of_many_has_joined(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    ask_join(topics, "alice", "c", -1);
    store_leave(topics->rig.store, "c");
    insert_message(topics, "c", "one");
    assert_true(await_messages(topics, 1));
    store_leave(topics->rig.store, "c");
    assert_int_equal(ask_member(topics, "alice", "c"), STORE_OK);
    insert_message(topics, "c", "two");
    ask_join(topics, "alice", "c", -1);
    insert_message(topics, "c", "three");
    while (topics->messages[topics->message_count - 1] < 3)
        rig_idle(&topics->rig, 1);
    assert_true(topics->message_count <= 3);
}

static void answers_a_join_with_what_was_missed_the_oldest_first(void **state)
{
    struct topics_rig *topics = *state;
    struct asked answer;

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    for (int i = 0; i < 105; i++)
        insert_message(topics, "c", "hi");
    insert_message(topics, "d", "elsewhere");
    assert_true(await_messages(topics, 105));
    answer = ask_join(topics, "alice", "c", 3);
    assert_int_equal(answer.count, 100);
    assert_int_equal(answer.ids[0], 4);
    assert_int_equal(answer.ids[99], 103);
    assert_true(answer.has_more);
    answer = ask_join(topics, "alice", "c", 103);
    assert_int_equal(answer.count, 2);
    assert_false(answer.has_more);
    answer = ask_join(topics, "alice", "c", 99999);
    assert_int_equal(answer.count, 0);
    assert_false(answer.has_more);
    assert_int_equal(ask_join(topics, "alice", "c", -1).count, 0);
}

/* Whoever has had the 300th, from another gateway, must not be told it again as news. */
static void lets_join_behind_a_message_once_it_was_told(void **state)
{
    struct topics_rig *topics = *state;
    struct asked answer;

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    rig_sql(&topics->rig, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                          " WHERE i < 1000) INSERT INTO messages (conversation_id, sender_id,"
                          " content) SELECT 'c', 'bob', 'many' FROM n");
    answer = ask_join(topics, "alice", "c", 300);
    assert_int_equal(answer.verdict, STORE_OK);
    assert_true(answer.upto >= 300);
    assert_true(await_messages(topics, 1000));
    assert_int_equal(ask_join(topics, "alice", "c", 99999).verdict, STORE_OK);
}

static void reads_history_either_way_in_order(void **state)
{
    struct topics_rig *topics = *state;
    struct asked answer;

    add_member(topics, "c", "alice");
    for (int i = 0; i < 10; i++)
        insert_message(topics, "c", "hi");
    answer = ask_history(topics, "alice", 0, 0, 3);
    assert_int_equal(answer.count, 3);
    assert_int_equal(answer.ids[0], 8);
    assert_int_equal(answer.ids[2], 10);
    assert_true(answer.has_more);
    answer = ask_history(topics, "alice", 3, 0, 3);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ids[0], 1);
    assert_false(answer.has_more);
    answer = ask_history(topics, "alice", 0, 6, 3);
    assert_int_equal(answer.ids[0], 7);
    assert_int_equal(answer.ids[2], 9);
    assert_true(answer.has_more);
    assert_int_equal(ask_history(topics, "alice", 0, 0, 100000).count, 10);
}

static void bounds_an_answer_in_octets_too(void **state)
{
    struct topics_rig *topics = *state;
    char content[32769];
    struct asked answer;

    memset(content, 'x', sizeof(content) - 1);
    content[sizeof(content) - 1] = '\0';
    add_member(topics, "c", "alice");
    for (int i = 0; i < 20; i++)
        insert_message(topics, "c", content);
    answer = ask_history(topics, "alice", 0, 0, 100);
    assert_true(answer.octets < 200000);
    assert_true(answer.has_more);
    assert_int_equal(answer.ids[answer.count - 1], 20);
}

static void finds_in_a_history_what_it_said_was_stored(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    for (int i = 1; i < 50; i++) {
        assert_int_equal(ask_hello(topics, NULL).verdict, STORE_OK);
        assert_int_equal(ask_history(topics, "alice", 0, 0, 1).ids[0], i);
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
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    rig_sql(&topics->rig, "PRAGMA ignore_check_constraints = ON");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        rig_sql(&topics->rig,
            "INSERT INTO messages (conversation_id, sender_id, sender_name,"
            " content, metadata, client_ref) VALUES %s",
            bad[i]);
    rig_sql(&topics->rig, "INSERT INTO messages (conversation_id, sender_id, content, created_at)"
                          " VALUES ('c', 'bob', 'x', 'yesterday')");
    insert_message(topics, "c", "good");
    assert_true(await_messages(topics, 1));
    assert_int_equal(topics->messages[0], 12);
    assert_true(rig_logged(&topics->rig, "message 1 cannot be sent: content is not UTF-8"));
    assert_true(rig_logged(&topics->rig, "message 11 cannot be sent: created_at"));
    assert_int_equal(ask_join(topics, "alice", "c", 0).count, 1);
    assert_int_equal(ask_history(topics, "alice", 0, 0, 100).count, 1);
}

static void begins_anew_where_the_ids_of_messages_go_back(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    ask_join(topics, "alice", "c", -1);
    insert_message(topics, "c", "one");
    assert_true(await_messages(topics, 1));
    rig_sql(&topics->rig, "BEGIN; DELETE FROM messages;"
                          "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'messages'; COMMIT");
    assert_true(rig_await(&topics->rig, RIG_REPLACED, 1, TOPICS_SOON_MS));
    insert_message(topics, "c", "unheard");
    ask_join(topics, "alice", "c", 0);
    /* A member of the other queue's conversation leaves late. */
    store_leave(topics->rig.store, "c");
    insert_message(topics, "c", "two");
    assert_true(await_messages(topics, 2));
    assert_int_equal(topics->messages[1], 2);
}

static void refuses_what_was_not_stored_when_it_ends(void **state)
{
    struct topics_rig *topics = *state;
    struct asked answer = {.is_there = false};
    struct store_saying saying = {.user = "alice", .conversation = "c", .content = "hello"};

    add_member(topics, "c", "alice");
    store_say(topics->rig.store, &saying, asked_said, &answer);
    rig_stop(&topics->rig);
    assert_true(answer.is_there);
    assert_int_equal(rig_integer(&topics->rig, "SELECT count(*) FROM messages"),
        answer.verdict == STORE_OK ? 1 : 0);
}

static void removes_old_messages_where_days_are_set(void **state)
{
    struct topics_rig *topics = *state;

    rig_stop(&topics->rig);
    insert_message(topics, "c", "new");
    rig_sql(&topics->rig, "INSERT INTO messages (conversation_id, sender_id, content, created_at)"
                          " VALUES ('c', 'bob', 'x', '2020-01-01T00:00:00.000Z')");
    topics->rig.settings.retain_messages_days = 7;
    rig_start(&topics->rig);
    assert_true(
        rig_await_integer(&topics->rig, "SELECT count(*) FROM messages", 1, TOPICS_SOON_MS));
}

/* The trigger records it, but nothing here needs it. */
static void clears_away_that_messages_were_deleted(void **state)
{
    struct topics_rig *topics = *state;

    add_member(topics, "c", "alice");
    insert_message(topics, "c", "one");
    rig_sql(&topics->rig, "DELETE FROM messages");
    assert_int_equal(ask_hello(topics, NULL).verdict, STORE_OK);
    assert_int_equal(rig_integer(&topics->rig, "SELECT count(*) FROM changes"), 0);
}

int main(void)
{
    const struct CMUnitTest contract[] = {
        cmocka_unit_test_setup_teardown(
            stores_what_a_member_says_and_tells_it, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            refuses_one_who_is_no_member, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            lets_join_whom_the_caller_vouches_for, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            takes_the_same_again_for_the_same_message, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            finds_a_repetition_within_one_transaction, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(answers_invalid_where_the_table_refuses_and_stores_the_next,
            topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            cuts_a_name_to_what_the_table_takes, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_what_another_program_inserts, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            tells_as_long_as_one_of_many_has_joined, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            answers_a_join_with_what_was_missed_the_oldest_first, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            lets_join_behind_a_message_once_it_was_told, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            reads_history_either_way_in_order, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            bounds_an_answer_in_octets_too, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            finds_in_a_history_what_it_said_was_stored, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            refuses_what_was_not_stored_when_it_ends, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            removes_old_messages_where_days_are_set, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            waits_for_a_lock_and_then_stores, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            gives_up_on_a_lock_that_stays, topics_set_up, topics_tear_down),
    };
    const struct CMUnitTest of_files[] = {
        cmocka_unit_test_setup_teardown(tells_in_order_without_gap_behind_the_answer_to_a_join,
            topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            passes_by_what_cannot_be_sent_and_logs_it_once, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            begins_anew_where_the_ids_of_messages_go_back, topics_set_up, topics_tear_down),
        cmocka_unit_test_setup_teardown(
            clears_away_that_messages_were_deleted, topics_set_up, topics_tear_down),
    };

    return RIG_RUN(contract, of_files);
}
