#include "tests/unit/admin/command_line.h"

#include "common/buf.h"

#include <unistd.h>

#include "common/memory.h"

static void the_id_is_printed_and_nothing_else(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "send", "--user", "alice", "--title", "Hi", NULL), 0);
    assert_string_equal(line->out, "1\n");
    assert_int_equal(
        command_line_run(line, "send", "--user=alice", "--title=Hi", "--json", NULL), 0);
    assert_string_equal(line->out, "{\"id\":\"2\",\"repeated\":false}\n");
}

static void all_options_go_into_the_row(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(
        command_line_run(line, "send", "--user", "älice", "--title", "T", "--body", "B", "--type",
            "alert", "--priority", "urgent", "--data", "{\"a\":[1]}", "--after", "+90s",
            "--expires", "2026-11-23T01:00:00+01:00", "--key", "k", NULL),
        0);
    assert_selects(line, "belfry.db",
        "SELECT user_id || title || body || type || priority || idempotency_key "
        "FROM notifications WHERE data ->> 'a' = '[1]' "
        "AND deliver_after = '2026-11-22T19:20:30.123Z' "
        "AND expires_at = '2026-11-23T00:00:00.000Z'",
        "äliceTBalerturgentk");
}

static void a_key_sends_once_and_prints_the_same_id(void **state)
{
    struct command_line *line = *state;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            command_line_run(line, "send", "--user=a", "--title=b", "--key=k", NULL), 0);
        assert_string_equal(line->out, "1\n");
    }
    assert_says(line->err, "sent before");
    assert_selects(line, "belfry.db", "SELECT count(*) FROM notifications", "1");
}

static void a_user_who_never_connected_is_warned_of(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "INSERT INTO presence VALUES ('alice', 'x', 0, '2026-01-01T00:00:00.000Z')");
    command_line_run(line, "send", "--user=alice", "--title=b", NULL);
    assert_string_equal(line->err, "");
    command_line_run(line, "send", "--user=Alice", "--title=b", NULL);
    assert_says(line->err, "nobody has ever connected as 'Alice'");
    command_line_run(line, "send", "--user=\033[2J", "--title=b", NULL);
    assert_says(line->err, "nobody has ever connected as '\\x1b[2J'");
}

static void wrong_values_are_refused_by_the_names_of_the_checks(void **state)
{
    static const struct {
        const char *option, *because;
        int status;
    } cases[] = {
        {"--priority=High", "belfry: priority must be low, normal, high or urgent\n", 2},
        {"--data=[1]", "data must be a JSON object", 2},
        {"--data={", "data must be a JSON object", 2},
        {"--data={\"a\":1e400}", "data must be a JSON object", 2},
        {"--data={\"a\":1,\"a\":2}", "data must be a JSON object", 2},
        {"--type=", "belfry: type must be 1 to 64 octets long\n", 1},
        {"--after=tomorrow", "--after: tomorrow is not a time", 2},
        {"--after=+1w", "--after: 1w is not a duration", 2},
        {"--expires=+", "is not a duration", 2},
        {"--title=", "belfry: title must be 1 to 1024 octets long\n", 1},
        {"--user=", "belfry: user_id must be 1 to 255 octets long\n", 1},
        {"--body=\xff", "body is not UTF-8", 2},
        {"--key=", "belfry: idempotency_key must be 1 to 255 octets long\n", 1},
    };
    struct command_line *line = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(
            command_line_run(line, "send", "--user=a", "--title=b", cases[i].option, NULL),
            cases[i].status);
        assert_says(line->err, cases[i].because);
        assert_string_equal(line->out, "");
    }
    assert_selects(line, "belfry.db", "SELECT count(*) FROM notifications", "0");
}

static void lines_are_sent_and_bad_ones_named(void **state)
{
    struct command_line *line = *state;

    line->in = "{\"user\":\"a\",\"title\":\"1\",\"data\":{\"x\":[1]}}\n"
               "nonsense\n"
               "\n"
               "{\"user_id\":\"b\",\"title\":\"2\",\"deliver_after\":\"2030-01-01 00:00:00\"}\r\n"
               "[]\n"
               "{\"user\":\"c\"}\n"
               "{\"user\":\"c\",\"titel\":\"x\"}\n"
               "{\"user\":7,\"title\":\"x\"}\n"
               "{\"user\":\"c\",\"title\":\"nul \\u0000\"}\n"
               "{\"user\":\"c\",\"title\":\"x\",\"priority\":\"loud\"}\n"
               "{\"user\":\"d\",\"title\":\"3\",\"data\":\"{\\\"y\\\":1}\",\"body\":null}";
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), ADMIN_REFUSED);
    assert_string_equal(line->out, "3 sent, 7 bad\n");
    assert_says(line->err, "line 2: ");
    assert_says(line->err, "line 5: is not a JSON object");
    assert_says(line->err, "line 6: there is no title");
    assert_says(line->err, "line 7: a notification has no titel");
    assert_says(line->err, "line 8: user must be a string");
    assert_says(line->err, "line 9: title must be a string without NUL");
    assert_says(line->err, "line 10: priority must be low");
    assert_says(line->err, "3 went to users who have never connected: 'a', 'b', 'd'");
    assert_selects(line, "belfry.db",
        "SELECT group_concat(user_id || title || coalesce(data, '') || coalesce(deliver_after, "
        "'')) "
        "FROM notifications",
        "a1{\"x\":[1]},b22030-01-01T00:00:00.000Z,d3{\"y\":1}");
}

static void options_stand_in_for_what_lines_lack(void **state)
{
    struct command_line *line = *state;

    line->in = "{\"user\":\"a\"}\n{\"user\":\"b\",\"title\":\"own\"}\n";
    assert_int_equal(
        command_line_run(line, "send", "--stdin", "--title=given", "--type=alert", NULL), 0);
    assert_selects(line, "belfry.db",
        "SELECT group_concat(user_id || title || type) FROM notifications",
        "agivenalert,bownalert");
}

static void lines_are_told_one_by_one_in_json(void **state)
{
    struct command_line *line = *state;

    line->in = "{\"user\":\"a\",\"title\":\"t\",\"key\":\"k\"}\n\n"
               "{\"user\":\"a\",\"title\":\"t\",\"key\":\"k\"}\n";
    assert_int_equal(command_line_run(line, "send", "--stdin", "--json", NULL), 0);
    assert_string_equal(line->out, "{\"line\":1,\"id\":\"1\",\"repeated\":false}\n"
                                   "{\"line\":3,\"id\":\"1\",\"repeated\":true}\n");
}

static void more_lines_than_a_transaction_holds_all_go(void **state)
{
    struct command_line *line = *state;
    size_t size = 2501 * 32, len = 0;
    char *text = mem_alloc(size);

    for (int i = 0; i < 2501; i++)
        len += (size_t)snprintf(text + len, size - len, "{\"user\":\"a\",\"title\":\"%d\"}\n", i);
    line->in = text;
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), 0);
    free(text);
    assert_string_equal(line->out, "2501 sent\n");
    assert_selects(line, "belfry.db", "SELECT count(DISTINCT title) FROM notifications", "2501");
}

static void a_line_without_end_is_passed_over(void **state)
{
    struct command_line *line = *state;
    size_t size = 1 << 20;
    char *text = mem_alloc(size + 64);

    memset(text, ' ', size);
    strcpy(text + size, "\n{\"user\":\"a\",\"title\":\"t\"}\n");
    line->in = text;
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), ADMIN_REFUSED);
    free(text);
    assert_says(line->err, "line 1: is too long");
    assert_string_equal(line->out, "1 sent, 1 bad\n");
}

static void nothing_of_a_batch_that_fails_is_told_as_sent(void **state)
{
    struct command_line *line = *state;
    sqlite3 *locker;

    assert_int_equal(sqlite3_open(line->database, &locker), SQLITE_OK);
    assert_int_equal(sqlite3_exec(locker, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    file_write(line->config, "[queue]\nbusy_timeout = 10ms\n", 28);
    line->in = "{\"user\":\"a\",\"title\":\"t\"}\n";
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), ADMIN_REFUSED);
    sqlite3_close(locker);
    assert_string_equal(line->out, "0 sent\n");
    assert_says(line->err, "nothing was sent from line 1 on: ");
    assert_says(line->err, "is locked by another program");
}

static void no_lines_are_no_error(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), 0);
    assert_string_equal(line->out, "0 sent\n");
}

static void user_and_title_need_no_options(void **state)
{
    static const char sql[] = "SELECT user_id || '/' || title FROM notifications ORDER BY id DESC";
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "send", "alice", "Hello", NULL), 0);
    assert_selects(line, "belfry.db", sql, "alice/Hello");
    assert_int_equal(command_line_run(line, "send", "bob", "--title=Hi", "--body=x", NULL), 0);
    assert_selects(line, "belfry.db", sql, "bob/Hi");
    assert_int_equal(command_line_run(line, "send", "--user=carol", "Good morning", NULL), 0);
    assert_selects(line, "belfry.db", sql, "carol/Good morning");
    assert_int_equal(command_line_run(line, "send", "--", "-dash", "--title", NULL), 0);
    assert_selects(line, "belfry.db", sql, "-dash/--title");
    assert_int_equal(command_line_run(line, "send", "alice", NULL), ADMIN_MISUSED);
    assert_says(line->err, "`belfry send` needs USER and TITLE");
    assert_int_equal(command_line_run(line, "send", "alice", "a", "--user=bob", NULL), 2);
    assert_int_equal(command_line_run(line, "send", "alice", "a", "b", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "send", "--stdin", "alice", NULL), ADMIN_MISUSED);
    assert_selects(line, "belfry.db", "SELECT count(*) FROM notifications", "4");
}

static void a_time_without_a_zone_is_local_and_that_is_said(void **state)
{
    static const char sql[] = "SELECT deliver_after || ' ' || coalesce(expires_at, '') "
                              "FROM notifications ORDER BY id DESC";
    struct command_line *line = *state;

    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    command_line_run(line, "send", "a", "b", "--after=2027-01-01 09:00:00", NULL);
    assert_selects(line, "belfry.db", sql, "2027-01-01T08:00:00.000Z ");
    assert_says(line->err, "--after 2027-01-01 09:00:00 has no zone: taken as the local time of "
                           "this machine, 2027-01-01T08:00:00.000Z\n");
    command_line_run(line, "send", "a", "b", "--after=2027-07-01T09:00:00.250",
        "--expires=2027-07-02T00:00:00", NULL);
    assert_selects(line, "belfry.db", sql, "2027-07-01T07:00:00.250Z 2027-07-01T22:00:00.000Z");
    assert_says(line->err, "--expires 2027-07-02T00:00:00 has no zone");
    command_line_run(line, "send", "a", "b", "--after=2027-07-01T09:00:00-02:00", NULL);
    assert_null(strstr(line->err, "zone"));
    command_line_run(line, "send", "a", "b", "--after=2027-07-01T09:00:00Z", NULL);
    assert_null(strstr(line->err, "zone"));
    command_line_run(line, "broadcast", "x", "--expires=2027-07-02T00:00:00", NULL);
    assert_says(line->err, "has no zone");
    line->in = "{\"user\":\"a\",\"title\":\"t\",\"after\":\"2027-01-01 09:00:00\"}\n";
    command_line_run(line, "send", "--stdin", NULL);
    assert_selects(line, "belfry.db", sql, "2027-01-01T09:00:00.000Z ");
    assert_says(line->err, "times without a zone were taken as UTC");
    unsetenv("TZ");
}

static void an_id_that_was_a_float_is_named_as_that(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "send", "42.0", "x", NULL);
    assert_says(line->err,
        "nobody has ever connected as '42.0': this is the number 42 written as a "
        "float; the \"sub\" of tokens is '42'");
    command_line_run(line, "send", "version 42.0", "x", NULL);
    assert_says(line->err, "is that the id your tokens have");
    line->in = "{\"user\":\"-7.0\",\"title\":\"t\"}\n{\"user\":\"a\",\"title\":\"t\"}\n";
    command_line_run(line, "send", "--stdin", NULL);
    assert_says(line->err, "1 of these are numbers written as floats");
}

static void two_names_of_one_thing_must_agree(void **state)
{
    struct command_line *line = *state;

    line->in = "{\"user\":\"a\",\"user_id\":\"b\",\"title\":\"t\"}\n"
               "{\"user\":\"a\",\"user_id\":\"a\",\"title\":\"t\"}\n"
               "{\"expires_at\":\"+1h\",\"user\":\"a\",\"expires\":\"+2h\",\"title\":\"t\"}\n";
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), ADMIN_REFUSED);
    assert_says(
        line->err, "line 1: user and user_id are the same field, but have different values");
    assert_says(line->err, "line 3: expires and expires_at are the same");
    assert_string_equal(line->out, "1 sent, 2 bad\n");
}

static void complaints_come_in_the_order_of_the_lines(void **state)
{
    struct command_line *line = *state;

    line->in = "{\"user\":\"a\"}\nnonsense\n{\"title\":\"t\"}\n{\n[]\n";
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), ADMIN_REFUSED);
    const char *at = line->err;
    for (int i = 1; i <= 5; i++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "belfry: line %d: ", i);
        assert_ptr_equal(strstr(at, prefix), at);
        at = strchr(at, '\n') + 1;
    }
}

static void a_byte_order_mark_is_no_part_of_the_first_line(void **state)
{
    static const char utf16[] = "\xff\xfe{\0\"\0u\0\"\0";
    struct command_line *line = *state;

    line->in = "\xef\xbb\xbf{\"user\":\"a\",\"title\":\"t\"}\n";
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), 0);
    assert_string_equal(line->out, "1 sent\n");
    line->in = "\xef\xbb\xbf";
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), 0);
    line->in = "{\"user\":\"a\",\"title\":\"t\"}\n\xef\xbb\xbf{\"user\":\"a\"}\n";
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), ADMIN_REFUSED);
    line->in = utf16;
    line->in_len = sizeof utf16 - 1;
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), ADMIN_REFUSED);
    assert_says(line->err, "line 1: is UTF-16: save it as UTF-8");
}

static void lines_with_keys_can_be_read_again(void **state)
{
    static const char first[] = "{\"user\":\"a\",\"title\":\"1\"}\n"
                                "{\"user\":\"a\",\"title\":\"2\",\"key\":\"own\"}\n";
    static const char whole[] = "{\"user\":\"a\",\"title\":\"1\"}\n"
                                "{\"user\":\"a\",\"title\":\"2\",\"key\":\"own\"}\n"
                                "{\"user\":\"a\",\"title\":\"3\"}\n";
    struct command_line *line = *state;

    line->in = first;
    assert_int_equal(command_line_run(line, "send", "--stdin", "--key-prefix=sale-", NULL), 0);
    line->in = whole;
    assert_int_equal(command_line_run(line, "send", "--stdin", "--key-prefix=sale-", NULL), 0);
    assert_string_equal(line->out, "1 sent, 2 there already\n");
    assert_selects(line, "belfry.db",
        "SELECT group_concat(k) FROM (SELECT idempotency_key AS k FROM notifications ORDER BY id) "
        "AS keys",
        "sale-1,own,sale-3");
    assert_int_equal(
        command_line_run(line, "send", "a", "b", "--key-prefix=x", NULL), ADMIN_MISUSED);
    assert_says(line->err, "--key-prefix is for --stdin, without --key");
}

static void many_lines_without_keys_are_told_how_to_have_them(void **state)
{
    struct command_line *line = *state;
    struct buf lines;

    buf_init(&lines, 1 << 20);
    for (int i = 0; i < 1000; i++)
        buf_add_text(&lines, "{\"user\":\"a\",\"title\":\"t\"}\n");
    line->in = lines.data;
    assert_int_equal(command_line_run(line, "send", "--stdin", NULL), 0);
    assert_says(line->err, "--key-prefix NAME gives each a key from its number");
    line->in = lines.data;
    assert_int_equal(command_line_run(line, "send", "--stdin", "--key-prefix=k", NULL), 0);
    assert_null(strstr(line->err, "--key-prefix"));
    buf_release(&lines);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, command_line_set_up_queue, command_line_tear_down)

int main(void)
{
    const struct CMUnitTest on_both[] = {
        TEST(the_id_is_printed_and_nothing_else),
        TEST(all_options_go_into_the_row),
        TEST(a_key_sends_once_and_prints_the_same_id),
        TEST(a_user_who_never_connected_is_warned_of),
        TEST(wrong_values_are_refused_by_the_names_of_the_checks),
        TEST(options_stand_in_for_what_lines_lack),
        TEST(lines_are_told_one_by_one_in_json),
        TEST(more_lines_than_a_transaction_holds_all_go),
        TEST(a_line_without_end_is_passed_over),
        TEST(no_lines_are_no_error),
        TEST(lines_with_keys_can_be_read_again),
        TEST(many_lines_without_keys_are_told_how_to_have_them),
        TEST(user_and_title_need_no_options),
        TEST(an_id_that_was_a_float_is_named_as_that),
        TEST(two_names_of_one_thing_must_agree),
        TEST(complaints_come_in_the_order_of_the_lines),
        TEST(a_byte_order_mark_is_no_part_of_the_first_line),
    };
    const struct CMUnitTest of_files[] = {
        TEST(lines_are_sent_and_bad_ones_named),
        TEST(nothing_of_a_batch_that_fails_is_told_as_sent),
        TEST(a_time_without_a_zone_is_local_and_that_is_said),
    };

    return COMMAND_LINE_RUN(on_both) + cmocka_run_group_tests(of_files, NULL, NULL);
}
