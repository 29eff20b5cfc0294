#include "tests/unit/admin/command_line.h"

static void only_the_key_is_on_standard_output(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "key", "create", "web", NULL), ADMIN_DONE);
    assert_int_equal(strlen(line->out), 7 + 43 + 1);
    assert_memory_equal(line->out, "belfry_", 7);
    assert_says(line->err, "the key web may do notifications for all users; it is not shown again");
    line->out[50] = '\0';
    assert_null(strstr(line->err, line->out));
    assert_selects(
        line, "belfry.db", "SELECT count(*) FROM publish_keys WHERE length(hash) = 64", "1");
}

static void a_key_has_the_rights_it_was_given(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "key", "create", "web", "--may", "read,notifications",
                         "--users", "shop-", "--json", NULL),
        ADMIN_DONE);
    assert_says(line->out, "{\"name\":\"web\",\"key\":\"belfry_");
    assert_says(line->out, "\"may\":\"notifications,read\",\"users\":\"shop-\"}\n");
    assert_string_equal(line->err, "");
    assert_selects(
        line, "belfry.db", "SELECT rights || users FROM publish_keys", "notifications,readshop-");
}

static void wrong_use_makes_no_key(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "key", "create", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "key", "create", "", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "key", "create", "a\nb", NULL), ADMIN_MISUSED);
    assert_int_equal(
        command_line_run(line, "key", "create", "web", "--may", "everything", NULL), ADMIN_MISUSED);
    assert_says(line->err, "--may: \"everything\" is no right: it must be some of notifications,");
    assert_int_equal(
        command_line_run(line, "key", "create", "web", "--users", "", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "key", "revoke", NULL), ADMIN_MISUSED);
    assert_selects(line, "belfry.db", "SELECT count(*) FROM publish_keys", "0");
}

static void a_name_is_taken_for_good(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "key", "create", "web", NULL), ADMIN_DONE);
    assert_int_equal(command_line_run(line, "key", "create", "web", NULL), ADMIN_REFUSED);
    assert_string_equal(line->out, "");
    assert_says(line->err, "there is a key web already");
    assert_int_equal(command_line_run(line, "key", "revoke", "web", NULL), ADMIN_DONE);
    assert_says(line->err, "the key web is refused from now on");
    assert_int_equal(command_line_run(line, "key", "create", "web", NULL), ADMIN_REFUSED);
    assert_int_equal(command_line_run(line, "key", "revoke", "web", NULL), ADMIN_REFUSED);
    assert_says(line->err, "there is no key web, or it is revoked already");
    assert_int_equal(command_line_run(line, "key", "revoke", "other", NULL), ADMIN_REFUSED);
}

static void keys_are_listed_without_the_keys(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "key", "list", NULL), ADMIN_DONE);
    assert_says(line->err, "no keys: `belfry key create NAME` makes one");
    command_line_run(line, "key", "create", "shop", "--users", "shop-", NULL);
    command_line_run(line, "key", "create", "web", NULL);
    command_line_sql(line, "belfry.db",
        "UPDATE publish_keys SET hash = replace(replace('xxxxxxxx', 'x', 'yyyyyyyy'), 'y', "
        "CASE name WHEN 'web' THEN 'a' ELSE 'c' END)");
    assert_int_equal(command_line_run(line, "key", "revoke", "web", "--json", NULL), ADMIN_DONE);
    assert_string_equal(line->out, "{\"revoked\":\"web\"}\n");
    assert_int_equal(command_line_run(line, "key", "list", NULL), ADMIN_DONE);
    assert_says(line->out, "NAME  FINGERPRINT  MAY            USERS   CREATED");
    assert_says(line->out, "\nshop  cccccc       notifications  shop-*  2026-11-22 19:19:00+00:00");
    command_line_run(line, "key", "list", "--json", NULL);
    assert_says(line->out,
        "{\"name\":\"web\",\"fingerprint\":\"aaaaaa\",\"may\":\"notifications\",\"users\":null,"
        "\"created\":\"2026-11-22T19:19:00.123Z\",\"lastUsed\":null,"
        "\"revoked\":\"2026-11-22T19:19:00.123Z\"}\n");
}

static void a_queue_from_before_gets_the_tables(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db", "DROP TABLE publish_keys; DROP TABLE publish_requests");
    assert_int_equal(command_line_run(line, "queue", "list", NULL), ADMIN_DONE);
    assert_int_equal(command_line_run(line, "key", "list", NULL), ADMIN_REFUSED);
    assert_says(line->err, "`belfry key create NAME` adds them");
    assert_int_equal(command_line_run(line, "key", "revoke", "web", NULL), ADMIN_REFUSED);
    assert_int_equal(command_line_run(line, "key", "create", "web", NULL), ADMIN_DONE);
    assert_selects(line, "belfry.db", "SELECT count(*) FROM publish_requests", "0");
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, command_line_set_up_queue, command_line_tear_down)

int main(void)
{
    const struct CMUnitTest on_both[] = {
        TEST(only_the_key_is_on_standard_output),
        TEST(a_key_has_the_rights_it_was_given),
        TEST(wrong_use_makes_no_key),
        TEST(a_name_is_taken_for_good),
        TEST(keys_are_listed_without_the_keys),
    };
    const struct CMUnitTest of_files[] = {
        TEST(a_queue_from_before_gets_the_tables),
    };

    return COMMAND_LINE_RUN(on_both) + cmocka_run_group_tests(of_files, NULL, NULL);
}
