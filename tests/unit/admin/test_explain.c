#include "tests/unit/admin/command_line.h"

static void says(struct command_line *line, const char *id, const char *sentence)
{
    assert_int_equal(command_line_run(line, "explain", id, NULL), ADMIN_DONE);
    assert_says(line->out, sentence);
}

static void row(struct command_line *line, const char *values)
{
    char sql[1024];

    snprintf(sql, sizeof sql,
        "INSERT INTO notifications (user_id, title, created_at, status, deliver_after, "
        "expires_at, delivered_at, read_at, attempts, error) VALUES ('alice', 'Hello', "
        "'2026-11-22T19:10:00.000Z', %s)",
        values);
    command_line_sql(line, "belfry.db", sql);
}

#define PENDING "'pending', NULL, NULL, NULL, NULL, 0, NULL"

static void gateway(struct command_line *line, const char *alive_at)
{
    char sql[256];

    snprintf(sql, sizeof sql, "INSERT INTO gateways VALUES ('g', '2026-11-22T19:00:00.000Z', '%s')",
        alive_at);
    command_line_sql(line, "belfry.db", sql);
}

static void presence(struct command_line *line, int connections)
{
    char sql[256];

    snprintf(sql, sizeof sql,
        "INSERT INTO presence VALUES ('alice', 'g', %d, '2026-11-22T19:15:00.000Z')", connections);
    command_line_sql(line, "belfry.db", sql);
}

static void it_begins_with_what_and_for_whom(void **state)
{
    struct command_line *line = *state;

    row(line, PENDING);
    says(line, "1",
        "Notification 1, 'Hello' for alice, was inserted at 2026-11-22 19:10:00+00:00, 9 minutes "
        "ago.\n");
}

static void without_a_gateway_nothing_goes(void **state)
{
    struct command_line *line = *state;

    row(line, PENDING);
    says(line, "1", "No gateway serves this queue");
    gateway(line, "2026-11-22T19:18:30.123Z");
    says(line, "1",
        "No gateway is running: its last sign of life was 2026-11-22 19:18:30+00:00, 30 seconds "
        "ago. Start it.");
}

static void an_id_that_nobody_connected_as_is_doubted(void **state)
{
    struct command_line *line = *state;

    row(line, PENDING);
    gateway(line, "2026-11-22T19:18:59.000Z");
    says(line, "1",
        "Nobody has ever connected as alice: is that the id your tokens have as "
        "\"sub\"?");
}

static void an_id_that_was_bound_as_a_float_is_explained(void **state)
{
    struct command_line *line = *state;

    row(line, PENDING);
    gateway(line, "2026-11-22T19:18:59.000Z");
    command_line_sql(line, "belfry.db", "UPDATE notifications SET user_id = 42.0");
    says(line, "1",
        "Nobody has ever connected as 42.0: this is the number 42, which a program bound as a "
        "float.");
    command_line_run(line, "queue", "stats", NULL);
    assert_says(line->out, "1 of these wait for ids like 42.0");
}

static void one_whose_user_is_away_waits(void **state)
{
    struct command_line *line = *state;

    row(line, "'pending', NULL, '2026-11-22T21:19:00.123Z', NULL, NULL, 0, NULL");
    gateway(line, "2026-11-22T19:18:59.000Z");
    presence(line, 0);
    command_line_sql(line, "belfry.db",
        "INSERT INTO revocations (user_id, not_before) VALUES "
        "('alice', '2026-11-22T19:14:00.123Z')");
    says(line, "1",
        "alice is not connected, and was last seen 2026-11-22 19:15:00+00:00, 4 minutes ago. It "
        "will be sent when they reconnect.\n");
    assert_says(line->out, "It waits for them until 2026-11-22 21:19:00+00:00, in 2 hours.\n");
    assert_says(line->out, "issued until 2026-11-22 19:14:00+00:00, 5 minutes ago are revoked");
}

static void one_that_is_sent_and_not_confirmed_says_what_may_be(void **state)
{
    struct command_line *line = *state;

    row(line, PENDING);
    row(line, "'pending', NULL, NULL, NULL, NULL, 3, NULL");
    gateway(line, "2026-11-22T19:18:59.000Z");
    presence(line, 2);
    says(line, "2",
        "alice is online, with 2 connections.\nIt was sent 3 times, and no browser has "
        "confirmed it");
    command_line_sql(line, "belfry.db", "UPDATE notifications SET attempts = 0");
    says(line, "2", "It has not been sent: 1 earlier notification must be confirmed first.");
    says(line, "1", "It has not been sent, though it should have been");
    command_line_sql(
        line, "belfry.db", "UPDATE notifications SET created_at = '2026-11-22T19:18:59.500Z'");
    says(line, "1", "It was inserted just now and is about to be sent.");
}

static void its_own_times_come_first(void **state)
{
    struct command_line *line = *state;

    row(line, "'pending', '2026-11-22T19:29:00.123Z', NULL, NULL, NULL, 0, NULL");
    row(line, "'pending', NULL, '2026-11-22T19:18:00.123Z', NULL, NULL, 0, NULL");
    says(line, "1", "It is not to go before 2026-11-22 19:29:00+00:00, in 10 minutes.");
    says(line, "2", "It expired at 2026-11-22 19:18:00+00:00, 60 seconds ago");
}

static void what_became_of_it_is_told(void **state)
{
    struct command_line *line = *state;

    row(line, "'delivered', NULL, NULL, '2026-11-22T19:10:00.120Z', NULL, 1, NULL");
    row(line, "'read', NULL, NULL, '2026-11-22T19:10:05.000Z', '2026-11-22T19:11:00.000Z', 1, "
              "NULL");
    row(line, "'expired', NULL, '2026-11-22T19:12:00.000Z', NULL, NULL, 0, NULL");
    row(line, "'cancelled', NULL, NULL, NULL, NULL, 0, NULL");
    row(line, "'failed', NULL, NULL, NULL, NULL, 0, 'data is \x1b[2J not UTF-8'");
    says(line, "1",
        "A browser of alice confirmed it at 2026-11-22 19:10:00+00:00, 9 minutes ago: "
        "120 ms after it was inserted.\nIt is not marked as read yet");
    says(line, "2", "It was marked as read at 2026-11-22 19:11:00+00:00");
    says(line, "3",
        "It expired at 2026-11-22 19:12:00+00:00, 7 minutes ago, before a "
        "browser confirmed it.\nNobody has ever connected as alice.\n"
        "`belfry queue retry 3` sends it after all.");
    says(line, "4", "It was cancelled");
    says(line, "5", "The gateway cannot send it: data is \\x1b[2J not UTF-8.\nCorrect the row");
}

static void marks_of_the_user_and_edits_are_told(void **state)
{
    struct command_line *line = *state;

    row(line, PENDING);
    row(line, "'cancelled', NULL, NULL, '2026-11-22T19:12:00.000Z', NULL, 1, NULL");
    command_line_sql(line, "belfry.db",
        "UPDATE notifications SET archived_at = '2026-11-22T19:18:00.000Z' WHERE id = 1;"
        "UPDATE notifications SET seen_at = '2026-11-22T19:18:00.000Z', title = 't' WHERE id = 2");
    says(line, "1",
        "It was archived before it was delivered, and so it is not delivered: `belfry "
        "queue retry 1` takes it out of the archive and sends it.\n");
    says(line, "1",
        "It was archived at 2026-11-22 19:18:00+00:00, 60 seconds ago: lists and counts "
        "leave it out.\n");
    says(line, "2", "A browser of alice confirmed it at 2026-11-22 19:12:00+00:00");
    says(line, "2", "It was cancelled afterwards: open pages have taken it out of their lists.\n");
    says(line, "2", "The user saw it in a list at 2026-11-22 19:18:00+00:00, 60 seconds ago.\n");
    says(line, "2", "Its text was changed at ");
}

static void programs_get_the_sentences_as_an_array(void **state)
{
    struct command_line *line = *state;

    row(line, "'cancelled', NULL, NULL, NULL, NULL, 0, NULL");
    assert_int_equal(command_line_run(line, "explain", "1", "--json", NULL), ADMIN_DONE);
    assert_says(
        line->out, "{\"id\":\"1\",\"status\":\"cancelled\",\"sentences\":[\"Notification 1");
}

static void one_that_is_not_there_is_not_found(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "explain", "7", NULL), ADMIN_REFUSED);
    assert_says(line->err, "there is no notification 7");
    assert_int_equal(command_line_run(line, "explain", "seven", NULL), ADMIN_MISUSED);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, command_line_set_up_queue, command_line_tear_down)

int main(void)
{
    const struct CMUnitTest on_both[] = {
        TEST(it_begins_with_what_and_for_whom),
        TEST(without_a_gateway_nothing_goes),
        TEST(an_id_that_nobody_connected_as_is_doubted),
        TEST(one_whose_user_is_away_waits),
        TEST(one_that_is_sent_and_not_confirmed_says_what_may_be),
        TEST(its_own_times_come_first),
        TEST(what_became_of_it_is_told),
        TEST(marks_of_the_user_and_edits_are_told),
        TEST(programs_get_the_sentences_as_an_array),
        TEST(one_that_is_not_there_is_not_found),
    };
    const struct CMUnitTest of_files[] = {
        TEST(an_id_that_was_bound_as_a_float_is_explained),
    };

    return COMMAND_LINE_RUN(on_both) + cmocka_run_group_tests(of_files, NULL, NULL);
}
