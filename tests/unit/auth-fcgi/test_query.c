#include "tests/unit/auth-fcgi/auth_fixture.h"

#define COOKIE_SECRET "another-secret-of-more-than-32-octets"
/* HMAC-SHA-256 of "t1" with it, as express-session signs. */
#define EXPRESS_COOKIE \
    "HTTP_COOKIE=connect.sid=s%3At1." \
    "Pjdu8xqZYpei4gGXTBbkNi2YAr6zhEHTyuth%2F7uGHdI"

static const char by_hand[] =
    "[auth]\nsession_sources = query\nsession_cookie = sid\n"
    "session_query = SELECT owner AS user_id, mail AS email, until AS expires FROM logins"
    " WHERE key = :token\n";

static void takes_a_row_of_a_hand_made_table(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, by_hand);
    site_sql(&site, "sessions.db",
        "CREATE TABLE logins (key TEXT, owner INTEGER, mail TEXT, until INTEGER);"
        "INSERT INTO logins VALUES ('k1', 42, 'ada@example.com', 1795375740);");
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=sid=k1", NULL), 200);
    assert_non_null(strstr(site.answer.data, "\"expiresIn\":600,\"userId\":\"42\""));
    char *payload = site_payload(&site);
    assert_non_null(strstr(payload, "\"email\":\"ada@example.com\""));
    assert_null(strstr(payload, "belfry_sid"));
    free(payload);
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=sid=k2", NULL), 401);
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=sid=", NULL), 401);
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=sid=k1; sid=k2", NULL), 401);
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=sid=k2; sid=k1", NULL), 401);
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=sid=' OR 1=1 --", NULL), 401);
    site_close(&site);
}

/* A site of Express whose cookies are signed with this secret. */
static void open_express_with(struct site *site, const char *secret, size_t len)
{
    struct buf ini;
    char *folder = folder_new();
    char *path = path_in(folder, "express.secret");

    file_write(path, secret, len);
    buf_init(&ini, 4096);
    buf_addf(&ini,
        "[auth]\nsession_sources = query\nsession_cookie = connect.sid\n"
        "session_signature = express\nsession_secret_file = %s\n"
        "session_query = SELECT json_extract(sess, '$.passport.user') AS user_id,"
        " expired AS expires FROM sessions WHERE sid = :token\n",
        path);
    site_open(site, ini.data);
    site_sql(site, "sessions.db",
        "CREATE TABLE sessions (sid PRIMARY KEY, expired, sess);"
        "INSERT INTO sessions VALUES ('t1', 1795375740000, '{\"passport\":{\"user\":\"ada\"}}');");
    assert_int_not_equal(site_ask(site, NULL, NULL), 200);
    buf_release(&ini);
    folder_remove(folder);
    free(path);
    free(folder);
}

static void open_express(struct site *site, const char *secret)
{
    open_express_with(site, secret, strlen(secret));
}

static void takes_a_cookie_that_express_signed(void **state)
{
    struct site site;

    (void)state;
    open_express(&site, COOKIE_SECRET);
    assert_int_equal(site_ask(&site, EXPRESS_COOKIE, NULL), 200);
    assert_non_null(strstr(site.answer.data, "\"userId\":\"ada\""));
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=connect.sid=t1", NULL), 401);
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=connect.sid=s%3At1", NULL), 401);
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=connect.sid=s%3At1.AAAA", NULL), 401);
    site_close(&site);
}

/* A signed cookie with the value "HEADER.PAYLOAD" would be a valid token: it is signed alike. */
static void refuses_to_share_the_secret_of_tokens_with_express(void **state)
{
    struct site site;

    (void)state;
    open_express(&site, SITE_SECRET);
    assert_int_equal(site_ask(&site, EXPRESS_COOKIE, NULL), 500);
    char *log = site_logged(&site);
    assert_non_null(strstr(log, "signs tokens, too"));
    free(log);
    site_close(&site);
}

/* HMAC pads a key with zeros, so a key with zeros appended is the same key. */
static void refuses_another_spelling_of_the_secret_of_tokens(void **state)
{
    struct site site;

    (void)state;
    open_express_with(&site, SITE_SECRET "\0", sizeof(SITE_SECRET));
    assert_int_equal(site_ask(&site, EXPRESS_COOKIE, NULL), 500);
    char *log = site_logged(&site);
    assert_non_null(strstr(log, "signs tokens, too"));
    free(log);
    site_close(&site);
}

/* The result of this query. */
static void asks(const char *query, int status, const char *reason)
{
    struct site site;
    struct buf ini;

    buf_init(&ini, 4096);
    buf_addf(
        &ini, "[auth]\nsession_sources = query\nsession_cookie = sid\nsession_query = %s\n", query);
    site_open(&site, ini.data);
    site_sql(&site, "sessions.db", "CREATE TABLE s (k, u); INSERT INTO s VALUES ('k1', 'u1')");
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=sid=k1", NULL), status);
    char *log = site_logged(&site);
    if (!strstr(log, reason))
        fail_msg("no \"%s\" in %s", reason, log);
    free(log);
    buf_release(&ini);
    site_close(&site);
}

static void refuses_queries_that_are_no_look_up(void **state)
{
    (void)state;
    asks("SELECT u AS user_id FROM s WHERE k = :token", 200, "");
    asks("SELECT u AS user_id FROM s WHERE k = :token;", 200, "");
    asks("DELETE FROM s WHERE k = :token RETURNING u AS user_id", 503, "only a SELECT");
    asks("SELECT u AS user_id FROM s", 503, "needs the parameter :token");
    asks("SELECT u AS user_id FROM s WHERE k = ?1", 503, "needs the parameter :token");
    asks("SELECT u AS user_id FROM s WHERE k = :token AND u = :user", 503, "and no other");
    asks("SELECT u FROM s WHERE k = :token", 503, "no column named user_id");
    asks("SELECT u AS user_id FROM s WHERE k = :token; DROP TABLE s", 503, "only one statement");
    asks("SELECT u AS user_id FROM missing WHERE k = :token", 503, "no such table");
    asks("nonsense", 503, "session_query");
}

static void is_misconfigured_without_its_settings(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "[auth]\nsession_sources = query\n");
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=sid=k1", NULL), 500);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_row_of_a_hand_made_table),
        cmocka_unit_test(takes_a_cookie_that_express_signed),
        cmocka_unit_test(refuses_to_share_the_secret_of_tokens_with_express),
        cmocka_unit_test(refuses_another_spelling_of_the_secret_of_tokens),
        cmocka_unit_test(refuses_queries_that_are_no_look_up),
        cmocka_unit_test(is_misconfigured_without_its_settings),
    };
    return cmocka_run_group_tests_name("auth_query", tests, NULL, NULL);
}
