#include "tests/unit/command_line.h"

static void use_secret(struct command_line *line, const char *secret)
{
    char config[256];
    char *path = path_in(line->folder, "secret");
    file_write(path, secret, strlen(secret));
    snprintf(config, sizeof config, "[token]\nsecret_file = %s\n", path);
    file_write(line->config, config, strlen(config));
    free(path);
}

static int set_up(void **state)
{
    if (command_line_set_up(state) != 0)
        return -1;
    use_secret(*state, "0123456789abcdef0123456789abcdef\n");
    return 0;
}

/* malloc()ed. */
static char *issue(struct command_line *line)
{
    assert_int_equal(
        command_line_run(line, "token", "issue", "alice", "--ttl", "5m", "--role", "editor", NULL),
        ADMIN_DONE);
    char *token = strdup(line->out);
    token[strcspn(token, "\n")] = '\0';
    return token;
}

static void a_token_that_was_issued_is_good(void **state)
{
    struct command_line *line = *state;
    char *token = issue(line);
    assert_int_equal(command_line_run(line, "token", "check", token, NULL), ADMIN_DONE);
    assert_says(line->out, "verdict       good\n");
    assert_says(line->out, "user          alice\n");
    assert_says(line->out, "role          editor\n");
    assert_says(line->out, "issued        2026-11-22T19:19:00.000Z\n");
    assert_says(line->out, "expires       2026-11-22T19:24:00.000Z\n");
    assert_says(line->out, "checked with  1 secret (");
    assert_null(strstr(line->out, "0123456789abcdef"));
    free(token);
}

static void a_token_is_taken_from_standard_input(void **state)
{
    struct command_line *line = *state;
    char *token = issue(line);
    line->in = token;
    assert_int_equal(command_line_run(line, "token", "check", "-", "--json", NULL), ADMIN_DONE);
    assert_says(line->out, "{\"verdict\":\"good\",\"reason\":null,\"userId\":\"alice\"");
    free(token);
    line->in = "";
    assert_int_equal(command_line_run(line, "token", "check", "-", NULL), ADMIN_REFUSED);
    assert_says(line->err, "there is no token on standard input");
}

static void an_expired_token_is_told_from_a_bad_one(void **state)
{
    struct command_line *line = *state;
    char *token = issue(line);
    line->wall_ms += 3600 * 1000;
    assert_int_equal(command_line_run(line, "token", "check", token, NULL), ADMIN_REFUSED);
    assert_says(line->out, "verdict       expired\n");
    use_secret(line, "another secret that is 32 octets long or more");
    assert_int_equal(command_line_run(line, "token", "check", token, NULL), ADMIN_REFUSED);
    assert_says(line->out, "verdict       invalid\n");
    assert_says(line->out, "why           ");
    free(token);
}

static void what_is_no_token_is_invalid(void **state)
{
    struct command_line *line = *state;
    assert_int_equal(command_line_run(line, "token", "check", "rubbish", NULL), ADMIN_REFUSED);
    assert_says(line->out, "verdict       invalid\n");
    assert_null(strstr(line->out, "issued"));
}

static void without_a_secret_it_is_said_how_to_make_one(void **state)
{
    struct command_line *line = *state;
    unsetenv("AUTH_SECRET");
    file_write(line->config, "", 0);
    assert_int_equal(command_line_run(line, "token", "issue", "alice", NULL), ADMIN_REFUSED);
    assert_says(line->err, "openssl rand");
    assert_string_equal(line->out, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, command_line_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_that_was_issued_is_good),
        TEST(a_token_is_taken_from_standard_input),
        TEST(an_expired_token_is_told_from_a_bad_one),
        TEST(what_is_no_token_is_invalid),
        TEST(without_a_secret_it_is_said_how_to_make_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
