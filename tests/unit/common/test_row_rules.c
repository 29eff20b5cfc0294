/* The limits in the code are equal to those in the CHECKs of the tables. */

#include "tests/unit/queue_file.h"

#include "common/row_rules.h"
#include "common/text.h"

/* A statement with one %s, for a text of any length. */
static const struct {
    const char *sql;
    int least, most;
} limits[] = {
    {"notifications (user_id, title) VALUES (%s, 'x')", 1, ROW_ID_MAX},
    {"notifications (user_id, title) VALUES ('x', %s)", 1, ROW_TITLE_MAX},
    {"notifications (user_id, title, type) VALUES ('x', 'x', %s)", 1, ROW_TYPE_MAX},
    {"notifications (user_id, title, body) VALUES ('x', 'x', %s)", 0, ROW_BODY_MAX},
    {"notifications (user_id, title, idempotency_key) VALUES ('x', 'x', %s)", 1, ROW_ID_MAX},
    {"notifications (user_id, title, data) VALUES ('x', 'x', '{\"x\":\"' || substr(%s, 9) || "
     "'\"}')",
        9, ROW_DATA_MAX},
    {"broadcasts (topic, event) VALUES (%s, 'x')", 1, ROW_TOPIC_MAX},
    {"broadcasts (topic, event) VALUES ('*', %s)", 1, ROW_EVENT_CHARACTERS_MAX},
    {"broadcasts (topic, event) VALUES ('*', replace(%s, ' ', 'ä'))", 1, ROW_EVENT_CHARACTERS_MAX},
    {"broadcasts (topic, event, data) VALUES ('*', 'x', '\"' || substr(%s, 3) || '\"')", 3,
        ROW_DATA_MAX},
    {"conversations (id) VALUES (%s)", 1, ROW_ID_MAX},
    {"conversations (id, title) VALUES (hex(randomblob(8)), %s)", 0, ROW_TITLE_MAX},
    {"conversation_members (conversation_id, user_id) VALUES (%s, 'x')", 1, ROW_ID_MAX},
    {"conversation_members (conversation_id, user_id) VALUES ('x', %s)", 1, ROW_ID_MAX},
    {"messages (conversation_id, sender_id, content) VALUES (%s, 'x', 'x')", 1, ROW_ID_MAX},
    {"messages (conversation_id, sender_id, content) VALUES ('x', %s, 'x')", 1, ROW_ID_MAX},
    {"messages (conversation_id, sender_id, content) VALUES ('x', 'x', %s)", 1, ROW_CONTENT_MAX},
    {"messages (conversation_id, sender_id, content, sender_name) VALUES ('x', 'x', 'x', %s)", 0,
        ROW_NAME_MAX},
    {"messages (conversation_id, sender_id, content, client_ref) VALUES ('x', 'x', 'x', %s)", 1,
        ROW_ID_MAX},
    {"messages (conversation_id, sender_id, content, metadata) VALUES ('x', 'x', 'x', "
     "'\"' || substr(%s, 3) || '\"')",
        3, ROW_METADATA_MAX},
};

static void statement_make(char *out, size_t size, size_t row, int len)
{
    char value[32], sql[256];

    snprintf(value, sizeof value, "printf('%%%ds', '')", len);
    if (len == 0)
        snprintf(value, sizeof value, "''");
    snprintf(sql, sizeof sql, "INSERT INTO %s", limits[row].sql);
    char *hole = strstr(sql, "%s");
    *hole = '\0';
    snprintf(out, size, "%s%s%s", sql, value, hole + 2);
}

static void each_limit_is_that_of_its_column(void **state)
{
    struct queue_file *queue = queue_file_made(state);
    char sql[512];

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        statement_make(sql, sizeof sql, i, limits[i].least);
        queue_file_run(queue, sql);
        statement_make(sql, sizeof sql, i, limits[i].most);
        queue_file_run(queue, sql);
        statement_make(sql, sizeof sql, i, limits[i].most + 1);
        assert_refused(queue, sql, "CHECK constraint failed");
        if (limits[i].least != 1)
            continue;
        statement_make(sql, sizeof sql, i, 0);
        assert_refused(queue, sql, "CHECK constraint failed");
    }
}

static void priorities_and_reserved_events_are_those_of_the_checks(void **state)
{
    static const char *const words[] = {"low", "normal", "high", "urgent", "High", "", "none",
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
        "Connect", "message"};
    struct queue_file *queue = queue_file_made(state);
    char sql[256];

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        snprintf(sql, sizeof sql,
            "INSERT INTO notifications (user_id, title, priority) VALUES ('a', 'b', '%s')",
            words[i]);
        if (row_is_priority(words[i]))
            queue_file_run(queue, sql);
        else
            assert_refused(queue, sql, "priority must be low, normal, high or urgent");
        snprintf(
            sql, sizeof sql, "INSERT INTO broadcasts (topic, event) VALUES ('*', 'x%s')", words[i]);
        queue_file_run(queue, sql);
        snprintf(
            sql, sizeof sql, "INSERT INTO broadcasts (topic, event) VALUES ('*', '%s')", words[i]);
        if (row_event_is_reserved(words[i]))
            assert_refused(queue, sql, "event must not be a name that socket.io keeps for itself");
        else if (*words[i])
            queue_file_run(queue, sql);
    }
}

static void characters_are_counted_as_sqlite_counts_them(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    assert_int_equal(text_characters("aä€😀"), 4);
    assert_int_equal(queue_file_number(queue, "SELECT length('aä€😀')"), 4);
    assert_int_equal(text_characters(""), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queue_file_set_up, queue_file_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_limit_is_that_of_its_column),
        TEST(priorities_and_reserved_events_are_those_of_the_checks),
        TEST(characters_are_counted_as_sqlite_counts_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
