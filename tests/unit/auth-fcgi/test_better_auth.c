#include "tests/unit/auth-fcgi/auth_fixture.h"

#define COOKIE_SECRET "another-secret-of-more-than-32-octets"
/* HMAC-SHA-256 of "t1" with it, base64, percent-encoded, as Better Auth sets it. */
#define SIGNATURE "Pjdu8xqZYpei4gGXTBbkNi2YAr6zhEHTyuth%2F7uGHdI%3D"
/* Of "t2". */
#define SIGNATURE_2 "SHhALsGR8zE5hrnTE%2FF4ej0mdVsjM6GFlLntKJJ1qAs%3D"
#define COOKIE "HTTP_COOKIE=better-auth.session_token=t1." SIGNATURE

static void open_better_auth(struct site *site)
{
    setenv("BETTER_AUTH_SECRET", COOKIE_SECRET, 1);
    site_open(site, "[auth]\nsession_sources = better_auth\n");
    site_sql(site, "sessions.db",
        "CREATE TABLE \"user\" (\"id\" text PRIMARY KEY, \"name\" text, \"email\" text, \"role\" "
        "text);"
        "CREATE TABLE \"session\" (\"id\" text PRIMARY KEY, \"expiresAt\" date NOT NULL,"
        "  \"token\" text NOT NULL UNIQUE, \"userId\" text NOT NULL);"
        "INSERT INTO user VALUES ('u1', 'Ada', 'ada@example.com', 'admin');"
        "INSERT INTO session VALUES ('s1', '2026-11-22T20:00:00.000Z', 't1', 'u1');");
}

static void logs(const struct site *site, const char *text)
{
    char *log = site_logged(site);

    if (!strstr(log, text))
        fail_msg("no \"%s\" in %s", text, log);
    free(log);
}

static void takes_a_signed_cookie_with_a_row(void **state)
{
    struct site site;

    (void)state;
    open_better_auth(&site);
    assert_int_equal(site_ask(&site, COOKIE, NULL), 200);
    char *payload = site_payload(&site);
    assert_non_null(strstr(payload, "\"sub\":\"u1\""));
    assert_non_null(strstr(payload, "\"role\":\"admin\""));
    assert_non_null(strstr(payload, "\"belfry_sid\":\""));
    free(payload);
    site_close(&site);
}

static void refuses_a_cookie_that_was_not_signed_so(void **state)
{
    static const char *const wrong[] = {"t1", "t1.", "t1.AAAA", "t2." SIGNATURE, "." SIGNATURE,
        "t1." SIGNATURE "%3D", "t1x." SIGNATURE};
    struct site site;

    (void)state;
    open_better_auth(&site);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char parameter[256];
        snprintf(
            parameter, sizeof(parameter), "HTTP_COOKIE=better-auth.session_token=%s", wrong[i]);
        assert_int_equal(site_ask(&site, parameter, NULL), 401);
    }
    site_close(&site);
}

static void refuses_a_signed_cookie_without_a_row(void **state)
{
    struct site site;

    (void)state;
    open_better_auth(&site);
    site_sql(&site, "sessions.db", "UPDATE session SET expiresAt = '2026-11-22T19:00:00.000Z'");
    assert_int_equal(site_ask(&site, COOKIE, NULL), 401);
    site_sql(&site, "sessions.db", "DELETE FROM session");
    assert_int_equal(site_ask(&site, COOKIE, NULL), 401);
    site_close(&site);
}

static void takes_the_prefixed_cookie_alone_over_https(void **state)
{
    struct site site;

    (void)state;
    open_better_auth(&site);
    assert_int_equal(site_ask(&site, COOKIE, "HTTPS=on", NULL), 401);
    assert_int_equal(
        site_ask(&site, "HTTP_COOKIE=__Secure-better-auth.session_token=t1." SIGNATURE, NULL), 200);
    site_close(&site);
}

static void refuses_a_prefixed_cookie_beside_anothers_where_https_is_only_concluded(void **state)
{
    static const char both[] = COOKIE "; __Secure-better-auth.session_token=t2." SIGNATURE_2;
    struct site site;

    (void)state;
    open_better_auth(&site);
    site_sql(&site, "sessions.db",
        "INSERT INTO user VALUES ('u2', 'Eve', 'eve@example.com', 'user');"
        "INSERT INTO session VALUES ('s2', '2026-11-22T20:00:00.000Z', 't2', 'u2');");
    assert_int_equal(site_ask(&site, both, NULL), 401);
    logs(&site, "sessions of two users");
    assert_int_equal(site_ask(&site, both, "HTTPS=on", NULL), 200);
    site_close(&site);
}

/* A site whose Better Auth has a cookiePrefix, or its own name for the cookie. */
static void judges_name(const char *configured, const char *cookie, const char *https, int status)
{
    struct site site;
    struct buf text;

    setenv("BETTER_AUTH_SECRET", COOKIE_SECRET, 1);
    buf_init(&text, 1024);
    buf_addf(&text, "[auth]\nsession_sources = better_auth\nsession_cookie = %s\n", configured);
    site_open(&site, text.data);
    site_sql(&site, "sessions.db",
        "CREATE TABLE session (token, userId, expiresAt);"
        "INSERT INTO session VALUES ('t1', 'u1', '2026-11-22T20:00:00.000Z');");
    buf_clear(&text);
    buf_addf(&text, "HTTP_COOKIE=%s=t1.", cookie);
    buf_add_text(&text, SIGNATURE);
    assert_int_equal(site_ask(&site, text.data, https, NULL), status);
    buf_release(&text);
    site_close(&site);
}

static void takes_a_cookie_of_another_name(void **state)
{
    (void)state;
    judges_name("my-app.session_token", "my-app.session_token", NULL, 200);
    judges_name("my-app.session_token", "better-auth.session_token", NULL, 401);
    judges_name("my-app.session_token", "__Secure-my-app.session_token", "HTTPS=on", 200);
    judges_name("my-app.session_token", "my-app.session_token", "HTTPS=on", 401);
    judges_name("__Secure-my-app.session_token", "__Secure-my-app.session_token", NULL, 200);
    judges_name("__Host-sid", "__Host-sid", "HTTPS=on", 200);
    judges_name("sid", "sid", NULL, 200);
}

static void refuses_a_cookie_that_is_there_twice(void **state)
{
    struct site site;

    (void)state;
    open_better_auth(&site);
    assert_int_equal(
        site_ask(&site, COOKIE "; better-auth.session_token=t2." SIGNATURE, NULL), 401);
    logs(&site, "the cookie better-auth.session_token came twice");
    assert_int_equal(
        site_ask(&site, COOKIE "; better-auth.session_token=t1." SIGNATURE, NULL), 200);
    site_close(&site);
}

static void is_unavailable_without_a_database(void **state)
{
    struct site site;

    (void)state;
    setenv("BETTER_AUTH_SECRET", COOKIE_SECRET, 1);
    site_open(&site, "[auth]\nsession_sources = better_auth\n");
    assert_int_equal(site_ask(&site, COOKIE, NULL), 503);
    site_close(&site);
}

/* A signed cookie with the value "HEADER.PAYLOAD" would be a valid token: it is signed alike. */
static void refuses_the_secret_of_tokens(void **state)
{
    struct site site;
    struct buf report;

    (void)state;
    open_better_auth(&site);
    unsetenv("BETTER_AUTH_SECRET");
    assert_int_equal(site_ask(&site, COOKIE, NULL), 500);
    logs(&site, "signs tokens, too");
    logs(&site, "session_secret_file under [auth] or into BETTER_AUTH_SECRET");
    buf_init(&report, 4096);
    assert_int_equal(responder_describe(site.responder, &report), -1);
    assert_non_null(strstr(report.data, "signs tokens, too"));
    buf_release(&report);
    responder_close(site.responder);
    site.responder = NULL;
    setenv("BETTER_AUTH_SECRET", SITE_SECRET, 1);
    assert_int_equal(site_ask(&site, COOKIE, NULL), 500);
    site_close(&site);
}

/* Signed with SITE_SECRET, which signs tokens: for Better Auth only its own secret is valid. */
static void takes_its_own_secret_in_place_of_that_of_tokens(void **state)
{
    struct site site;

    (void)state;
    open_better_auth(&site);
    assert_int_equal(site_ask(&site,
                         "HTTP_COOKIE=better-auth.session_token=t1."
                         "SaO%2BWUC%2BtQffMUy0DlQ50i6plv1xjsIGrRiYTSGEOP8%3D",
                         NULL),
        401);
    assert_int_equal(site_ask(&site, COOKIE, NULL), 200);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_signed_cookie_with_a_row),
        cmocka_unit_test(refuses_a_cookie_that_was_not_signed_so),
        cmocka_unit_test(refuses_a_signed_cookie_without_a_row),
        cmocka_unit_test(takes_the_prefixed_cookie_alone_over_https),
        cmocka_unit_test(refuses_a_prefixed_cookie_beside_anothers_where_https_is_only_concluded),
        cmocka_unit_test(takes_a_cookie_of_another_name),
        cmocka_unit_test(refuses_a_cookie_that_is_there_twice),
        cmocka_unit_test(is_unavailable_without_a_database),
        cmocka_unit_test(refuses_the_secret_of_tokens),
        cmocka_unit_test(takes_its_own_secret_in_place_of_that_of_tokens),
    };
    return cmocka_run_group_tests_name("auth_better_auth", tests, NULL, NULL);
}
