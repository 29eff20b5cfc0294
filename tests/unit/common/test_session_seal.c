#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/session_seal.h"
#include "common/token_session.h"

#define SESSION_TOKEN "7f8bcdb8-7bd6-4e9a-9cb1-2a3a0b1a2f11"

static unsigned char own[] = "a-secret-for-tests-of-more-than-32-octets";
static unsigned char others[] = "another-secret-of-more-than-32-octets----";
static const struct secret secret = {own, sizeof(own) - 1, ""};
static const struct secret another = {others, sizeof(others) - 1, ""};

static void opens_what_it_has_sealed(void **state)
{
    char hash[TOKEN_SESSION_HASH_SIZE];
    struct token_session session;
    char *sid = session_seal(&secret, SESSION_TOKEN);
    char *token = session_unseal(&secret, sid);

    (void)state;
    assert_string_equal(token, SESSION_TOKEN);
    token_session_hash(SESSION_TOKEN, strlen(SESSION_TOKEN), hash);
    assert_memory_equal(sid, hash, strlen(hash));
    assert_null(strstr(sid, SESSION_TOKEN));
    assert_true(token_session_parse(sid, &session));
    assert_int_equal(session.rowid, 0);
    assert_null(session.token);
    free(token);
    free(sid);
}

/* Each changed character of it makes it worthless. */
static void opens_nothing_else(void **state)
{
    static const char *const none[] = {"", ".", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA.",
        "AAAAAAAAAAAAAAAAAAAAAA.7", "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA"};
    char *sid = session_seal(&secret, SESSION_TOKEN);

    (void)state;
    assert_null(session_unseal(&another, sid));
    for (size_t i = 0; i < strlen(sid); i++) {
        char before = sid[i];
        sid[i] = before == 'A' ? 'B' : 'A';
        assert_null(session_unseal(&secret, sid));
        sid[i] = before;
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_null(session_unseal(&secret, none[i]));
    free(sid);
}

static void long_tokens_are_not_sealed(void **state)
{
    char token[SESSION_SEAL_MAX + 2];
    char *sid, *opened;

    (void)state;
    memset(token, 'x', sizeof(token));
    token[SESSION_SEAL_MAX + 1] = '\0';
    assert_null(session_seal(&secret, token));
    assert_null(session_seal(&secret, ""));
    token[SESSION_SEAL_MAX] = '\0';
    sid = session_seal(&secret, token);
    opened = session_unseal(&secret, sid);
    assert_string_equal(opened, token);
    free(opened);
    free(sid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_what_it_has_sealed),
        cmocka_unit_test(opens_nothing_else),
        cmocka_unit_test(long_tokens_are_not_sealed),
    };

    return cmocka_run_group_tests_name("session_seal", tests, NULL, NULL);
}
