#include "tests/unit/admin/command_line.h"

#include "common/memory.h"
#include "common/token.h"

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
    assert_says(line->out, "issued        2026-11-22 19:19:00.000+00:00\n");
    assert_says(line->out, "expires       2026-11-22 19:24:00.000+00:00\n");
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

/* A token of the session in the first row of sessions.db. malloc()ed. */
static char *issue_for_a_session(struct command_line *line)
{
    char hash[TOKEN_SESSION_HASH_SIZE], session[TOKEN_SESSION_HASH_SIZE + 8];
    struct token_policy policy = {.lifetime = 300};
    struct token_claims claims;
    struct secrets secrets;
    struct reason why;
    struct config config;
    struct buf token;

    assert_int_equal(config_load(&config, line->config, NULL, NULL, &why), 0);
    assert_int_equal(secrets_load(&secrets, &config, &why), 0);
    config_release(&config);
    snprintf(session, sizeof session, "%s.1", token_session_hash("key", 3, hash));
    token_claims_init(&claims);
    claims.subject = mem_strdup("alice");
    claims.session = mem_strdup(session);
    buf_init(&token, TOKEN_MAX_OCTETS);
    assert_int_equal(
        token_issue(&policy, &secrets, &claims, -1, line->wall_ms / 1000, &token, &why), 0);
    token_claims_release(&claims);
    secrets_release(&secrets);
    return buf_detach(&token);
}

static void a_revoked_token_is_not_good(void **state)
{
    struct command_line *line = *state;
    char *token = issue(line);

    command_line_run(line, "init", NULL);
    assert_int_equal(command_line_run(line, "token", "check", token, NULL), ADMIN_DONE);
    assert_string_equal(line->err, "");
    command_line_run(line, "revoke", "bob", NULL);
    assert_int_equal(command_line_run(line, "token", "check", token, NULL), ADMIN_DONE);
    command_line_run(line, "revoke", "alice", "--reason", "password changed", NULL);
    assert_int_equal(command_line_run(line, "token", "check", token, NULL), ADMIN_REFUSED);
    assert_says(line->out, "verdict       revoked\n");
    assert_says(line->out,
        "why           tokens issued to this user up to 2026-11-22T19:19:00.123Z "
        "are revoked: password changed\n");
    free(token);
    line->wall_ms += 1000;
    token = issue(line);
    assert_int_equal(command_line_run(line, "token", "check", token, "--json", NULL), ADMIN_DONE);
    assert_says(line->out, "{\"verdict\":\"good\",\"reason\":null,");
    free(token);
}

static void a_token_of_a_session_that_is_over_is_not_good(void **state)
{
    struct command_line *line = *state;
    char *token = issue_for_a_session(line);

    command_line_run(line, "init", "--sessions", NULL);
    command_line_run(line, "user", "add", "alice", NULL);
    command_line_sql(line, "sessions.db",
        "INSERT INTO sessions VALUES ('key', 'alice', '2990-01-01T00:00:00.000Z')");
    assert_int_equal(command_line_run(line, "token", "check", token, NULL), ADMIN_DONE);
    command_line_sql(line, "sessions.db", "UPDATE sessions SET rowid = 7");
    assert_int_equal(command_line_run(line, "token", "check", token, NULL), ADMIN_DONE);
    assert_string_equal(line->err, "");
    command_line_run(line, "session", "revoke", "7", NULL);
    assert_int_equal(command_line_run(line, "token", "check", token, NULL), ADMIN_REFUSED);
    assert_says(line->out, "verdict       ended\n");
    assert_says(line->out, "why           the session that it was issued for is no longer in ");
    free(token);
}

static void what_could_not_be_asked_is_said(void **state)
{
    struct command_line *line = *state;
    char *token = issue(line);

    assert_int_equal(command_line_run(line, "token", "check", token, NULL), ADMIN_DONE);
    assert_says(line->out, "verdict       good\n");
    assert_says(line->err, "whether it was revoked could not be checked: ");
    free(token);
}

static void a_token_that_is_too_long_is_said_to_be(void **state)
{
    struct command_line *line = *state;
    char *text = mem_alloc(40001);

    memset(text, 'a', 40000);
    text[40000] = '\0';
    line->in = text;
    assert_int_equal(command_line_run(line, "token", "check", "-", NULL), ADMIN_REFUSED);
    assert_says(line->err, "what is on standard input has 40000 octets; a token has 8192 at most");
    free(text);
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
    assert_int_equal(command_line_run(line, "token", "issue", "alice", NULL), ADMIN_MISUSED);
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
        TEST(a_revoked_token_is_not_good),
        TEST(a_token_of_a_session_that_is_over_is_not_good),
        TEST(what_could_not_be_asked_is_said),
        TEST(a_token_that_is_too_long_is_said_to_be),
        TEST(what_is_no_token_is_invalid),
        TEST(without_a_secret_it_is_said_how_to_make_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
