#include "tests/unit/auth-fcgi/auth_fixture.h"

#include "auth-fcgi/token_endpoint.h"
#include "tests/unit/auth-fcgi/authjs_vectors.h"

/* A site with the secrets and the clock of the test vectors. */
static void open_vectors(struct site *site, const char *first, const char *second)
{
    site_open(site, "");
    site->now_ms = (VECTORS_MADE_AT + 60) * 1000;
    setenv("AUTH_SECRET_2", first, 1);
    setenv("AUTH_SECRET_1", second, 1);
    unsetenv("AUTH_SECRET");
    program_settings_release(site->settings);
    struct reason why;
    char *path = path_in(site->folder, "belfry.conf");
    site->settings = program_settings_load(&token_endpoint_kind, path, NULL, &why);
    free(path);
    assert_non_null(site->settings);
    site->responder = responder_open(site->settings, &site->clock, &site->log);
    assert_null(responder_fault(site->responder));
}

static void open_usual(struct site *site)
{
    open_vectors(site, vector_secrets[0], vector_secrets[1]);
}

static void close_vectors(struct site *site)
{
    unsetenv("AUTH_SECRET_1");
    unsetenv("AUTH_SECRET_2");
    site_close(site);
}

static const struct vector *vector_of(const char *label)
{
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        if (strcmp(vectors[i].label, label) == 0)
            return &vectors[i];
    fail_msg("no vector %s", label);
    return NULL;
}

/* Asks with a cookie; returns the status. */
static int ask(struct site *site, const char *name, const char *value)
{
    struct buf parameter;

    buf_init(&parameter, 65536);
    buf_addf(&parameter, "HTTP_COOKIE=%s=%s", name, value);
    int status = site_ask(site, parameter.data, NULL);
    buf_release(&parameter);
    return status;
}

static void has_claim(const char *payload, const char *name, const char *value)
{
    struct buf member;

    buf_init(&member, 1024);
    buf_addf(&member, "\"%s\":", name);
    if (value)
        buf_add_json_string(&member, value, strlen(value));
    bool there = strstr(payload, member.data) != NULL;
    if (there != (value != NULL))
        fail_msg("%s, %s: %s", name, member.data, payload);
    buf_release(&member);
}

static void reads_what_the_libraries_themselves_make(void **state)
{
    struct site site;

    (void)state;
    open_usual(&site);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct vector *vector = &vectors[i];
        if (strcmp(vector->label, "without_kid_rotated") == 0 ||
            strcmp(vector->label, "custom") == 0)
            continue;
        if (ask(&site, vector->cookie, vector->value) != 200) {
            char *log = site_logged(&site);
            fail_msg("%s: %s", vector->label, log);
        }
        char *payload = site_payload(&site);
        has_claim(payload, "sub", vector->sub);
        has_claim(payload, "email", vector->email);
        has_claim(payload, "name", vector->name);
        has_claim(payload, "role", vector->role);
        has_claim(payload, "belfry_sid", NULL);
        free(payload);
    }
    close_vectors(&site);
}

static void tries_the_first_secret_alone_where_no_kid_says_which(void **state)
{
    struct site site;
    const struct vector *vector = vector_of("without_kid_rotated");

    (void)state;
    open_usual(&site);
    assert_int_equal(ask(&site, vector->cookie, vector->value), 401);
    close_vectors(&site);
    open_vectors(&site, vector_secrets[1], vector_secrets[0]);
    assert_int_equal(ask(&site, vector->cookie, vector->value), 200);
    close_vectors(&site);
}

static void refuses_a_cookie_of_another_secret(void **state)
{
    struct site site;

    (void)state;
    open_vectors(&site, SITE_SECRET, "yet-another-secret-of-more-than-32-octets");
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        assert_int_equal(ask(&site, vectors[i].cookie, vectors[i].value), 401);
    char *log = site_logged(&site);
    assert_non_null(strstr(log, "its key is derived from none of 2 secrets"));
    free(log);
    close_vectors(&site);
}

static void refuses_a_cookie_under_another_name(void **state)
{
    struct site site;

    (void)state;
    open_usual(&site);
    const char *value = vector_of("plain")->value;
    assert_int_equal(ask(&site, "__Secure-authjs.session-token", value), 401);
    assert_int_equal(ask(&site, "next-auth.session-token", value), 401);
    assert_int_equal(ask(&site, "session-token", value), 401);
    assert_int_equal(ask(&site, "authjs.session-token", vector_of("nextauth")->value), 401);
    close_vectors(&site);
}

static void refuses_every_cookie_that_was_tampered_with(void **state)
{
    struct site site;
    static const char *const labels[] = {"plain", "gcm", "nextauth"};

    (void)state;
    open_usual(&site);
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        const struct vector *vector = vector_of(labels[i]);
        char *value = strdup(vector->value);
        size_t len = strlen(value);
        for (size_t at = 0; at < len; at += 7) {
            char before = value[at];
            value[at] = before == 'A' ? 'B' : 'A';
            assert_int_equal(ask(&site, vector->cookie, value), 401);
            value[at] = before;
        }
        /* The last character's unused bits must be 0: only the canonical encoding is accepted. */
        value[len - 1]++;
        assert_int_equal(ask(&site, vector->cookie, value), 401);
        value[len - 1] = '\0';
        assert_int_equal(ask(&site, vector->cookie, value), 401);
        free(value);
    }
    close_vectors(&site);
}

static void refuses_what_is_no_jwe_of_ours(void **state)
{
    static const char *const wrong[] = {
        "eyJ....",
        "eyJhbGciOiJkaXIifQ....",
        "ey.a.b.c.d",
        /* {"alg":"A256KW","enc":"A256GCM"} */
        "eyJhbGciOiJBMjU2S1ciLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA",
        /* {"alg":"dir","enc":"A128GCM"} */
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA",
        /* {"alg":"dir","enc":"A256GCM","zip":"DEF"} */
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiemlwIjoiREVGIn0..AAAAAAAAAAAAAAAA.AA."
        "AAAAAAAAAAAAAAAAAAAAAA",
        /* {"alg":"dir","enc":"A256GCM","crit":["x"]} */
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiY3JpdCI6WyJ4Il19..AAAAAAAAAAAAAAAA.AA."
        "AAAAAAAAAAAAAAAAAAAAAA",
        /* {"alg":"dir","enc":"A256GCM","alg":"dir"} */
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiZGlyIn0..AAAAAAAAAAAAAAAA.AA."
        "AAAAAAAAAAAAAAAAAAAAAA",
        /* {"alg":"dir","enc":"A256GCM","kid":7} */
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjo3fQ..AAAAAAAAAAAAAAAA.AA."
        "AAAAAAAAAAAAAAAAAAAAAA",
        /* an encrypted key */
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0.AAAA.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA",
        /* an iv and a tag that are too short */
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AA.AAAAAAAAAAAAAAAAAAAAAA",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AA.AAAA",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAA",
    };
    struct site site;

    (void)state;
    open_usual(&site);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(ask(&site, "authjs.session-token", wrong[i]), 401);
        assert_int_equal(ask(&site, "next-auth.session-token", wrong[i]), 401);
    }
    close_vectors(&site);
}

static void ends_with_the_cookie_and_fifteen_seconds(void **state)
{
    struct site site;

    (void)state;
    open_usual(&site);
    const struct vector *vector = vector_of("plain");
    site.now_ms = (vector->exp - 100) * 1000;
    assert_int_equal(ask(&site, vector->cookie, vector->value), 200);
    assert_non_null(strstr(site.answer.data, "\"expiresIn\":100,"));
    site.now_ms = (vector->exp + 14) * 1000;
    assert_int_equal(ask(&site, vector->cookie, vector->value), 200);
    assert_non_null(strstr(site.answer.data, "\"expiresIn\":1,"));
    site.now_ms = (vector->exp + 15) * 1000;
    assert_int_equal(ask(&site, vector->cookie, vector->value), 401);
    close_vectors(&site);
}

/* Auth.js splits cookies that are too long for a browser; the chunks arrive in any order. */
static void joins_the_chunks_of_a_long_cookie(void **state)
{
    struct site site;
    struct buf cookies;
    const char *value = vector_of("long")->value;
    size_t cut = 3936;

    (void)state;
    open_usual(&site);
    buf_init(&cookies, 32768);
    buf_addf(&cookies, "HTTP_COOKIE=authjs.session-token.2=%s; ", value + 2 * cut);
    buf_addf(&cookies, "authjs.session-token.0=%.*s; ", (int)cut, value);
    size_t without_last = cookies.len;
    buf_addf(&cookies, "authjs.session-token.1=%.*s", (int)cut, value + cut);
    assert_int_equal(site_ask(&site, cookies.data, NULL), 200);
    cookies.data[without_last] = '\0';
    assert_int_equal(site_ask(&site, cookies.data, NULL), 401);
    buf_release(&cookies);
    close_vectors(&site);
}

static void takes_a_bearer_token_as_auth_js_does(void **state)
{
    struct site site;
    struct buf parameter;

    (void)state;
    open_usual(&site);
    buf_init(&parameter, 32768);
    buf_addf(&parameter, "HTTP_AUTHORIZATION=Bearer %s", vector_of("plain")->value);
    assert_int_equal(site_ask(&site, parameter.data, NULL), 200);
    buf_release(&parameter);
    close_vectors(&site);
}

static void takes_the_cookie_name_that_is_configured(void **state)
{
    struct site site;
    const struct vector *vector = vector_of("custom");

    (void)state;
    setenv("BELFRY_AUTH_SESSION_COOKIE", vector->cookie, 1);
    open_usual(&site);
    assert_int_equal(ask(&site, vector->cookie, vector->value), 200);
    assert_int_equal(ask(&site, "authjs.session-token", vector_of("plain")->value), 401);
    unsetenv("BELFRY_AUTH_SESSION_COOKIE");
    close_vectors(&site);
}

static void has_a_secret_of_its_own_for_nextauth(void **state)
{
    struct site site;
    const struct vector *vector = vector_of("nextauth");

    (void)state;
    setenv("NEXTAUTH_SECRET", vector_secrets[0], 1);
    open_vectors(&site, SITE_SECRET, "yet-another-secret-of-more-than-32-octets");
    assert_int_equal(ask(&site, vector->cookie, vector->value), 200);
    assert_int_equal(ask(&site, "authjs.session-token", vector_of("plain")->value), 401);
    unsetenv("NEXTAUTH_SECRET");
    close_vectors(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_libraries_themselves_make),
        cmocka_unit_test(tries_the_first_secret_alone_where_no_kid_says_which),
        cmocka_unit_test(refuses_a_cookie_of_another_secret),
        cmocka_unit_test(refuses_a_cookie_under_another_name),
        cmocka_unit_test(refuses_every_cookie_that_was_tampered_with),
        cmocka_unit_test(refuses_what_is_no_jwe_of_ours),
        cmocka_unit_test(ends_with_the_cookie_and_fifteen_seconds),
        cmocka_unit_test(joins_the_chunks_of_a_long_cookie),
        cmocka_unit_test(takes_a_bearer_token_as_auth_js_does),
        cmocka_unit_test(takes_the_cookie_name_that_is_configured),
        cmocka_unit_test(has_a_secret_of_its_own_for_nextauth),
    };
    return cmocka_run_group_tests_name("auth_authjs", tests, NULL, NULL);
}
