/* What the token endpoint answers over HTTP: methods, headers, origins, its own cookie, failures.
 */
#include "tests/unit/auth-fcgi/auth_fixture.h"

static void has_its_headers(struct site *site)
{
    site_answers(site, "\r\nContent-Type: application/json\r\n");
    site_answers(site, "\r\nCache-Control: private, no-store\r\n");
    site_answers(site, "\r\nX-Content-Type-Options: nosniff\r\n");
}

static void gives_a_token_for_a_session(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    has_its_headers(&site);
    site_answers(&site, "\r\n\r\n{\"token\":\"eyJ");
    site_answers(&site, "\",\"expiresIn\":3600,\"userId\":\"alice\"}");
    char *payload = site_payload(&site);
    assert_non_null(strstr(payload, "\"sub\":\"alice\""));
    assert_non_null(strstr(payload, "\"email\":\"alice@example.com\""));
    assert_non_null(strstr(payload, "\"name\":\"Alice\""));
    assert_non_null(strstr(payload, "\"role\":\"admin\""));
    assert_non_null(strstr(payload, "\"iat\":1795375140"));
    assert_non_null(strstr(payload, "\"exp\":1795378740"));
    /* The first 16 bytes of the token's SHA-256, and the row. */
    assert_non_null(strstr(payload, "\"belfry_sid\":\"GcKKULGgkJdZLnzt234HcQ.1\""));
    free(payload);
    assert_int_equal(site_ask(&site, SITE_COOKIE, "REQUEST_METHOD=POST", NULL), 200);
    site_close(&site);
}

static void refuses_who_has_no_session(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, NULL, NULL), 401);
    has_its_headers(&site);
    site_answers(&site, "\r\n\r\n{\"error\":\"Unauthorized\"}");
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=authjs.session-token=nobody", NULL), 401);
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=authjs.session-token=", NULL), 401);
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=authjs.session-token=%zz", NULL), 401);
    assert_int_equal(site_ask(&site, "HTTP_AUTHORIZATION=Bearer nonsense", NULL), 401);
    char *log = site_logged(&site);
    assert_null(strstr(log, "nobody"));
    free(log);
    site_close(&site);
}

static void answers_head_with_headers_alone(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, SITE_COOKIE, "REQUEST_METHOD=HEAD", NULL), 200);
    has_its_headers(&site);
    site_answers_without(&site, "token");
    assert_string_equal(site.answer.data + site.answer.len - 4, "\r\n\r\n");
    assert_int_equal(site_ask(&site, "REQUEST_METHOD=HEAD", NULL), 401);
    site_close(&site);
}

static void refuses_other_methods(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    assert_int_equal(site_ask(&site, "REQUEST_METHOD=DELETE", NULL), 405);
    has_its_headers(&site);
    site_answers(&site, "\r\nAllow: GET, HEAD, POST, OPTIONS\r\n");
    site_answers(&site, "\r\n\r\n{\"error\":\"Method not allowed\"}");
    site_close(&site);
}

static void refuses_foreign_origins(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, SITE_COOKIE, "HTTP_HOST=a.example",
                         "HTTP_ORIGIN=https://evil.example", NULL),
        403);
    has_its_headers(&site);
    site_answers(&site, "\r\n\r\n{\"error\":\"Origin not allowed\"}");
    site_answers_without(&site, "Access-Control");
    site_has_logged(&site, "allowed_origins = https://evil.example");
    assert_int_equal(site_ask(&site, SITE_COOKIE, "HTTP_ORIGIN=https://a.example", NULL), 403);
    site_has_logged(&site,
        "the web server passes no host (HTTP_HOST; nginx has no $http_host under "
        "HTTP/3");
    assert_int_equal(
        site_ask(&site, SITE_COOKIE, "HTTP_HOST=a.example", "HTTP_ORIGIN=https://a.example", NULL),
        200);
    site_answers_without(&site, "Access-Control");
    site_close(&site);
}

static void gives_listed_origins_the_headers_of_cors(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "allowed_origins = https://good.example\n");
    site_sessions(&site);
    const char *origin = "HTTP_ORIGIN=https://good.example";
    assert_int_equal(site_ask(&site, SITE_COOKIE, "HTTP_HOST=a.example", origin, NULL), 200);
    site_answers(&site, "\r\nAccess-Control-Allow-Origin: https://good.example\r\n");
    site_answers(&site, "\r\nAccess-Control-Allow-Credentials: true\r\n");
    site_answers(&site, "\r\nVary: Origin\r\n");
    assert_int_equal(site_ask(&site, origin, NULL), 401);
    site_answers(&site, "\r\nAccess-Control-Allow-Origin: https://good.example\r\n");
    assert_int_equal(site_ask(&site, origin, "REQUEST_METHOD=DELETE", NULL), 405);
    site_answers(&site, "\r\nAccess-Control-Allow-Origin: https://good.example\r\n");
    site_close(&site);
}

static void compares_origins_with_the_host_that_the_first_proxy_was_asked_for(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    const char *forwarded = "HTTP_X_FORWARDED_HOST=a.example, inner.example:8080";
    const char *proxy = "REMOTE_ADDR=127.0.0.1";
    const char *host = "HTTP_HOST=localhost";
    assert_int_equal(
        site_ask(&site, SITE_COOKIE, proxy, host, forwarded, "HTTP_ORIGIN=https://a.example", NULL),
        200);
    assert_int_equal(site_ask(&site, SITE_COOKIE, proxy, host, forwarded,
                         "HTTP_ORIGIN=http://inner.example:8080", NULL),
        403);
    assert_int_equal(site_ask(&site, SITE_COOKIE, proxy, host, "HTTP_X_FORWARDED_HOST=,a.example",
                         "HTTP_ORIGIN=https://a.example", NULL),
        403);
    site_close(&site);
}

static void answers_a_preflight(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "allowed_origins = https://good.example\n");
    assert_int_equal(site_ask(&site, "REQUEST_METHOD=OPTIONS", "HTTP_ORIGIN=https://good.example",
                         "HTTP_ACCESS_CONTROL_REQUEST_METHOD=POST", NULL),
        204);
    has_its_headers(&site);
    site_answers(&site, "\r\nAccess-Control-Allow-Methods: GET, HEAD, POST\r\n");
    site_answers(&site, "\r\nAccess-Control-Allow-Headers: Authorization, Content-Type\r\n");
    site_answers(&site, "\r\nAccess-Control-Max-Age: 600\r\n");
    assert_int_equal(site_ask(&site, "REQUEST_METHOD=OPTIONS", NULL), 204);
    site_answers(&site, "\r\nAllow: ");
    site_answers_without(&site, "Access-Control");
    assert_int_equal(
        site_ask(&site, "REQUEST_METHOD=OPTIONS", "HTTP_ORIGIN=https://evil.example", NULL), 403);
    site_close(&site);
}

static void sets_the_cookie_of_the_event_stream_where_a_post_asks_for_it(void **state)
{
    struct site site;
    const char *post = "REQUEST_METHOD=POST";

    (void)state;
    site_open(&site, "[gateway]\nevents_path = /live/events\n");
    site_sessions(&site);
    site_sql(&site, "sessions.db", "UPDATE sessions SET expires = '2026-11-22T19:29:00.000Z'");
    assert_int_equal(site_ask(&site, SITE_COOKIE, post, "QUERY_STRING=cookie", NULL), 200);
    site_answers(&site, "\r\nSet-Cookie: belfry_token=eyJ");
    site_answers(&site, "; Max-Age=600; Path=/live/events; HttpOnly; SameSite=Strict\r\n");
    site_answers(&site, "\r\n\r\n{\"token\":\"eyJ");
    assert_int_equal(site_ask(&site, SITE_COOKIE, post, "QUERY_STRING=a=b&cookie=&c", NULL), 200);
    site_answers(&site, "\r\nSet-Cookie: belfry_token=eyJ");
    assert_int_equal(site_ask(&site, SITE_COOKIE, post, "REQUEST_URI=/auth?cookie", NULL), 200);
    site_answers(&site, "\r\nSet-Cookie: belfry_token=eyJ");
    site_close(&site);
}

static void keeps_the_cookie_of_the_event_stream_to_https(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=__Secure-authjs.session-token=token-of-alice",
                         "REQUEST_METHOD=POST", "QUERY_STRING=cookie", "HTTPS=on", NULL),
        200);
    site_answers(&site, "; Max-Age=3600; Path=/events; HttpOnly; SameSite=Strict; Secure\r\n");
    site_close(&site);
}

static void sets_no_cookie_that_nobody_asked_for(void **state)
{
    static const struct {
        const char *method, *query;
        int status;
    } cases[] = {
        {"REQUEST_METHOD=GET", "QUERY_STRING=cookie", 200},
        {"REQUEST_METHOD=HEAD", "QUERY_STRING=cookie", 200},
        {"REQUEST_METHOD=OPTIONS", "QUERY_STRING=cookie", 204},
        {"REQUEST_METHOD=POST", "QUERY_STRING=", 200},
        {"REQUEST_METHOD=POST", "QUERY_STRING=cookies&acookie&x=cookie&&", 200},
        {"REQUEST_METHOD=POST", "QUERY_STRING=Cookie", 200},
    };
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            site_ask(&site, SITE_COOKIE, cases[i].method, cases[i].query, NULL), cases[i].status);
        site_answers_without(&site, "Set-Cookie");
    }
    assert_int_equal(site_ask(&site, "REQUEST_METHOD=POST", "QUERY_STRING=cookie", NULL), 401);
    site_answers_without(&site, "Set-Cookie");
    site_close(&site);
}

static void is_misconfigured_without_a_secret(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "[token]\nsecret_file = /nowhere/secret\n");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 500);
    has_its_headers(&site);
    site_answers(&site, "\r\n\r\n{\"error\":\"Server configuration error\"}");
    site_has_logged(&site, "/nowhere/secret");
    assert_int_equal(site_ask(&site, "REQUEST_METHOD=DELETE", NULL), 405);
    site_close(&site);
}

static void is_unavailable_while_the_store_is(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "[auth]\nsession_database = /nowhere/app.db\n");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 503);
    has_its_headers(&site);
    site_answers(&site, "\r\nRetry-After: 2\r\n");
    site_answers(&site, "\r\n\r\n{\"error\":\"Session store unavailable\"}");
    site_has_logged(&site, "/nowhere/app.db");
    assert_int_equal(site_ask(&site, NULL, NULL), 401);
    site_close(&site);
}

static void refuses_malformed_requests(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    assert_int_equal(site_ask(&site, "HTTP_COOKIE=a\r\nb", NULL), 400);
    has_its_headers(&site);
    site_answers(&site, "{\"error\":\"Bad request\"}");
    assert_int_equal(site_ask(&site, "REQUEST_METHOD=", NULL), 400);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_a_token_for_a_session),
        cmocka_unit_test(refuses_who_has_no_session),
        cmocka_unit_test(answers_head_with_headers_alone),
        cmocka_unit_test(refuses_other_methods),
        cmocka_unit_test(refuses_foreign_origins),
        cmocka_unit_test(gives_listed_origins_the_headers_of_cors),
        cmocka_unit_test(compares_origins_with_the_host_that_the_first_proxy_was_asked_for),
        cmocka_unit_test(answers_a_preflight),
        cmocka_unit_test(sets_the_cookie_of_the_event_stream_where_a_post_asks_for_it),
        cmocka_unit_test(keeps_the_cookie_of_the_event_stream_to_https),
        cmocka_unit_test(sets_no_cookie_that_nobody_asked_for),
        cmocka_unit_test(is_misconfigured_without_a_secret),
        cmocka_unit_test(is_unavailable_while_the_store_is),
        cmocka_unit_test(refuses_malformed_requests),
    };
    return cmocka_run_group_tests_name("token_endpoint", tests, NULL, NULL);
}
