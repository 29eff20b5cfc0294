/* Whose session counts for a token, what the token takes from it, and why none counts. */
#include "tests/unit/auth-fcgi/auth_fixture.h"

#include "auth-fcgi/token_endpoint.h"

static void ends_the_token_with_the_session(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    site_sql(&site, "sessions.db", "UPDATE sessions SET expires = '2026-11-22T19:29:00.000Z'");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    site_answers(&site, "\"expiresIn\":600,");
    site.now_ms += 600 * 1000;
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 401);
    site_has_logged(&site, "the session expired at 2026-11-22T19:29:00.000Z");
    site_close(&site);
}

static void takes_the_prefixed_cookie_alone_over_https(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    const char *prefixed = "HTTP_COOKIE=__Secure-authjs.session-token=token-of-alice";
    assert_int_equal(site_ask(&site, SITE_COOKIE, "HTTPS=on", NULL), 401);
    site_has_logged(&site, "came over HTTPS, where the cookie authjs.session-token does not count");
    site_has_logged(&site, "have the application set __Secure-authjs.session-token");
    assert_int_equal(site_ask(&site, prefixed, "HTTPS=on", NULL), 200);
    assert_int_equal(site_ask(&site, prefixed, NULL), 200);
    assert_int_equal(
        site_ask(&site,
            "HTTP_COOKIE=authjs.session-token=token-of-alice; __Secure-authjs.session-token=x",
            NULL),
        401);
    site_close(&site);
}

static void refuses_a_prefixed_cookie_beside_anothers_where_https_is_only_concluded(void **state)
{
    static const char both[] = "HTTP_COOKIE=authjs.session-token=token-of-alice; "
                               "__Secure-authjs.session-token=token-of-mallory";
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    site_sql(&site, "sessions.db",
        "INSERT INTO users (id) VALUES ('mallory');"
        "INSERT INTO sessions (sessionToken, userId, expires)"
        " SELECT 'token-of-mallory', 'mallory', expires FROM sessions LIMIT 1");
    assert_int_equal(site_ask(&site, both, NULL), 401);
    site_has_logged(&site, "the cookies __Secure-authjs.session-token and authjs.session-token are "
                           "sessions of two users");
    assert_int_equal(site_ask(&site, both, "HTTPS=on", NULL), 200);
    assert_int_equal(site_ask(&site,
                         "HTTP_COOKIE=authjs.session-token=of-before; "
                         "__Secure-authjs.session-token=token-of-mallory",
                         NULL),
        200);
    site_close(&site);
}

static void says_https_only_of_what_came_over_it(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, SITE_COOKIE "; __Secure-of-another-port=1", NULL), 401);
    site_has_logged(&site, "does not count beside one whose name begins with __Secure- "
                           "(__Secure-of-another-port)");
    site_has_logged(&site, "other ports of localhost");
    char *log = site_logged(&site);
    assert_null(strstr(log, "came over HTTPS"));
    free(log);
    site_close(&site);
}

/* The log of a request with this cookie, at a site with these sources. */
static void explains(const char *sources, const char *cookie, const char *text)
{
    struct site site;
    struct buf ini;

    buf_init(&ini, 256);
    buf_addf(&ini, "[auth]\nsession_sources = %s\n", sources);
    site_open(&site, ini.data);
    site_sessions(&site);
    assert_int_equal(site_ask(&site, cookie, NULL), 401);
    site_has_logged(&site, text);
    buf_release(&ini);
    site_close(&site);
}

static void names_the_cookies_that_it_looked_for(void **state)
{
    (void)state;
    explains("authjs, table", "HTTP_COOKIE=x=1",
        "401: the request carries no cookie authjs.session-token or next-auth.session-token: is "
        "the visitor signed in, does the cookie's path cover this address, and is that its "
        "name?\n");
    explains("table, remote_user", "HTTP_COOKIE=x=1", "; the web server names no user");
    explains("authjs", SITE_COOKIE,
        "the cookie authjs.session-token does not hold an encrypted session; if it is a session "
        "token, the source table reads it");
    explains("table", "HTTP_COOKIE=authjs.session-token=eyJhbGciOiJkaXIifQ..a.b.c",
        "is an encrypted session, which the source authjs reads");
    explains("remote_user", SITE_COOKIE, "401: the web server names no user");
}

/* Each is a line of the configuration that would have no effect. */
static void refuses_settings_that_no_source_reads(void **state)
{
    static const char *const wrong[][2] = {
        {"session_query = SELECT 1", "session_query: query is not among session_sources"},
        {"session_signature = express", "session_signature: query is not among session_sources"},
        {"session_sources = remote_user\nsession_cookie = x",
            "session_cookie: none of session_sources reads a cookie"},
        {"session_sources = authjs, better_auth\nsession_cookie = x",
            "one name cannot be that of both"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char *folder = folder_new();
        char *path = path_in(folder, "belfry.conf");
        struct buf ini;
        struct reason why;
        buf_init(&ini, 1024);
        buf_addf(&ini, "[auth]\n%s\n", wrong[i][0]);
        file_write(path, ini.data, ini.len);
        assert_null(program_settings_load(&token_endpoint_kind, path, NULL, &why));
        if (!strstr(why.text, wrong[i][1]))
            fail_msg("%s", why.text);
        buf_release(&ini);
        folder_remove(folder);
        free(path);
        free(folder);
    }
}

/* Another host of the domain may have set one of them (cookie tossing). */
static void refuses_a_session_cookie_that_is_there_twice(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    site_sql(&site, "sessions.db",
        "INSERT INTO users VALUES ('mallory', NULL, NULL, NULL);"
        "INSERT INTO sessions VALUES ('token-of-mallory', 'mallory', '2026-11-22T21:19:00.000Z')");
    assert_int_equal(
        site_ask(&site, SITE_COOKIE "; authjs.session-token=token-of-mallory", NULL), 401);
    site_has_logged(&site, "the cookie authjs.session-token came twice, with different values");
    assert_int_equal(site_ask(&site, SITE_COOKIE "; authjs.session-token=", NULL), 401);
    assert_int_equal(
        site_ask(&site, SITE_COOKIE "; authjs.session-token=token-of-alice", NULL), 200);
    assert_int_equal(
        site_ask(&site, SITE_COOKIE "; next-auth.session-token=token-of-mallory", NULL), 401);
    site_has_logged(&site,
        "the cookies authjs.session-token and next-auth.session-token are sessions of two users");
    assert_int_equal(
        site_ask(&site, SITE_COOKIE "; next-auth.session-token=token-of-alice", NULL), 200);
    assert_int_equal(site_ask(&site, SITE_COOKIE "; next-auth.session-token=of-nobody", NULL), 200);
    assert_int_equal(site_ask(&site,
                         "HTTP_COOKIE=authjs.session-token=of-nobody; "
                         "next-auth.session-token=token-of-alice",
                         NULL),
        200);
    site_close(&site);
}

static void takes_the_e_mail_address_as_subject_where_configured(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "[auth]\nsubject = email\n");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    site_answers(&site, "\"userId\":\"alice@example.com\"");
    site_sql(&site, "sessions.db", "UPDATE users SET email = NULL");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 401);
    site_has_logged(&site, "the session has no email");
    site_close(&site);
}

static void takes_who_the_web_server_has_authenticated(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "[auth]\nsession_sources = remote_user\n");
    assert_int_equal(site_ask(&site, "BELFRY_USER=bob", "BELFRY_ROLE=editor",
                         "BELFRY_EMAIL=bob@example.com", "BELFRY_NAME=Bob", NULL),
        200);
    site_answers(&site, "\"userId\":\"bob\"");
    char *payload = site_payload(&site);
    assert_non_null(strstr(payload, "\"role\":\"editor\""));
    assert_non_null(strstr(payload, "\"email\":\"bob@example.com\""));
    assert_non_null(strstr(payload, "\"name\":\"Bob\""));
    assert_null(strstr(payload, "belfry_sid"));
    free(payload);
    assert_int_equal(site_ask(&site, "HTTP_BELFRY_USER=bob", NULL), 401);
    site_has_logged(&site, "the web server names no user");
    site_close(&site);
}

/* nginx' $remote_user, which stands in its own fastcgi_params, whether Authorization reaches us or
 * not. */
static void refuses_a_user_that_a_header_merely_claims(void **state)
{
    const char *claim = "HTTP_AUTHORIZATION=Basic Ym9iOnNlY3JldA=="; /* bob:secret */
    struct site site;

    (void)state;
    site_open(&site, "[auth]\nsession_sources = remote_user\n");
    assert_int_equal(site_ask(&site, "REMOTE_USER=bob", NULL), 401);
    site_has_logged(&site, "let it pass the name in BELFRY_USER (nginx: fastcgi_param BELFRY_USER");
    assert_int_equal(site_ask(&site, "REMOTE_USER=bob", claim, NULL), 401);
    assert_int_equal(site_ask(&site, "REMOTE_USER=bob", "AUTH_TYPE=Basic", claim, NULL), 401);
    assert_int_equal(site_ask(&site, "REMOTE_USER=bob", "HTTP_AUTHORIZATION=", NULL), 401);
    assert_int_equal(site_ask(&site, "REMOTE_USER=bob", "BELFRY_USER=", NULL), 401);
    site_close(&site);
}

static void ignores_the_web_servers_user_unless_configured(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    assert_int_equal(site_ask(&site, "BELFRY_USER=bob", NULL), 401);
    site_close(&site);
}

static void waits_out_the_second_of_a_revocation(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    site.now_ms = INT64_C(1795375140990);
    site_sql(&site, "belfry.db",
        "CREATE TABLE revocations (user_id TEXT PRIMARY KEY, not_before TEXT, reason TEXT);"
        "INSERT INTO revocations VALUES ('alice', '2026-11-22T19:19:00.100Z', NULL)");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    char *payload = site_payload(&site);
    assert_non_null(strstr(payload, "\"iat\":1795375141"));
    free(payload);
    site_sql(&site, "belfry.db", "UPDATE revocations SET not_before = '2026-11-22T19:18:59.999Z'");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    payload = site_payload(&site);
    assert_non_null(strstr(payload, "\"iat\":1795375140"));
    free(payload);
    site_sql(&site, "belfry.db", "UPDATE revocations SET not_before = '2026-11-22T19:19:01.000Z'");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 401);
    site_has_logged(&site, "in the future");
    site_close(&site);
}

static void make_queue(const struct site *site, const char *file, const char *not_before)
{
    char sql[512];

    snprintf(sql, sizeof(sql),
        "PRAGMA journal_mode = WAL;"
        "CREATE TABLE revocations (user_id TEXT PRIMARY KEY, not_before TEXT, reason TEXT);"
        "INSERT INTO revocations VALUES ('alice', '%s', NULL)",
        not_before);
    site_sql(site, file, sql);
}

static void notices_within_a_second_that_the_queue_was_replaced(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    site.now_ms = INT64_C(1795375140000);
    make_queue(&site, "belfry.db", "2026-11-22T19:18:00.000Z");
    make_queue(&site, "other.db", "2026-11-22T20:00:00.000Z");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    char *queue = path_in(site.folder, "belfry.db");
    char *other = path_in(site.folder, "other.db");
    assert_int_equal(rename(other, queue), 0);
    site.now_ms += 1000;
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 401);
    site_has_logged(&site, "in the future");
    free(other);
    free(queue);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_the_token_with_the_session),
        cmocka_unit_test(takes_the_prefixed_cookie_alone_over_https),
        cmocka_unit_test(refuses_a_prefixed_cookie_beside_anothers_where_https_is_only_concluded),
        cmocka_unit_test(says_https_only_of_what_came_over_it),
        cmocka_unit_test(names_the_cookies_that_it_looked_for),
        cmocka_unit_test(refuses_settings_that_no_source_reads),
        cmocka_unit_test(refuses_a_session_cookie_that_is_there_twice),
        cmocka_unit_test(takes_the_e_mail_address_as_subject_where_configured),
        cmocka_unit_test(takes_who_the_web_server_has_authenticated),
        cmocka_unit_test(refuses_a_user_that_a_header_merely_claims),
        cmocka_unit_test(ignores_the_web_servers_user_unless_configured),
        cmocka_unit_test(waits_out_the_second_of_a_revocation),
        cmocka_unit_test(notices_within_a_second_that_the_queue_was_replaced),
    };
    return cmocka_run_group_tests_name("token_sessions", tests, NULL, NULL);
}
