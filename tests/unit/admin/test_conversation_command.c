#include "tests/unit/admin/command_line.h"

static void a_conversation_is_made_with_its_members(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "conversation", "create", "c", "alice", "bob",
                         "--title", "Order 4711", NULL),
        ADMIN_DONE);
    assert_says(line->err, "created with 2 members; their pages join it as conversation:c");
    assert_selects(
        line, "belfry.db", "SELECT title FROM conversations WHERE id = 'c'", "Order 4711");
    assert_selects(line, "belfry.db",
        "SELECT group_concat(user_id) FROM conversation_members WHERE conversation_id = 'c'",
        "alice,bob");
    command_line_run(line, "conversation", "create", "d", "--json", NULL);
    assert_string_equal(line->out, "{\"id\":\"d\",\"members\":0}\n");
}

static void one_that_is_there_is_left_as_it_is(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "conversation", "create", "c", "alice", NULL);
    assert_int_equal(
        command_line_run(line, "conversation", "create", "c", "bob", NULL), ADMIN_REFUSED);
    assert_says(line->err, "there is a conversation c already");
    assert_selects(line, "belfry.db", "SELECT count(*) FROM conversation_members", "1");
}

static void nothing_is_made_where_a_member_cannot_be(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(
        command_line_run(line, "conversation", "create", "c", "alice", "", NULL), ADMIN_MISUSED);
    char id[257] = {0};
    memset(id, 'x', sizeof id - 1);
    assert_int_equal(
        command_line_run(line, "conversation", "create", "c", "alice", id, NULL), ADMIN_REFUSED);
    assert_says(line->err, "user_id must be 1 to 255 octets long");
    assert_int_equal(
        command_line_run(line, "conversation", "create", "c", "\xff", NULL), ADMIN_REFUSED);
    assert_says(line->err, "is not UTF-8");
    assert_selects(line, "belfry.db", "SELECT count(*) FROM conversations", "0");
}

static void members_are_added_once(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "conversation", "create", "c", "alice", NULL);
    assert_int_equal(
        command_line_run(line, "conversation", "add", "c", "alice", "bob", NULL), ADMIN_DONE);
    assert_says(line->err, "1 added");
    command_line_run(line, "conversation", "add", "c", "bob", "--json", NULL);
    assert_string_equal(line->out, "{\"added\":0}\n");
    assert_int_equal(
        command_line_run(line, "conversation", "add", "nowhere", "bob", NULL), ADMIN_REFUSED);
    assert_says(line->err, "there is no conversation nowhere");
    assert_int_equal(command_line_run(line, "conversation", "add", "c", NULL), ADMIN_MISUSED);
}

static void members_are_taken_out(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "conversation", "create", "c", "alice", "bob", "carol", NULL);
    assert_int_equal(
        command_line_run(line, "conversation", "remove", "c", "alice", "bob", NULL), ADMIN_DONE);
    assert_says(line->err, "2 removed");
    assert_int_equal(
        command_line_run(line, "conversation", "remove", "c", "alice", NULL), ADMIN_REFUSED);
    assert_says(line->err, "none of them is a member");
    assert_selects(line, "belfry.db", "SELECT user_id FROM conversation_members", "carol");
}

static void a_whole_conversation_goes_only_when_asked_for(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "conversation", "create", "c", "alice", NULL);
    command_line_run(line, "conversation", "create", "d", "alice", NULL);
    command_line_sql(line, "belfry.db",
        "INSERT INTO messages (conversation_id, sender_id, content) VALUES ('c', 'alice', 'x'), "
        "('d', 'alice', 'y')");
    assert_int_equal(command_line_run(line, "conversation", "remove", "c", NULL), ADMIN_MISUSED);
    assert_int_equal(
        command_line_run(line, "conversation", "remove", "c", "alice", "--all", "--yes", NULL),
        ADMIN_MISUSED);
    assert_int_equal(
        command_line_run(line, "conversation", "remove", "c", "--all", "--yes", NULL), ADMIN_DONE);
    assert_selects(line, "belfry.db",
        "SELECT (SELECT count(*) FROM conversations) || '' || (SELECT count(*) FROM messages) || "
        "'' || (SELECT count(*) FROM conversation_members)",
        "111");
    assert_int_equal(command_line_run(line, "conversation", "remove", "c", "--all", "--yes", NULL),
        ADMIN_REFUSED);
    assert_says(line->err, "there is no such conversation");
}

static void conversations_are_listed_with_what_is_in_them(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "conversation", "list", NULL);
    assert_says(line->err, "no conversations");
    command_line_run(line, "conversation", "create", "c", "alice", "bob", NULL);
    command_line_sql(line, "belfry.db",
        "INSERT INTO messages (conversation_id, sender_id, content, created_at) "
        "VALUES ('c', 'alice', 'x', '2026-01-02T00:00:00.000Z'); "
        "INSERT INTO conversation_members (conversation_id, user_id) VALUES ('app', 'carol')");
    command_line_run(line, "conversation", "list", "--json", NULL);
    assert_string_equal(line->out,
        "{\"id\":\"app\",\"title\":null,\"members\":1,\"messages\":0,\"lastMessageAt\":null}\n"
        "{\"id\":\"c\",\"title\":null,\"members\":2,\"messages\":1,"
        "\"lastMessageAt\":\"2026-01-02T00:00:00.000Z\"}\n");
    command_line_run(line, "conversation", "list", "--user", "carol", NULL);
    assert_says(line->out, "app");
    assert_null(strstr(line->out, "\nc "));
    command_line_run(line, "conversation", "list", "c", NULL);
    assert_says(line->out, "alice  ");
    assert_int_equal(command_line_run(line, "conversation", "list", "x", NULL), ADMIN_REFUSED);
    assert_int_equal(command_line_run(line, "conversation", "list", "c", "--user", "alice", NULL),
        ADMIN_MISUSED);
}

static void a_broadcast_is_put_in_with_its_topic_and_end(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "broadcast", "system:maintenance",
                         "{\"message\":\"Back at ten\"}", "--expires", "+2h", NULL),
        ADMIN_DONE);
    assert_string_equal(line->out, "1\n");
    assert_selects(line, "belfry.db",
        "SELECT topic || event FROM broadcasts "
        "WHERE created_at = '2026-11-22T19:19:00.123Z' "
        "AND expires_at = '2026-11-22T21:19:00.123Z' "
        "AND data ->> 'message' = 'Back at ten'",
        "*system:maintenance");
    command_line_run(line, "broadcast", "x", "--topic", "role:dealer", "--json", NULL);
    assert_string_equal(line->out, "{\"id\":\"2\"}\n");
    assert_says(line->err, "no gateway is running");
    assert_selects(line, "belfry.db",
        "SELECT topic || coalesce(CAST(data AS TEXT), ' none') FROM broadcasts "
        "WHERE id = 2",
        "role:dealer none");
}

static void a_broadcast_that_no_browser_could_take_is_refused(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "broadcast", "x", "nonsense", NULL), ADMIN_MISUSED);
    assert_says(line->err, "data must be JSON");
    assert_int_equal(
        command_line_run(line, "broadcast", "x", "{\"a\":1,\"a\":2}", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "broadcast", "x", "\"\xff\"", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "broadcast", "\xff", NULL), ADMIN_REFUSED);
    assert_says(line->err, "is not UTF-8");
    assert_int_equal(
        command_line_run(line, "broadcast", "x", "--topic", "role:\xff", NULL), ADMIN_REFUSED);
    assert_int_equal(command_line_run(line, "broadcast", "disconnect", NULL), ADMIN_REFUSED);
    assert_says(line->err, "event must not be a name that socket.io keeps for itself");
    assert_int_equal(
        command_line_run(line, "broadcast", "x", "--expires", "soon", NULL), ADMIN_MISUSED);
    assert_selects(line, "belfry.db", "SELECT count(*) FROM broadcasts", "0");
}

static void revoking_refuses_the_tokens_made_until_now(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(
        command_line_run(line, "revoke", "mallory", "--reason", "stolen", NULL), ADMIN_DONE);
    assert_says(line->err, "tokens issued to mallory until now are refused");
    assert_selects(line, "belfry.db",
        "SELECT user_id || reason FROM revocations "
        "WHERE not_before = '2026-11-22T19:19:00.123Z'",
        "mallorystolen");
    command_line_sql(
        line, "belfry.db", "UPDATE revocations SET not_before = '2030-01-01T00:00:00.000Z'");
    command_line_run(line, "revoke", "mallory", "--json", NULL);
    assert_says(line->out, "{\"user\":\"mallory\",\"notBefore\":");
    assert_selects(line, "belfry.db",
        "SELECT reason FROM revocations WHERE not_before = '2030-01-01T00:00:00.000Z'", "stolen");
}

static void a_conversation_goes_only_when_that_is_confirmed(void **state)
{
    struct command_line *line = *state;

    command_line_run(line, "conversation", "create", "d", "alice", NULL);
    assert_int_equal(
        command_line_run(line, "conversation", "remove", "d", "--all", NULL), ADMIN_REFUSED);
    assert_says(line->err, "this would delete the conversation d with all that was said in it");
    assert_selects(line, "belfry.db", "SELECT count(*) FROM conversation_members", "1");
    line->attended = true;
    line->in = "y\n";
    assert_int_equal(
        command_line_run(line, "conversation", "remove", "d", "--all", NULL), ADMIN_DONE);
    assert_selects(line, "belfry.db", "SELECT count(*) FROM conversation_members", "0");
}

static void unknown_names_are_warned_of(void **state)
{
    static const struct {
        const char *topic, *warning; /* NULL: none */
    } cases[] = {
        {"conversation:c", NULL},
        {"conversation:d", "there is no conversation 'd', so nobody can have joined it"},
        {"user:alice:notifications", NULL},
        {"user:bob:notifications", "nobody has ever connected as 'bob'"},
        {"role:admin", NULL},
        {"public:news", NULL},
        {"*", NULL},
        {"news", "'news' is not a topic that pages can join by name"},
        {"user:alice", "'user:alice' is not a topic"},
        {"public:", "'public:' is not a topic"},
    };
    struct command_line *line = *state;
    command_line_sql(line, "belfry.db",
        "INSERT INTO presence VALUES ('alice', 'x', 0, '2026-01-01T00:00:00.000Z')");
    command_line_run(line, "conversation", "create", "c", "alice", "bob", NULL);
    assert_says(line->err, "nobody has ever connected as 'bob'");
    assert_null(strstr(line->err, "'alice'"));
    command_line_run(line, "conversation", "add", "c", "7.0", NULL);
    assert_says(line->err, "this is the number 7 written as a float");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(
            command_line_run(line, "broadcast", "x", "--topic", cases[i].topic, NULL), ADMIN_DONE);
        if (cases[i].warning)
            assert_says(line->err, cases[i].warning);
        else
            assert_null(strchr(line->err, '\''));
    }
    assert_int_equal(command_line_run(line, "revoke", "alice", NULL), ADMIN_DONE);
    assert_null(strstr(line->err, "nobody"));
    assert_int_equal(command_line_run(line, "revoke", "mallory", NULL), ADMIN_DONE);
    assert_says(line->err, "nobody has ever connected as 'mallory'");
}

static void all_tokens_are_revoked_at_once(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "INSERT INTO presence VALUES ('alice', 'x', 0, '2026-01-01T00:00:00.000Z'); "
        "INSERT INTO revocations (user_id, not_before, reason) VALUES "
        "('bob', '2030-01-01T00:00:00.000Z', 'old'); "
        "INSERT INTO notifications (user_id, title) VALUES ('bob', 'x')");
    assert_int_equal(command_line_run(line, "revoke", "--all", NULL), ADMIN_REFUSED);
    assert_says(line->err, "this would refuse the tokens of all 2 users");
    assert_selects(line, "belfry.db", "SELECT count(*) FROM revocations", "1");
    assert_int_equal(
        command_line_run(line, "revoke", "--all", "--yes", "--reason=leak", NULL), ADMIN_DONE);
    assert_selects(line, "belfry.db",
        "SELECT group_concat(user_id || CASE not_before "
        "WHEN '2026-11-22T19:19:00.123Z' THEN ' now ' WHEN '2030-01-01T00:00:00.000Z' "
        "THEN ' later ' ELSE ' ? ' END || reason) "
        "FROM (SELECT * FROM revocations ORDER BY user_id) AS r",
        "alice now leak,bob later leak");
    assert_int_equal(command_line_run(line, "revoke", NULL), ADMIN_MISUSED);
    assert_int_equal(command_line_run(line, "revoke", "alice", "--all", NULL), ADMIN_MISUSED);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, command_line_set_up_queue, command_line_tear_down)

int main(void)
{
    const struct CMUnitTest on_both[] = {
        TEST(a_conversation_is_made_with_its_members),
        TEST(one_that_is_there_is_left_as_it_is),
        TEST(nothing_is_made_where_a_member_cannot_be),
        TEST(members_are_added_once),
        TEST(members_are_taken_out),
        TEST(a_whole_conversation_goes_only_when_asked_for),
        TEST(conversations_are_listed_with_what_is_in_them),
        TEST(a_broadcast_is_put_in_with_its_topic_and_end),
        TEST(a_broadcast_that_no_browser_could_take_is_refused),
        TEST(a_conversation_goes_only_when_that_is_confirmed),
        TEST(unknown_names_are_warned_of),
        TEST(all_tokens_are_revoked_at_once),
        TEST(revoking_refuses_the_tokens_made_until_now),
    };

    return COMMAND_LINE_RUN(on_both);
}
