#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/postgres.h"
#include "common/schema_postgres.h"
#include "tests/unit/postgres_server.h"

static struct postgres_server server;

struct scene {
    char url[POSTGRES_URL_SIZE];
    PGconn *conn; /* the superuser's */
    struct schema_postgres_made made;
    struct reason why;
};

static int start_server(void **state)
{
    (void)state;
    postgres_server_start(&server);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    postgres_server_stop(&server);
    return 0;
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    postgres_server_database(&server, scene->url);
    scene->conn = postgres_server_connect(scene->url);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    postgres_close(scene->conn);
    free(scene);
    return 0;
}

static void assert_text(struct scene *scene, const char *sql, const char *expected)
{
    char *text = postgres_server_text(scene->conn, sql);

    assert_string_equal(text, expected);
    free(text);
}

/* Whether a statement is refused, and how. */
static void assert_refused(struct scene *scene, const char *sql, const char *because)
{
    assert_int_equal(postgres_exec(scene->conn, sql, &scene->why), -1);
    if (!strstr(scene->why.text, because))
        fail_msg("%s: %s", sql, scene->why.text);
}

static void init(struct scene *scene)
{
    if (schema_postgres_init(scene->conn, &scene->made, &scene->why) < 0)
        fail_msg("%s", scene->why.text);
}

static void is_made_once_and_whole(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(schema_postgres_check(scene->conn, &scene->why), -1);
    assert_non_null(strstr(scene->why.text, "belfry init"));
    init(scene);
    assert_true(scene->made.schema);
    assert_false(scene->made.lacks_roles);
    assert_int_equal(schema_postgres_check(scene->conn, &scene->why), 0);
    assert_text(scene, "SELECT count(*) FROM pg_tables WHERE schemaname = 'belfry'", "14");
    assert_text(scene, "SELECT count(*) FROM pg_views WHERE schemaname = 'belfry'", "5");
    assert_text(scene,
        "SELECT bool_and(tableowner = 'belfry_owner') FROM pg_tables WHERE schemaname = 'belfry'",
        "t");
    assert_text(scene,
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'belfry'::regnamespace"
        " AND relkind IN ('r', 'v') AND obj_description(oid, 'pg_class') IS NULL",
        "0");
    init(scene);
    assert_false(scene->made.schema || scene->made.roles);
}

static void a_schema_of_others_is_left_alone(void **state)
{
    struct scene *scene = *state;

    postgres_server_sql(scene->conn, "CREATE SCHEMA belfry; CREATE TABLE belfry.towers (id int)");
    assert_int_equal(schema_postgres_init(scene->conn, &scene->made, &scene->why), -1);
    assert_non_null(strstr(scene->why.text, "holds no queue"));
    assert_text(scene, "SELECT count(*) FROM pg_tables WHERE schemaname = 'belfry'", "1");
}

static void a_newer_schema_is_refused(void **state)
{
    struct scene *scene = *state;

    init(scene);
    postgres_server_sql(
        scene->conn, "UPDATE belfry.belfry_meta SET value = '99' WHERE key = 'schema'");
    assert_int_equal(schema_postgres_check(scene->conn, &scene->why), -1);
    assert_non_null(strstr(scene->why.text, "version 99"));
    assert_int_equal(schema_postgres_init(scene->conn, &scene->made, &scene->why), -1);
}

/* Whoever may make schemas but no roles owns what he makes. */
static void does_without_roles_that_cannot_be_made(void **state)
{
    struct scene *scene = *state;
    char url[POSTGRES_URL_SIZE], sql[128];
    PGconn *conn;

    postgres_server_sql(scene->conn, "DROP ROLE IF EXISTS humble; CREATE ROLE humble LOGIN;"
                                     "ALTER ROLE belfry_publisher RENAME TO hidden_publisher");
    snprintf(sql, sizeof(sql), "GRANT CREATE ON DATABASE %s TO humble", PQdb(scene->conn));
    postgres_server_sql(scene->conn, sql);
    postgres_server_url(&server, "humble", PQdb(scene->conn), url);
    conn = postgres_server_connect(url);
    if (schema_postgres_init(conn, &scene->made, &scene->why) < 0)
        fail_msg("%s", scene->why.text);
    postgres_close(conn);
    assert_true(scene->made.schema && scene->made.lacks_roles);
    assert_non_null(strstr(scene->made.why_no_roles.text, "permission denied"));
    postgres_server_sql(scene->conn, "ALTER ROLE hidden_publisher RENAME TO belfry_publisher");
}

static void who_may_not_make_it_is_told_who_may(void **state)
{
    struct scene *scene = *state;
    char url[POSTGRES_URL_SIZE];
    PGconn *conn;

    init(scene);
    postgres_server_sql(scene->conn, "DROP SCHEMA belfry CASCADE; CREATE ROLE stranger LOGIN");
    postgres_server_url(&server, "stranger", PQdb(scene->conn), url);
    conn = postgres_server_connect(url);
    assert_int_equal(schema_postgres_init(conn, &scene->made, &scene->why), -1);
    assert_non_null(strstr(scene->why.text, "by a member of belfry_owner with CREATE"));
    postgres_server_sql(scene->conn, "GRANT belfry_owner TO stranger");
    assert_int_equal(schema_postgres_init(conn, &scene->made, &scene->why), -1);
    assert_non_null(strstr(scene->why.text, "by a member of belfry_owner with CREATE"));
    postgres_close(conn);
}

static void a_publisher_may_publish_and_nothing_else(void **state)
{
    static const char *const refused[] = {
        "DELETE FROM belfry.notifications",
        "UPDATE belfry.notifications SET user_id = 'bob'",
        "INSERT INTO belfry.notifications (user_id, title, txid) VALUES ('alice', 'x', '1')",
        "INSERT INTO belfry.changes (kind, key) VALUES ('due', 'alice')",
        "SELECT * FROM belfry.belfry_meta",
        "SELECT * FROM belfry.publish_keys",
        "SELECT nextval('belfry.message_ids')",
        "CREATE TABLE belfry.towers (id int)",
        "SELECT belfry.note('due', 'alice')",
        "CREATE TEMP TABLE mine (user_id text, id bigint, status text, archived_at timestamptz);"
        "CREATE TRIGGER forge AFTER DELETE ON mine"
        " FOR EACH ROW EXECUTE FUNCTION belfry.notification_deleted()",
        "CREATE TEMP TABLE mine (user_id text);"
        "CREATE TRIGGER lift BEFORE INSERT ON mine"
        " FOR EACH ROW EXECUTE FUNCTION belfry.revocation_replace()",
    };
    struct scene *scene = *state;

    init(scene);
    postgres_server_sql(scene->conn,
        "SET ROLE belfry_publisher;"
        "INSERT INTO belfry.notifications (user_id, title, data) VALUES ('alice', 'x', "
        "'{\"a\":1}');"
        "UPDATE belfry.notifications SET title = 'y', status = 'cancelled';"
        "INSERT INTO belfry.broadcasts (topic, event) VALUES ('*', 'hello');"
        "INSERT INTO belfry.conversations (id) VALUES ('c');"
        "INSERT INTO belfry.conversation_members (conversation_id, user_id) VALUES ('c', 'alice');"
        "INSERT INTO belfry.messages (conversation_id, sender_id, content) VALUES ('c', 'a', 'x');"
        "DELETE FROM belfry.conversation_members;"
        "INSERT INTO belfry.revocations (user_id) VALUES ('alice');"
        "INSERT INTO belfry.revocations (user_id) VALUES ('alice');"
        "SELECT * FROM belfry.undelivered");
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_refused(scene, refused[i], "permission denied");
}

/* It knows the keys of belfry-publish, which makes none. */
static void belfry_publish_may_use_keys_and_not_make_them(void **state)
{
    static const char *const refused[] = {
        "INSERT INTO belfry.publish_keys (name, hash) VALUES ('mine', repeat('0', 64))",
        "UPDATE belfry.publish_keys SET rights = 'revoke'",
        "DELETE FROM belfry.publish_keys",
        "DELETE FROM belfry.notifications",
        "UPDATE belfry.notifications SET read_at = now()",
        "SELECT * FROM belfry.belfry_meta",
    };
    struct scene *scene = *state;

    init(scene);
    postgres_server_sql(scene->conn,
        "INSERT INTO belfry.publish_keys (name, hash) VALUES ('shop', repeat('0', 64));"
        "SET ROLE belfry_publishing;"
        "INSERT INTO belfry.notifications (user_id, title) VALUES ('alice', 'x');"
        "UPDATE belfry.publish_keys SET last_used_at = now();"
        "INSERT INTO belfry.publish_requests (key_hash, path, request_key, body_hash, status, "
        "answer) VALUES (repeat('0', 64), '/', 'k', repeat('0', 64), 200, '');"
        "DELETE FROM belfry.publish_requests");
    assert_int_equal(schema_postgres_check(scene->conn, &scene->why), 0);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_refused(scene, refused[i], "permission denied");
}

static void init_sessions(struct scene *scene)
{
    if (schema_postgres_init_sessions(scene->conn, &scene->made, &scene->why) < 0)
        fail_msg("%s", scene->why.text);
}

static void sessions_are_a_schema_of_their_own(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(schema_postgres_check_sessions(scene->conn, &scene->why), -1);
    assert_non_null(strstr(scene->why.text, "belfry init --sessions"));
    init_sessions(scene);
    assert_true(scene->made.schema);
    assert_int_equal(schema_postgres_check_sessions(scene->conn, &scene->why), 0);
    assert_text(scene,
        "SELECT string_agg(tablename || ' ' || tableowner, ', ' ORDER BY tablename)"
        " FROM pg_tables WHERE schemaname = 'belfry_sessions'",
        "sessions belfry_owner, users belfry_owner");
    init_sessions(scene);
    assert_false(scene->made.schema);
    init(scene);
    assert_true(scene->made.schema);
}

static void sessions_of_others_are_left_alone(void **state)
{
    struct scene *scene = *state;

    postgres_server_sql(scene->conn, "CREATE SCHEMA belfry_sessions");
    assert_int_equal(schema_postgres_init_sessions(scene->conn, &scene->made, &scene->why), -1);
    assert_non_null(strstr(scene->why.text, "holds no sessions"));
}

/* Whoever reads a session token is that user. */
static void publishers_cannot_reach_sessions(void **state)
{
    static const char *const roles[] = {"belfry_publisher", "belfry_publishing"};
    struct scene *scene = *state;
    char sql[64];

    init(scene);
    init_sessions(scene);
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        snprintf(sql, sizeof(sql), "SET ROLE %s", roles[i]);
        postgres_server_sql(scene->conn, sql);
        assert_refused(scene, "SELECT * FROM belfry_sessions.sessions", "permission denied");
        assert_refused(scene, "SELECT * FROM belfry_sessions.users", "permission denied");
        assert_int_equal(schema_postgres_check_sessions(scene->conn, &scene->why), -1);
        assert_non_null(strstr(scene->why.text, "member of belfry_owner"));
    }
}

/* belfry-auth and the gateway read sessions, and no more; belfry-auth reads nothing else but who
 * was revoked. */
static void sessions_are_only_read(void **state)
{
    static const char *const readers[] = {"belfry_auth", "belfry_gateway"};
    static const char *const changes[] = {
        "INSERT INTO belfry_sessions.sessions VALUES ('t', 'alice', now())",
        "DELETE FROM belfry_sessions.sessions",
        "UPDATE belfry_sessions.users SET role = 'chief'",
    };
    struct scene *scene = *state;
    char sql[64];

    init(scene);
    init_sessions(scene);
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        snprintf(sql, sizeof(sql), "SET ROLE %s", readers[i]);
        postgres_server_sql(scene->conn, sql);
        assert_text(scene,
            "SELECT count(*) FROM belfry_sessions.sessions JOIN belfry_sessions.users ON true",
            "0");
        assert_text(scene, "SELECT count(not_before) FROM belfry.revocations", "0");
        for (size_t k = 0; k < sizeof(changes) / sizeof(changes[0]); k++)
            assert_refused(scene, changes[k], "permission denied");
    }
    postgres_server_sql(scene->conn, "SET ROLE belfry_auth");
    assert_refused(scene, "SELECT * FROM belfry.notifications", "permission denied");
    assert_refused(scene, "SELECT reason FROM belfry.revocations", "permission denied");
}

static void bad_rows_are_refused_by_name(void **state)
{
    static const struct {
        const char *sql, *because;
    } cases[] = {
        {"INSERT INTO belfry.notifications (user_id, title) VALUES ('', 'x')",
            "user_id must be 1 to 255 octets long"},
        {"INSERT INTO belfry.notifications (user_id, title) VALUES (repeat('é', 128), 'x')",
            "user_id must be 1 to 255 octets long"},
        {"INSERT INTO belfry.notifications (user_id, title) VALUES ('alice', '')",
            "title must be 1 to 1024 octets long"},
        {"INSERT INTO belfry.notifications (user_id, title, data) VALUES ('a', 'x', '[]')",
            "data must be a JSON object"},
        {"INSERT INTO belfry.notifications (user_id, title, priority) VALUES ('a', 'x', 'top')",
            "priority must be"},
        {"INSERT INTO belfry.notifications (user_id, title, deliver_after)"
         " VALUES ('a', 'x', 'infinity')",
            "deliver_after must be between"},
        {"INSERT INTO belfry.notifications (id, user_id, title) VALUES (7, 'a', 'x')",
            "cannot insert a non-DEFAULT value into column \"id\""},
        {"INSERT INTO belfry.broadcasts (topic, event) VALUES ('*', 'disconnect')",
            "socket.io keeps for itself"},
        {"INSERT INTO belfry.publish_keys (name, hash, rights) VALUES ('x', repeat('0', 64), "
         "'all')",
            "rights must be"},
    };
    struct scene *scene = *state;

    init(scene);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(scene, cases[i].sql, cases[i].because);
}

static bool somebody_waits(struct scene *scene)
{
    char *text = postgres_server_text(
        scene->conn, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'");
    bool waits = strcmp(text, "1") == 0;

    free(text);
    return waits;
}

/* The second writer of a conversation waits for the first, and gets the higher id, though it began
 * before the first had ended. */
static void ids_in_a_conversation_have_the_order_of_commits(void **state)
{
    struct scene *scene = *state;
    PGconn *other;

    init(scene);
    other = postgres_server_connect(scene->url);
    postgres_server_sql(scene->conn,
        "BEGIN; INSERT INTO belfry.messages (conversation_id, sender_id, content)"
        " VALUES ('c', 'a', 'first')");
    assert_int_equal(
        PQsendQuery(other, "INSERT INTO belfry.messages (conversation_id, sender_id, content)"
                           " VALUES ('d', 'b', 'elsewhere'), ('c', 'b', 'second')"),
        1);
    while (!somebody_waits(scene))
        continue;
    postgres_server_sql(scene->conn,
        "INSERT INTO belfry.messages (conversation_id, sender_id, content)"
        " VALUES ('c', 'a', 'still first'); COMMIT");
    for (PGresult *result; (result = PQgetResult(other));)
        PQclear(result);
    assert_text(scene,
        "SELECT string_agg(content, ',' ORDER BY id) FROM belfry.messages"
        " WHERE conversation_id = 'c'",
        "first,still first,second");
    postgres_close(other);
}

/* What others change is recorded as SQLite's triggers do; a mere delivery is not. */
static void changes_are_recorded(void **state)
{
    static const struct {
        const char *sql, *changes;
    } cases[] = {
        {"UPDATE belfry.notifications SET status = 'delivered', delivered_at = now()", "NULL"},
        {"UPDATE belfry.notifications SET title = 'y'", "updated [\"al\\\"ice\",1]"},
        {"UPDATE belfry.notifications SET status = 'read', read_at = now()",
            "read [\"al\\\"ice\",1];unread al\"ice"},
        {"UPDATE belfry.notifications SET status = 'pending'",
            "due al\"ice;set_back [\"al\\\"ice\",1]"},
        {"UPDATE belfry.notifications SET deliver_after = now()", "due al\"ice"},
        {"UPDATE belfry.notifications SET user_id = 'bob'",
            "due al\"ice;due bob;removed [\"al\\\"ice\",1];set_back [\"al\\\"ice\",1];"
            "unread al\"ice;unread bob"},
        {"DELETE FROM belfry.notifications", "removed [\"bob\",1];unread bob"},
        {"INSERT INTO belfry.conversation_members (conversation_id, user_id) VALUES ('c', 'a')",
            "member [\"c\",\"a\"]"},
        {"INSERT INTO belfry.revocations (user_id) VALUES ('a')", "revocation a"},
    };
    struct scene *scene = *state;

    init(scene);
    postgres_server_sql(
        scene->conn, "INSERT INTO belfry.notifications (user_id, title) VALUES ('al\"ice', 'x')");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        postgres_server_sql(scene->conn, cases[i].sql);
        assert_text(scene,
            "SELECT string_agg(DISTINCT kind || ' ' || key, ';' ORDER BY kind || ' ' || key)"
            " FROM belfry.changes",
            cases[i].changes);
        postgres_server_sql(scene->conn, "DELETE FROM belfry.changes");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(is_made_once_and_whole),
        TEST(a_schema_of_others_is_left_alone),
        TEST(a_newer_schema_is_refused),
        TEST(does_without_roles_that_cannot_be_made),
        TEST(who_may_not_make_it_is_told_who_may),
        TEST(a_publisher_may_publish_and_nothing_else),
        TEST(belfry_publish_may_use_keys_and_not_make_them),
        TEST(sessions_are_a_schema_of_their_own),
        TEST(sessions_of_others_are_left_alone),
        TEST(publishers_cannot_reach_sessions),
        TEST(sessions_are_only_read),
        TEST(bad_rows_are_refused_by_name),
        TEST(ids_in_a_conversation_have_the_order_of_commits),
        TEST(changes_are_recorded),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
