#include "tests/unit/admin/command_line.h"

#include "admin/command.h"

static void no_command_is_wrong_use_and_tells_all(void **state)
{
    (void)state;
    struct command_line *line = *state;
    assert_int_equal(command_line_run(line, NULL), ADMIN_MISUSED);
    assert_string_equal(line->out, "");
    assert_says(line->err, "Usage: belfry COMMAND");
}

static void help_lists_every_command(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "--help", NULL), ADMIN_DONE);
    assert_string_equal(line->err, "");
    for (const struct command_entry *entry = commands; entry->command; entry++)
        assert_says(line->out, entry->command->summary);
}

static void every_command_has_help_with_its_options(void **state)
{
    struct command_line *line = *state;

    for (const struct command_entry *entry = commands; entry->command; entry++) {
        const struct command *command = entry->command;
        char first[32], *second;
        snprintf(first, sizeof first, "%s", command->name);
        second = strchr(first, ' ');
        if (second)
            *second++ = '\0';
        assert_int_equal(command_line_run(line, "help", first, second, NULL), ADMIN_DONE);
        assert_says(line->out, command->summary);
        for (const struct command_option *option = command_options(command); option->name; option++)
            assert_says(line->out, option->help);
    }
}

static void no_line_of_help_is_wider_than_a_terminal(void **state)
{
    struct command_line *line = *state;

    for (const struct command_entry *entry = commands; entry->command; entry++) {
        const struct command *command = entry->command;
        FILE *out = open_memstream(&line->out, &(size_t){0});
        help_print_command(out, command);
        fclose(out);
        for (const char *at = line->out; *at; at += strcspn(at, "\n") + 1)
            if (strcspn(at, "\n") > 100)
                fail_msg("%.*s", (int)strcspn(at, "\n"), at);
        free(line->out);
        line->out = NULL;
    }
}

static void help_behind_a_command_is_about_it_and_needs_nothing_else(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "queue", "show", "--help", NULL), ADMIN_DONE);
    assert_says(line->out, "Usage: belfry queue show ID");
    assert_int_equal(command_line_run(line, "send", "-h", NULL), ADMIN_DONE);
    assert_says(line->out, "Usage: belfry send");
    assert_int_equal(command_line_run(line, "help", "queue", NULL), ADMIN_DONE);
    assert_says(line->out, "queue stats");
    assert_int_equal(command_line_run(line, "help", "quack", NULL), ADMIN_MISUSED);
    assert_says(line->err, "there is no command quack");
}

static void the_version_is_printed(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "--version", NULL), ADMIN_DONE);
    assert_says(line->out, "belfry 0.");
}

static void wrong_words_are_named_with_status_2(void **state)
{
    static const struct {
        const char *words[4];
        const char *because;
    } cases[] = {
        {{"ring"}, "there is no command ring"},
        {{"queue"}, "queue what? list, show, stats"},
        {{"queue", "--json"}, "queue what?"},
        {{"queue", "eat"}, "there is no command queue eat"},
        {{"--quick", "queue", "list"}, "there is no option --quick before the command"},
        {{"send", "--titel", "x"}, "`belfry send` has no option --titel"},
        {{"send", "--title"}, "--title needs a value: --title TEXT"},
        {{"send", "--stdin=yes"}, "--stdin takes no value"},
        {{"status", "hello"}, "`belfry status` has no use for hello"},
        {{"queue", "show"}, "`belfry queue show` needs ID"},
        {{"queue", "show", "1", "2"}, "`belfry queue show` has no use for 2"},
        {{"queue", "show", "x"}, "is a number"},
        {{"queue", "list", "--limit", "many"}, "--limit must be a whole number"},
        {{"user", "add", ""}, "`belfry user add` takes ID, and none of them may be empty"},
        {{"send", "alice", ""}, "and none of them may be empty"},
        {{"token", "issue", ""}, "takes USER"},
        {{"listen", "--user", ""}, "a token is for a user, whose id is not empty"},
        {{"queue", "list", "--database", ""}, "--database is empty"},
        {{"--config=", "status"}, "--config is empty"},
        {{"queue", "list", "--status=sent"}, "--status must be pending"},
        {{"send", "--user", "alice"}, "`belfry send` needs USER and TITLE, or --stdin"},
        {{"listen"}, "`belfry listen` needs --user"},
        {{"session", "revoke"}, "give the ID of one"},
        {{"session", "create", "alice", "--ttl=0"}, "--ttl: 0 is not a duration"},
        {{"token", "issue", "alice", "--ttl=1w"}, "--ttl: 1w is not a duration"},
    };
    struct command_line *line = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const *words = cases[i].words;
        int status = command_line_run(line, words[0], words[1], words[2], words[3], NULL);
        assert_says(line->err, cases[i].because);
        assert_int_equal(status, ADMIN_MISUSED);
        assert_string_equal(line->out, "");
    }
}

static void common_options_stand_before_and_behind_the_command(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "send", "--user=a", "--title=--json", NULL);
    assert_string_equal(line->out, "1\n");
    assert_int_equal(command_line_run(line, "--json", "queue", "list", NULL), ADMIN_DONE);
    assert_says(line->out, "\"title\":\"--json\"");
    assert_int_equal(command_line_run(line, "queue", "list", "--json", NULL), ADMIN_DONE);
    assert_says(line->out, "\"title\":\"--json\"");
    char *other = path_in(line->folder, "other.db");
    assert_int_equal(command_line_run(line, "queue", "list", "--database", other, NULL), 1);
    assert_says(line->err, "no queue at ");
    free(other);
}

static void behind_two_dashes_nothing_is_an_option(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "user", "add", "--", "--name", NULL), ADMIN_DONE);
    assert_selects(line, "sessions.db", "SELECT id FROM users", "--name");
}

static void a_bad_configuration_is_named_with_status_2(void **state)
{
    struct command_line *line = *state;

    file_write(line->config, "[queue]\nbusy = 1\n", 17);
    assert_int_equal(command_line_run(line, "queue", "list", NULL), ADMIN_MISUSED);
    assert_says(line->err, "belfry.conf:2");
    assert_int_equal(command_line_run(line, "help", NULL), ADMIN_DONE);
}

static void without_a_queue_every_command_says_how_to_make_one(void **state)
{
    static const char *const commands_that_need_one[][4] = {{"queue", "list"},
        {"queue", "show", "1"}, {"queue", "stats"}, {"status"}, {"send", "--user=a", "--title=b"}};
    struct command_line *line = *state;

    for (size_t i = 0; i < 5; i++) {
        const char *const *words = commands_that_need_one[i];
        int status = command_line_run(line, words[0], words[1], words[2], words[3], NULL);
        assert_int_equal(status, ADMIN_REFUSED);
        assert_says(line->err, "no queue at ");
        assert_says(line->err, ": create one with `belfry init --database ");
    }
    assert_int_equal(command_line_run(line, "user", "list", NULL), ADMIN_REFUSED);
    assert_says(line->err, "no sessions file at ");
    assert_says(line->err, "`belfry init --sessions --database ");
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, command_line_set_up, command_line_tear_down)
#define QUEUE_TEST(name) \
    cmocka_unit_test_setup_teardown(name, command_line_set_up_queue, command_line_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_command_is_wrong_use_and_tells_all),
        TEST(help_lists_every_command),
        TEST(every_command_has_help_with_its_options),
        TEST(no_line_of_help_is_wider_than_a_terminal),
        TEST(help_behind_a_command_is_about_it_and_needs_nothing_else),
        TEST(the_version_is_printed),
        TEST(wrong_words_are_named_with_status_2),
        QUEUE_TEST(common_options_stand_before_and_behind_the_command),
        QUEUE_TEST(behind_two_dashes_nothing_is_an_option),
        TEST(a_bad_configuration_is_named_with_status_2),
        TEST(without_a_queue_every_command_says_how_to_make_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
