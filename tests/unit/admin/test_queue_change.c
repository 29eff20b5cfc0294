#include "tests/unit/admin/command_line.h"

#define ROWS \
    "INSERT INTO notifications (user_id, title, status, created_at, expires_at, error) VALUES " \
    "('alice', 'a', 'failed', '2026-01-01T00:00:00.000Z', NULL, 'body is not UTF-8'), " \
    "('alice', 'b', 'expired', '2026-11-22T00:00:00.000Z', '2026-11-22T00:00:01.000Z', NULL), " \
    "('alice', 'c', 'pending', '2026-01-01T00:00:00.000Z', NULL, NULL), " \
    "('bob', 'd', 'pending', '2026-11-22T19:00:00.000Z', NULL, NULL), " \
    "('bob', 'e', 'read', '2026-11-20T00:00:00.000Z', NULL, NULL)"

#define IDS "SELECT group_concat(id) FROM (SELECT id FROM notifications ORDER BY id) AS n"

static int set_up(void **state)
{
    if (command_line_set_up_queue(state) != 0)
        return -1;
    command_line_sql(*state, "belfry.db", ROWS);
    return 0;
}

static void retried_ones_wait_again_and_do_not_expire_at_once(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "queue", "retry", "1", "2", NULL), ADMIN_DONE);
    assert_says(line->err, "2 retried");
    assert_selects(line, "belfry.db",
        "SELECT count(*) FROM notifications WHERE id < 3 AND status = 'pending' "
        "AND error IS NULL AND expires_at IS NULL",
        "2");
    assert_selects(line, "belfry.db", "SELECT key FROM changes WHERE kind = 'due'", "alice");
}

static void a_retried_one_leaves_the_archive(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "UPDATE notifications SET archived_at = created_at, seen_at = created_at WHERE id = 3");
    assert_int_equal(command_line_run(line, "queue", "retry", "3", NULL), ADMIN_DONE);
    assert_selects(line, "belfry.db",
        "SELECT count(*) FROM notifications WHERE status = 'pending' AND archived_at IS NULL AND "
        "seen_at IS NULL AND id = 3",
        "1");
    assert_int_equal(command_line_run(line, "queue", "retry", "3", NULL), ADMIN_REFUSED);
}

/* Nobody is ever going to get a pending one that is archived. */
static void old_archived_ones_are_purged_though_they_are_pending(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "UPDATE notifications SET archived_at = created_at WHERE"
        " status = 'pending'");
    assert_int_equal(command_line_run(line, "queue", "purge", "--yes", NULL), ADMIN_DONE);
    assert_selects(line, "belfry.db", IDS, "2,4,5");
}

static void all_that_failed_are_retried(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "queue", "retry", "--failed", "--json", NULL);
    assert_string_equal(line->out, "{\"retried\":1}\n");
}

static void a_name_for_which_there_is_nothing_may_be_wrong(void **state)
{
    static const char *const commands[] = {"cancel", "purge"};
    struct command_line *line = *state;

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        int status = command_line_run(line, "queue", commands[i], "--user", "alise", NULL);
        assert_int_equal(status, ADMIN_DONE);
        assert_says(line->err, "nobody has ever connected as 'alise'");
    }
    command_line_sql(line, "belfry.db",
        "INSERT INTO presence VALUES ('alise', 'x', 0, '2026-01-01T00:00:00.000Z')");
    command_line_run(line, "queue", "cancel", "--user", "alise", NULL);
    assert_null(strstr(line->err, "nobody"));
}

static void each_that_cannot_be_changed_is_named(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "queue", "retry", "3", "9", "1", NULL), ADMIN_REFUSED);
    assert_says(line->err, "notification 3 is pending already");
    assert_says(line->err, "there is no notification 9");
    assert_says(line->err, "1 retried");
    assert_int_equal(command_line_run(line, "queue", "cancel", "5", NULL), ADMIN_REFUSED);
    assert_says(line->err, "notification 5 is read already");
}

static void what_waits_is_cancelled(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "queue", "cancel", "3", NULL), ADMIN_DONE);
    assert_selects(line, "belfry.db", "SELECT status FROM notifications WHERE id = 3", "cancelled");
    assert_int_equal(command_line_run(line, "queue", "cancel", "--user", "bob", NULL), ADMIN_DONE);
    assert_selects(line, "belfry.db",
        "SELECT group_concat(status) FROM (SELECT status FROM notifications "
        "WHERE user_id = 'bob' ORDER BY id) AS n",
        "cancelled,read");
}

static void ids_or_all_must_be_given_not_both(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "queue", "retry", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "queue", "retry", "1", "--failed", NULL), 2);
    assert_int_equal(command_line_run(line, "queue", "cancel", "x", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "queue", "cancel", "1 OR 1", NULL), ADMIN_MISUSED);
}

static void a_purge_leaves_what_waits_and_what_is_young(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "queue", "purge", NULL), ADMIN_DONE);
    assert_says(line->err, "1 purged");
    assert_selects(line, "belfry.db", IDS, "2,3,4,5");
    command_line_run(
        line, "queue", "purge", "--older", "1h", "--user", "bob", "--json", "--yes", NULL);
    assert_string_equal(line->out, "{\"purged\":1}\n");
    assert_selects(line, "belfry.db", IDS, "2,3,4");
    command_line_run(line, "queue", "purge", "--status", "pending", "--yes", NULL);
    assert_selects(line, "belfry.db", IDS, "2,4");
    assert_int_equal(command_line_run(line, "queue", "purge", "--status", "odd", NULL), 2);
    assert_int_equal(command_line_run(line, "queue", "purge", "--older", "0", NULL), 2);
}

static void a_purge_of_many_comes_to_its_end(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
        "INSERT INTO notifications (user_id, title, status, created_at) "
        "SELECT 'carol', 'x', 'delivered', '2026-01-01T00:00:00.000Z' FROM n");
    command_line_run(line, "queue", "purge", NULL);
    assert_says(line->err, "2501 purged");
}

static void a_purge_beyond_what_goes_by_itself_asks_or_needs_to_be_told(void **state)
{
    static const char keep[] = "[queue]\nretain_days = 0\n";
    struct command_line *line = *state;

    assert_int_equal(
        command_line_run(line, "queue", "purge", "--older=1h", "--user=bob", NULL), ADMIN_REFUSED);
    assert_says(
        line->err, "nothing was done: this would delete 1 notification for good; with --yes");
    assert_int_equal(command_line_run(line, "queue", "purge", "--status=pending", NULL), 1);
    line->attended = true;
    line->in = "n\n";
    assert_int_equal(
        command_line_run(line, "queue", "purge", "--older=1h", "--user=bob", NULL), ADMIN_REFUSED);
    assert_says(line->err, "This will delete 1 notification for good. Go on? [y/N] ");
    assert_says(line->err, "nothing was done");
    line->attended = true;
    assert_int_equal(command_line_run(line, "queue", "purge", "--older=1h", NULL), ADMIN_REFUSED);
    assert_selects(line, "belfry.db", IDS, "1,2,3,4,5");
    line->attended = true;
    line->in = "Yes\n";
    assert_int_equal(
        command_line_run(line, "queue", "purge", "--older=1h", "--user=bob", NULL), ADMIN_DONE);
    assert_selects(line, "belfry.db", IDS, "1,2,3,4");
    file_write(line->config, keep, strlen(keep));
    assert_int_equal(command_line_run(line, "queue", "purge", NULL), ADMIN_REFUSED);
    assert_int_equal(command_line_run(line, "queue", "purge", "--older=1000d", NULL), ADMIN_DONE);
    assert_says(line->err, "0 purged");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, command_line_tear_down)

int main(void)
{
    const struct CMUnitTest on_both[] = {
        TEST(retried_ones_wait_again_and_do_not_expire_at_once),
        TEST(a_retried_one_leaves_the_archive),
        TEST(old_archived_ones_are_purged_though_they_are_pending),
        TEST(all_that_failed_are_retried),
        TEST(a_name_for_which_there_is_nothing_may_be_wrong),
        TEST(each_that_cannot_be_changed_is_named),
        TEST(what_waits_is_cancelled),
        TEST(ids_or_all_must_be_given_not_both),
        TEST(a_purge_leaves_what_waits_and_what_is_young),
        TEST(a_purge_beyond_what_goes_by_itself_asks_or_needs_to_be_told),
        TEST(a_purge_of_many_comes_to_its_end),
    };

    return COMMAND_LINE_RUN(on_both);
}
