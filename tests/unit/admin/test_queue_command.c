#include "tests/unit/admin/command_line.h"

#define ROWS \
    "INSERT INTO notifications (user_id, title, status, created_at, body, data) VALUES " \
    "('alice', 'first', 'delivered', '2026-01-01T00:00:00.000Z', '', NULL), " \
    "('bob', 'second', 'pending', '2026-01-02T00:00:00.000Z', 'two\nlines', '{\"a\":1}'), " \
    "('alice', 'third \x1b[2J', 'failed', '2026-01-03T00:00:00.000Z', '', NULL)"

static int set_up(void **state)
{
    if (command_line_set_up_queue(state) != 0)
        return -1;
    command_line_sql(*state, "belfry.db", ROWS);
    return 0;
}

static void the_newest_are_listed_first(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "queue", "list", NULL), ADMIN_DONE);
    assert_string_equal(line->out,
        "ID  USER   STATUS     PRIORITY  TYPE    CREATED                    TITLE\n"
        " 3  alice  failed     normal    system  2026-01-03 00:00:00+00:00  third \\x1b[2J\n"
        " 2  bob    pending    normal    system  2026-01-02 00:00:00+00:00  second\n"
        " 1  alice  delivered  normal    system  2026-01-01 00:00:00+00:00  first\n");
}

static void a_list_can_be_narrowed(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "queue", "list", "--json", "--user", "alice", "--limit", "1", NULL);
    assert_says(line->out, "{\"id\":\"3\",\"user\":\"alice\",\"status\":\"failed\"");
    assert_null(strstr(line->out, "\"id\":\"1\""));
    command_line_run(line, "queue", "list", "--status", "pending", NULL);
    assert_says(line->out, "second");
    assert_null(strstr(line->out, "first"));
    assert_int_equal(command_line_run(line, "queue", "list", "--user", "carol", NULL), 0);
    assert_string_equal(line->out, "");
    assert_says(line->err, "no notifications");
    assert_int_equal(command_line_run(line, "queue", "list", "--user=carol", "--json", NULL), 0);
    assert_string_equal(line->err, "");
}

static void archived_seen_and_updated_ones_are_told_apart(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "UPDATE notifications SET archived_at = '2026-01-04T00:00:00.000Z' WHERE id = 2;"
        "UPDATE notifications SET seen_at = '2026-01-04T00:00:00.000Z' WHERE id = 1;"
        "UPDATE notifications SET title = 'changed' WHERE id = 1");
    command_line_run(line, "queue", "list", NULL);
    assert_says(line->out, " 2  bob    pending, archived  normal ");
    assert_says(line->out, " 1  alice  delivered          normal ");
    command_line_run(line, "queue", "list", "--archived", "yes", "--json", NULL);
    assert_says(line->out, "\"status\":\"pending\",\"priority\"");
    assert_says(line->out, "\"seenAt\":null,\"archivedAt\":\"2026-01-04T00:00:00.000Z\",");
    assert_null(strstr(line->out, "\"id\":\"1\""));
    command_line_run(line, "queue", "list", "--archived", "no", "--seen", "no", NULL);
    assert_says(line->err, "no notifications");
    command_line_run(line, "queue", "list", "--seen=no", NULL);
    assert_says(line->err, "no notifications");
    command_line_run(line, "queue", "list", "--seen=yes", NULL);
    assert_says(line->out, "second");
    command_line_run(line, "queue", "list", "--updated", "yes", NULL);
    assert_says(line->out, "changed");
    assert_null(strstr(line->out, "second"));
    assert_int_equal(
        command_line_run(line, "queue", "list", "--seen", "maybe", NULL), ADMIN_MISUSED);
    assert_says(line->err, "--seen must be yes or no");
    command_line_run(line, "queue", "show", "2", NULL);
    assert_says(line->out, "archived    2026-01-04 00:00:00.000+00:00\n");
    command_line_run(line, "queue", "show", "1", NULL);
    assert_says(line->out, "seen        2026-01-04 00:00:00.000+00:00\nupdated     20");
    command_line_sql(line, "belfry.db", "UPDATE notifications SET archived_at = NULL");
    command_line_run(line, "queue", "list", "--seen=no", NULL);
    assert_says(line->out, "second");
    assert_null(strstr(line->out, "third"));
}

static size_t lines_of(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void a_list_can_be_of_a_type_or_since_a_time(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db", "UPDATE notifications SET type = 'alert' WHERE id = 2");
    command_line_run(line, "queue", "list", "--type", "alert", "--json", NULL);
    assert_says(line->out, "{\"id\":\"2\",");
    assert_null(strstr(line->out, "{\"id\":\"3\","));
    command_line_run(line, "queue", "list", "--since", "2026-01-02T00:00:00Z", "--json", NULL);
    assert_says(line->out, "{\"id\":\"2\",");
    assert_null(strstr(line->out, "{\"id\":\"1\","));
    line->wall_ms = 1767484800000; /* 2026-01-04 */
    command_line_run(line, "queue", "list", "--since", "25h", "--user", "alice", "--json", NULL);
    assert_says(line->out, "{\"id\":\"3\",");
    assert_null(strstr(line->out, "{\"id\":\"1\","));
    assert_int_equal(
        command_line_run(line, "queue", "list", "--since", "+1h", NULL), ADMIN_MISUSED);
    assert_says(line->err, "or how long ago, like 15m, 12h or 7d");
}

/* Whatever is asked for, the same rows come as from one scan of the whole table. */
static void every_filter_finds_what_it_says(void **state)
{
    struct command_line *line = *state;
    static const char *const filters[][2] = {{"--user=alice", "user_id = 'alice'"},
        {"--status=delivered", "status = 'delivered'"}, {"--status=failed", "status = 'failed'"},
        {"--archived=yes", "archived_at IS NOT NULL"}, {"--archived=no", "archived_at IS NULL"},
        {"--seen=no", "seen_at IS NULL AND archived_at IS NULL AND status <> 'failed'"},
        {"--since=2026-01-02T00:00:00Z", "created_at >= '2026-01-02T00:00:00.000Z'"}};

    command_line_sql(line, "belfry.db",
        ROWS ";" ROWS ";UPDATE notifications SET archived_at = created_at WHERE id IN (2, 6, 7)");
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++) {
            char sql[512];
            size_t option = strcspn(filters[i][0], "=");
            if (i != j && strncmp(filters[i][0], filters[j][0], option) == 0)
                continue; /* an option that is given twice */
            snprintf(sql, sizeof sql, "SELECT count(*) FROM notifications WHERE %s AND %s",
                filters[i][1], filters[j][1]);
            char *expected = command_line_select(line, "belfry.db", sql);
            command_line_run(line, "queue", "list", "--json", filters[i][0],
                i == j ? NULL : filters[j][0], NULL);
            if (lines_of(line->out) != (size_t)atoi(expected))
                fail_msg("%s %s: %s%s", filters[i][0], filters[j][0], line->out, line->err);
            free(expected);
        }
}

static void one_is_shown_with_all_it_has(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "queue", "show", "2", NULL), ADMIN_DONE);
    assert_string_equal(line->out, "id          2\n"
                                   "user        bob\n"
                                   "status      pending\n"
                                   "type        system\n"
                                   "priority    normal\n"
                                   "title       second\n"
                                   "body        two\n"
                                   "            lines\n"
                                   "data        {\"a\":1}\n"
                                   "created     2026-01-02 00:00:00.000+00:00\n"
                                   "attempts    0\n");
    command_line_run(line, "queue", "show", "2", "--json", NULL);
    assert_says(line->out, "\"body\":\"two\\nlines\",\"data\":{\"a\":1},");
}

static void one_that_is_not_there_is_not_found(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "queue", "show", "4", NULL), ADMIN_REFUSED);
    assert_says(line->err, "there is no such notification");
    assert_int_equal(command_line_run(line, "queue", "show", "4", "--json", NULL), ADMIN_REFUSED);
    assert_string_equal(line->out, "");
}

static void data_that_got_past_the_checks_is_shown_as_text(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "PRAGMA ignore_check_constraints = 1; UPDATE notifications SET data = '{oops' WHERE id = "
        "1");
    command_line_run(line, "queue", "show", "1", "--json", NULL);
    assert_says(line->out, "\"data\":\"{oops\"");
}

static void stats_count_by_status_and_user_and_name_trouble(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "queue", "stats", NULL), ADMIN_DONE);
    assert_says(line->out, "delivered      1  2026-01-01 00:00:00+00:00  2026-01-01");
    assert_says(line->out, "bob          1       1  2026-01-02");
    assert_says(line->out, "1 undelivered: due for more than 5 minutes");
    assert_null(strstr(line->out, "stuck"));
    assert_says(line->out, "The oldest that is due has waited for 324 days: `belfry explain 2`");
    command_line_run(line, "queue", "stats", "--json", NULL);
    assert_says(line->out, "{\"status\":\"pending\",\"count\":1,");
    assert_says(line->out, "{\"oldestDue\":\"2\",\"oldestDueUser\":\"bob\",");
    assert_says(line->out, "\"counted\":3,\"countedAll\":true}");
}

static void stats_tell_how_fast_they_come_and_go(void **state)
{
    struct command_line *line = *state;

    line->wall_ms = 1767398430000; /* 2026-01-03T00:00:30Z */
    command_line_sql(line, "belfry.db",
        "UPDATE notifications SET delivered_at = '2026-01-02T23:50:00.000Z' WHERE id <> 2");
    command_line_run(line, "queue", "stats", NULL);
    assert_says(line->out, "LAST    INSERTED  A MINUTE  DELIVERED  A MINUTE\n"
                           "minute         1      1.00          0      0.00\n"
                           "hour           1      0.02          2      0.03\n"
                           "day            1      0.00          2      0.00\n");
    command_line_run(line, "queue", "stats", "--json", NULL);
    assert_says(line->out, "{\"window\":\"minute\",\"inserted\":1,\"insertedPerMinute\":1.00,");
}

static void a_long_list_is_printed_whole(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
        "INSERT INTO notifications (user_id, title) SELECT 'carol', 't' FROM n");
    assert_int_equal(
        command_line_run(line, "queue", "list", "--limit=9999", "--json", NULL), ADMIN_DONE);
    assert_int_equal(lines_of(line->out), 2503);
    command_line_run(line, "queue", "list", "--limit=9999", NULL);
    assert_int_equal(lines_of(line->out), 2504);
    assert_non_null(strstr(line->out, "   1  alice"));
    command_line_run(line, "queue", "list", "--limit=1000", NULL);
    assert_int_equal(lines_of(line->out), 1001);
}

static void an_empty_queue_says_so(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db", "DELETE FROM notifications");
    assert_int_equal(command_line_run(line, "queue", "stats", NULL), ADMIN_DONE);
    assert_says(line->err, "the queue is empty");
}

static void a_file_that_is_no_queue_is_named_with_its_cause(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "CREATE TRIGGER spy AFTER INSERT ON messages "
        "BEGIN SELECT 1; END");
    assert_int_equal(command_line_run(line, "queue", "list", NULL), ADMIN_REFUSED);
    assert_says(line->err, "spy on messages");
    command_line_sql(line, "belfry.db", "PRAGMA user_version = 99");
    assert_int_equal(command_line_run(line, "queue", "list", NULL), ADMIN_REFUSED);
    assert_says(line->err, "has schema 99, and this program knows up to 2");
}

static void status_tells_what_waits_and_that_no_gateway_is_there(void **state)
{
    struct command_line *line = *state;
    static const char config[] = "[gateway]\nops_listen = unix:/nonexistent/ops\n"
                                 "[auth]\nsocket = /nonexistent/auth\n";

    file_write(line->config, config, sizeof config - 1);
    assert_int_equal(command_line_run(line, "status", NULL), ADMIN_REFUSED);
    assert_says(line->out, "gateway ready      false\n");
    assert_says(line->out, "it says            /nonexistent/ops: No such file or directory\n");
    assert_says(line->out, "belfry-auth ready  false\n");
    assert_says(line->out, "it says            /nonexistent/auth: No such file or directory\n");
    assert_says(line->out, "pending            1\n");
    assert_says(line->out, "failed             1\n");
    assert_int_equal(command_line_run(line, "status", "--json", NULL), ADMIN_REFUSED);
    assert_says(line->out, "\"ready\":false,");
    assert_says(line->out, "\"auth\":false,");
    assert_says(line->out, "\"undelivered\":1,");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, command_line_tear_down)

static void json_is_one_line_a_row_that_no_terminal_obeys(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "INSERT INTO notifications (id, user_id, title, data) VALUES (9, 'a\xc2\x9b', "
        "'x\u202ey', '{\n \"n\" : 12345678901234567890.0 ,\r\n"
        "\"s\": \"\xc2\x85\u2028\\\\\\\" \"}')");
    assert_int_equal(command_line_run(line, "queue", "show", "9", "--json", NULL), 0);
    assert_says(line->out, "\"user\":\"a\\u009b\"");
    assert_says(line->out, "\"title\":\"x\\u202ey\"");
    assert_says(
        line->out, "\"data\":{\"n\":12345678901234567890.0,\"s\":\"\\u0085\\u2028\\\\\\\" \"}");
    assert_ptr_equal(strchr(line->out, '\n'), line->out + strlen(line->out) - 1);
    assert_int_equal(command_line_run(line, "queue", "show", "9", NULL), 0);
    assert_says(line->out, "x\\xe2\\x80\\xaey");
    assert_int_equal(command_line_run(line, "explain", "9", "--json", NULL), 0);
    assert_null(strstr(line->out, "\u202e"));
}

static void what_others_wrote_makes_no_line_of_its_own(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "send", "--user=a\nbelfry: all is well", "--title=b", NULL);
    assert_says(line->err, "'a\\x0abelfry: all is well'");
}

int main(void)
{
    const struct CMUnitTest on_both[] = {
        TEST(the_newest_are_listed_first),
        TEST(a_list_can_be_narrowed),
        TEST(a_list_can_be_of_a_type_or_since_a_time),
        TEST(every_filter_finds_what_it_says),
        TEST(archived_seen_and_updated_ones_are_told_apart),
        TEST(one_is_shown_with_all_it_has),
        TEST(one_that_is_not_there_is_not_found),
        TEST(json_is_one_line_a_row_that_no_terminal_obeys),
        TEST(stats_count_by_status_and_user_and_name_trouble),
        TEST(stats_tell_how_fast_they_come_and_go),
        TEST(a_long_list_is_printed_whole),
        TEST(an_empty_queue_says_so),
        TEST(status_tells_what_waits_and_that_no_gateway_is_there),
    };
    const struct CMUnitTest of_files[] = {
        TEST(what_others_wrote_makes_no_line_of_its_own),
        TEST(data_that_got_past_the_checks_is_shown_as_text),
        TEST(a_file_that_is_no_queue_is_named_with_its_cause),
    };

    return COMMAND_LINE_RUN(on_both) + cmocka_run_group_tests(of_files, NULL, NULL);
}
