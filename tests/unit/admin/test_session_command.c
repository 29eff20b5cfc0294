#include "tests/unit/admin/command_line.h"

static int set_up(void **state)
{
    if (command_line_set_up_queue(state) != 0)
        return -1;
    return command_line_run(*state, "user", "add", "alice", "--name", "Alice Adams", "--email",
        "alice@example.org", "--role", "editor", NULL);
}

/* Creates a session and returns its token. malloc()ed. */
static char *create(struct command_line *line, const char *ttl)
{
    int status = ttl ? command_line_run(line, "session", "create", "alice", "--ttl", ttl, NULL)
                     : command_line_run(line, "session", "create", "alice", NULL);

    assert_int_equal(status, ADMIN_DONE);
    char *token = strdup(line->out);
    token[strcspn(token, "\n")] = '\0';
    return token;
}

static void a_user_is_added_with_what_is_known(void **state)
{
    struct command_line *line = *state;

    assert_selects(line, "sessions.db", "SELECT id || name || email || role FROM users",
        "aliceAlice Adamsalice@example.orgeditor");
    assert_int_equal(command_line_run(line, "user", "list", NULL), ADMIN_DONE);
    assert_string_equal(line->out, "ID     NAME         EMAIL              ROLE    SESSIONS\n"
                                   "alice  Alice Adams  alice@example.org  editor         0\n");
}

static void a_user_is_added_once(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "user", "add", "alice", NULL), ADMIN_REFUSED);
    assert_says(line->err, "there is a user alice already");
    assert_int_equal(
        command_line_run(line, "user", "add", "eve", "--email", "alice@example.org", NULL), 1);
    assert_says(line->err, "another user has this e-mail address");
}

static void only_the_cookies_value_is_on_standard_output(void **state)
{
    struct command_line *line = *state;
    char *token = create(line, NULL);

    assert_int_equal(strlen(token), 43);
    assert_int_equal(strlen(line->out), 44);
    assert_says(line->err, "authjs.session-token");
    assert_null(strstr(line->err, token));
    assert_selects(line, "sessions.db", "SELECT sessionToken FROM sessions", token);
    free(token);
}

static void a_session_ends_when_it_was_told(void **state)
{
    struct command_line *line = *state;

    free(create(line, "15m"));
    assert_selects(line, "sessions.db", "SELECT expires FROM sessions", "2026-11-22T19:34:00.123Z");
    free(create(line, NULL));
    assert_selects(
        line, "sessions.db", "SELECT max(expires) FROM sessions", "2026-12-22T19:19:00.123Z");
}

static void a_session_needs_a_user(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "session", "create", "bob", NULL), ADMIN_REFUSED);
    assert_string_equal(line->out, "");
    assert_says(line->err, "there is no user bob: `belfry user add bob --name NAME` makes one");
}

static void sessions_are_listed_without_their_tokens(void **state)
{
    struct command_line *line = *state;
    char *token = create(line, "3650d");

    command_line_sql(line, "sessions.db",
        "INSERT INTO sessions VALUES ('old', 'alice', '2020-01-01T00:00:00.000Z'), "
        "('lost', 'bob', '2990-01-01T00:00:00.000Z')");
    assert_int_equal(command_line_run(line, "session", "list", NULL), ADMIN_DONE);
    assert_null(strstr(line->out, token));
    assert_says(line->out, " 1  alice  2036-11-19 19:19:00+00:00  good\n");
    assert_says(line->out, " 2  alice  2020-01-01 00:00:00+00:00  expired\n");
    assert_says(line->out, " 3  bob    2990-01-01 00:00:00+00:00  no such user\n");
    command_line_run(line, "session", "list", "--user", "bob", "--json", NULL);
    assert_string_equal(line->out,
        "{\"id\":\"3\",\"user\":\"bob\",\"expires\":\"2990-01-01T00:00:00."
        "000Z\",\"state\":\"no such user\"}\n");
    free(token);
}

static void one_session_or_all_of_a_user_are_ended(void **state)
{
    struct command_line *line = *state;

    for (int i = 0; i < 3; i++)
        free(create(line, NULL));
    assert_int_equal(command_line_run(line, "session", "revoke", "2", NULL), ADMIN_DONE);
    assert_selects(line, "sessions.db", "SELECT group_concat(rowid) FROM sessions", "1,3");
    assert_int_equal(command_line_run(line, "session", "revoke", "2", NULL), ADMIN_REFUSED);
    assert_says(line->err, "there is no such session");
    assert_int_equal(command_line_run(line, "session", "revoke", "2x", NULL), ADMIN_MISUSED);
    assert_int_equal(
        command_line_run(line, "session", "revoke", "--user", "alice", "--json", NULL), 0);
    assert_string_equal(line->out, "{\"ended\":2}\n");
    assert_selects(line, "sessions.db", "SELECT count(*) FROM sessions", "0");
}

static void sessions_of_an_application_are_not_ours_to_make(void **state)
{
    struct command_line *line = *state;
    char config[256];
    sqlite3 *db;
    char *path = path_in(line->folder, "app.db");

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE session (sessionToken)", 0, 0, 0), 0);
    sqlite3_close(db);
    snprintf(config, sizeof config, "[auth]\nsession_database = %s\n", path);
    file_write(line->config, config, strlen(config));
    assert_int_equal(command_line_run(line, "session", "create", "alice", NULL), ADMIN_REFUSED);
    assert_says(line->err, "app.db: is not a sessions file of Belfry");
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, command_line_tear_down)

static void a_cookie_is_judged_source_by_source(void **state)
{
    struct command_line *line = *state;
    char cookie[256];

    setenv("AUTH_SECRET", "a-secret-for-tests-of-more-than-32-octets", 1);
    char *token = create(line, "15m");
    snprintf(cookie, sizeof cookie, "Cookie: theme=dark; authjs.session-token=%s\n", token);
    line->in = cookie;
    assert_int_equal(command_line_run(line, "session", "check", NULL), ADMIN_DONE);
    assert_says(line->out, "SOURCE  VERDICT        USER   EXPIRES                    REASON\n"
                           "authjs  nothing there  -      -                          the cookie ");
    assert_says(line->out, "\ntable   a session      alice  2026-11-22 19:34:00+00:00  -\n");
    line->in = cookie;
    assert_int_equal(command_line_run(line, "session", "check", "--https", NULL), ADMIN_REFUSED);
    assert_says(line->out, "the cookie authjs.session-token does not count");
    line->in = "authjs.session-token=nobody";
    assert_int_equal(command_line_run(line, "session", "check", "--json", NULL), ADMIN_REFUSED);
    assert_says(line->out, "\"verdict\":\"no session\"");
    assert_null(strstr(line->out, "nobody"));
    line->in = "";
    assert_int_equal(command_line_run(line, "session", "check", NULL), ADMIN_REFUSED);
    assert_says(line->err, "no Cookie header");
    free(token);
}

static void a_user_whom_no_token_could_name_is_not_added(void **state)
{
    static const char email[] = "[auth]\nsubject = email\n";
    struct command_line *line = *state;
    char id[257], role[66];

    memset(id, 'x', 256);
    id[256] = '\0';
    memset(role, 'r', 65);
    role[65] = '\0';
    assert_int_equal(command_line_run(line, "user", "add", id, NULL), ADMIN_MISUSED);
    assert_says(line->err, "user id is longer than 255 bytes");
    assert_int_equal(command_line_run(line, "user", "add", "a\tb", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "user", "add", "a\xc2\x9b", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "user", "add", "a\xff", NULL), ADMIN_MISUSED);
    assert_says(line->err, "no token could be made for this user: ");
    assert_int_equal(command_line_run(line, "user", "add", "bob", "--role", role, NULL), 2);
    assert_says(line->err, "--role is too long for a token");
    assert_int_equal(command_line_run(line, "user", "add", "bob", "--name", "a\nb", NULL), 2);
    file_write(line->config, email, strlen(email));
    assert_int_equal(command_line_run(line, "user", "add", "bob", NULL), ADMIN_MISUSED);
    assert_says(line->err, "so give --email");
    assert_int_equal(
        command_line_run(line, "user", "add", "bob", "--email=bob@example.org", NULL), ADMIN_DONE);
    assert_selects(line, "sessions.db", "SELECT count(*) FROM users", "2");
}

static void a_user_is_changed_value_by_value(void **state)
{
    static const char sql[] = "SELECT coalesce(name, '-') || coalesce(email, '-') || "
                              "coalesce(role, '-') FROM users WHERE id = 'alice'";
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "user", "edit", "alice", "--role", "admin", NULL), 0);
    assert_selects(line, "sessions.db", sql, "Alice Adamsalice@example.orgadmin");
    assert_int_equal(
        command_line_run(line, "user", "edit", "alice", "--role=", "--name=A", NULL), 0);
    assert_selects(line, "sessions.db", sql, "Aalice@example.org-");
    assert_int_equal(
        command_line_run(line, "user", "edit", "bob", "--name=B", NULL), ADMIN_REFUSED);
    assert_says(line->err, "there is no user bob");
    assert_int_equal(command_line_run(line, "user", "edit", "alice", NULL), ADMIN_MISUSED);
    command_line_run(line, "user", "add", "bob", "--email", "bob@example.org", NULL);
    assert_int_equal(
        command_line_run(line, "user", "edit", "bob", "--email", "alice@example.org", NULL), 1);
    assert_says(line->err, "another user has this e-mail address");
}

static void a_user_is_removed_with_their_logins(void **state)
{
    struct command_line *line = *state;

    free(create(line, NULL));
    free(create(line, NULL));
    command_line_run(line, "user", "add", "bob", NULL);
    assert_int_equal(command_line_run(line, "user", "remove", "alice", "--json", NULL), ADMIN_DONE);
    assert_string_equal(line->out, "{\"id\":\"alice\",\"sessions\":2}\n");
    assert_selects(line, "sessions.db", "SELECT count(*) FROM sessions", "0");
    assert_selects(line, "sessions.db", "SELECT group_concat(id) FROM users", "bob");
    assert_int_equal(command_line_run(line, "user", "remove", "alice", NULL), ADMIN_REFUSED);
    assert_says(line->err, "there is no user alice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_user_is_added_with_what_is_known),
        TEST(a_user_is_added_once),
        TEST(a_user_whom_no_token_could_name_is_not_added),
        TEST(a_user_is_changed_value_by_value),
        TEST(a_user_is_removed_with_their_logins),
        TEST(only_the_cookies_value_is_on_standard_output),
        TEST(a_session_ends_when_it_was_told),
        TEST(a_session_needs_a_user),
        TEST(sessions_are_listed_without_their_tokens),
        TEST(one_session_or_all_of_a_user_are_ended),
        TEST(sessions_of_an_application_are_not_ours_to_make),
        TEST(a_cookie_is_judged_source_by_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
