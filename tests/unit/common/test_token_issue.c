#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/config.h"
#include "tests/unit/common/token_fixture.h"

/* Issuing */

static int issue(struct fixture *fixture, int64_t session_end)
{
    buf_clear(&fixture->token);
    return token_issue(&fixture->policy, &fixture->secrets, &fixture->claims, session_end, NOW,
        &fixture->token, &fixture->why);
}

static void issues_what_it_verifies(void **state)
{
    struct fixture *fixture = *state;
    char *id;

    fixture->policy.issuer = "belfry";
    fixture->policy.audience = "gateway";
    fixture->claims.subject = strdup("u1");
    fixture->claims.email = strdup("a@b.example");
    fixture->claims.name = strdup("Jérôme \"J\"");
    fixture->claims.role = strdup("admin");
    fixture->claims.session = strdup("abc.7");
    fixture->claims.topics = calloc(2, sizeof(char *));
    fixture->claims.topics[0] = strdup("public:a");
    fixture->claims.topics[1] = strdup("job:*");
    fixture->claims.topic_count = 2;
    assert_int_equal(issue(fixture, -1), 0);
    assert_int_equal(fixture->claims.issued_at, NOW);
    assert_int_equal(fixture->claims.expires_at, NOW + 3600);
    assert_int_equal(strlen(fixture->claims.id), 22);
    id = strdup(fixture->claims.id);
    assert_int_equal(verify(fixture), TOKEN_OK);
    assert_string_equal(fixture->claims.subject, "u1");
    assert_string_equal(fixture->claims.email, "a@b.example");
    assert_string_equal(fixture->claims.name, "Jérôme \"J\"");
    assert_string_equal(fixture->claims.role, "admin");
    assert_string_equal(fixture->claims.session, "abc.7");
    assert_string_equal(fixture->claims.id, id);
    assert_int_equal(fixture->claims.topic_count, 2);
    assert_string_equal(fixture->claims.topics[1], "job:*");
    assert_int_equal(fixture->claims.expires_at, NOW + 3600);
    free(id);
}

static void signs_with_the_first_secret(void **state)
{
    struct fixture *fixture = *state;

    fixture->claims.subject = strdup("u1");
    assert_int_equal(issue(fixture, -1), 0);
    fixture->secrets.count = 1;
    assert_int_equal(verify(fixture), TOKEN_OK);
    fixture->secrets.count = 2;
}

/* That part of the token as JSON; the caller frees it. */
static json_t *decode(const char *part)
{
    char octets[1000];
    size_t len;

    assert_true(base64url_decode(part, strcspn(part, "."), octets, &len));
    return json_loadb(octets, len, 0, NULL);
}

static void leaves_out_what_is_not_known(void **state)
{
    struct fixture *fixture = *state;
    json_t *header, *payload;

    fixture->claims.subject = strdup("u1");
    assert_int_equal(issue(fixture, -1), 0);
    header = decode(fixture->token.data);
    payload = decode(strchr(fixture->token.data, '.') + 1);
    assert_int_equal(json_object_size(header), 2);
    assert_string_equal(json_string_value(json_object_get(header, "alg")), "HS256");
    assert_string_equal(json_string_value(json_object_get(header, "typ")), "JWT");
    assert_int_equal(json_object_size(payload), 4);
    assert_int_equal(json_integer_value(json_object_get(payload, "iat")), NOW);
    assert_int_equal(json_integer_value(json_object_get(payload, "exp")), NOW + 3600);
    assert_non_null(json_object_get(payload, "jti"));
    json_decref(header);
    json_decref(payload);
}

static void ends_with_the_session_where_that_is_sooner(void **state)
{
    struct fixture *fixture = *state;

    fixture->claims.subject = strdup("u1");
    assert_int_equal(issue(fixture, NOW + 60), 0);
    assert_int_equal(fixture->claims.expires_at, NOW + 60);
    assert_int_equal(issue(fixture, NOW + 7200), 0);
    assert_int_equal(fixture->claims.expires_at, NOW + 3600);
    assert_int_equal(issue(fixture, NOW), -1);
    assert_int_equal(issue(fixture, 0), -1);
}

static void makes_a_fresh_id_each_time(void **state)
{
    struct fixture *fixture = *state;
    char *first;

    fixture->claims.subject = strdup("u1");
    assert_int_equal(issue(fixture, -1), 0);
    first = strdup(fixture->claims.id);
    assert_int_equal(issue(fixture, -1), 0);
    assert_string_not_equal(fixture->claims.id, first);
    free(first);
}

static void assert_not_issued(struct fixture *fixture, const char *words)
{
    assert_int_equal(issue(fixture, -1), -1);
    assert_non_null(strstr(fixture->why.text, words));
    assert_int_equal(fixture->token.len, 0);
}

static void issues_nothing_that_it_would_refuse(void **state)
{
    struct fixture *fixture = *state;
    static char text[9000];

    assert_not_issued(fixture, "no user");
    fixture->claims.subject = strdup("");
    assert_not_issued(fixture, "no user");
    free(fixture->claims.subject);
    fixture->claims.subject = strdup("u\n");
    assert_not_issued(fixture, "plain text");
    free(fixture->claims.subject);
    fixture->claims.subject = strdup("u\xff");
    assert_not_issued(fixture, "plain text");
    free(fixture->claims.subject);
    memset(text, 'u', sizeof(text) - 1);
    fixture->claims.subject = strndup(text, 256);
    assert_not_issued(fixture, "255");
    fixture->claims.subject[255] = '\0';
    fixture->claims.name = strdup(text);
    assert_not_issued(fixture, "8192");
    fixture->claims.name[0] = '\xff';
    assert_not_issued(fixture, "UTF-8");
    free(fixture->claims.name);
    fixture->claims.name = NULL;
    assert_int_equal(issue(fixture, -1), 0);
    secrets_release(&fixture->secrets);
    assert_not_issued(fixture, "no secret");
}

static void says_where_there_is_no_room_for_the_token(void **state)
{
    struct fixture *fixture = *state;
    struct buf small;

    buf_init(&small, 100);
    fixture->claims.subject = strdup("u1");
    assert_int_equal(token_issue(&fixture->policy, &fixture->secrets, &fixture->claims, -1, NOW,
                         &small, &fixture->why),
        -1);
    assert_non_null(strstr(fixture->why.text, "room"));
    buf_release(&small);
}

static void hashes_a_session_token(void **state)
{
    char hash[TOKEN_SESSION_HASH_SIZE];

    (void)state;
    /* SHA-256("abc") = ba7816bf 8f01cfea 414140de 5dae2223 … */
    assert_string_equal(token_session_hash("abc", 3, hash), "ungWv48Bz-pBQUDeXa4iIw");
}

static void takes_a_session_apart_in_its_only_spelling(void **state)
{
    static const char *const odd[] = {"", ".1", "ungWv48Bz-pBQUDeXa4iIw", "ungWv48Bz-pBQUDeXa4iIw.",
        "ungWv48Bz-pBQUDeXa4iI.1", "ungWv48Bz-pBQUDeXa4iIx.1", "ungWv48Bz+pBQUDeXa4iIw.1",
        "ungWv48Bz-pBQUDeXa4iIw.01", "ungWv48Bz-pBQUDeXa4iIw.+1", "ungWv48Bz-pBQUDeXa4iIw. 1",
        "ungWv48Bz-pBQUDeXa4iIw.1 ", "ungWv48Bz-pBQUDeXa4iIw.9223372036854775808"};
    struct token_session session;
    char hash[TOKEN_SESSION_HASH_SIZE];

    (void)state;
    assert_true(token_session_parse("ungWv48Bz-pBQUDeXa4iIw.-9223372036854775808", &session));
    assert_true(session.rowid == INT64_MIN);
    assert_true(token_session_parse("ungWv48Bz-pBQUDeXa4iIw.9223372036854775807", &session));
    assert_true(session.rowid == INT64_MAX);
    assert_string_equal(token_session_spell(session.hash, hash), "ungWv48Bz-pBQUDeXa4iIw");
    assert_false(token_session_parse(NULL, &session));
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        if (token_session_parse(odd[i], &session))
            fail_msg("%s", odd[i]);
}

static void takes_its_policy_from_the_configuration(void **state)
{
    char empty[] = "", audience[] = "gateway";
    struct config config = {
        .token = {.lifetime = 1500, .leeway = 30000, .issuer = empty, .audience = audience}};
    struct token_policy policy = token_policy_from(&config);

    (void)state;
    assert_null(policy.issuer);
    assert_string_equal(policy.audience, "gateway");
    assert_int_equal(policy.lifetime, 1);
    assert_int_equal(policy.leeway, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(issues_what_it_verifies),
        TEST(signs_with_the_first_secret),
        TEST(leaves_out_what_is_not_known),
        TEST(ends_with_the_session_where_that_is_sooner),
        TEST(makes_a_fresh_id_each_time),
        TEST(issues_nothing_that_it_would_refuse),
        TEST(says_where_there_is_no_room_for_the_token),
        TEST(hashes_a_session_token),
        TEST(takes_a_session_apart_in_its_only_spelling),
        TEST(takes_its_policy_from_the_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
