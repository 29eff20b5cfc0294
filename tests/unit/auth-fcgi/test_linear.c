/* The token endpoint processes everything that an unauthenticated client sends in linear time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/cookie.h"
#include "auth-fcgi/cookie_claims.h"
#include "auth-fcgi/jwe.h"
#include "tests/unit/linear.h"

#define HEADER (64 * 1024)
#define NOW 1795375140
#define COUNT(texts) (sizeof(texts) / sizeof((texts)[0]))

static void find_cookie(void *context, const char *text, size_t len)
{
    struct buf value;

    (void)context;
    buf_init(&value, len);
    cookie_find_chunked(text, "authjs.session-token", &value);
    cookie_has_prefix(text, "__Secure-");
    buf_release(&value);
}

static void cookies_are_linear(void **state)
{
    static const struct linear_text texts[] = {
        {NULL, "a=1; ", NULL, NULL, NULL},
        {NULL, ";", NULL, NULL, NULL},
        {NULL, " ", NULL, NULL, "a=1"},
        {NULL, "=", NULL, NULL, NULL},
        {NULL, "a", NULL, NULL, NULL},
        {"authjs.session-token=", "%41", NULL, NULL, NULL},
        {"authjs.session-token=", "\"", NULL, NULL, NULL},
        {"authjs.session-token.0=a; ", "authjs.session-token.1=b; ", NULL, NULL, NULL},
    };

    (void)state;
    linear_assert(find_cookie, NULL, texts, COUNT(texts), HEADER);
}

static void open_jwe(void *context, const char *text, size_t len)
{
    static const unsigned char bytes[JWE_KEY_MAX] = "a key that is known to all";
    struct jwe_key *key = jwe_key_new(JWE_A256GCM, bytes);
    struct jwe_header header = {0};
    struct jwe jwe;
    struct buf plain;
    struct reason why;

    (void)context;
    jwe_looks_like_one(text);
    buf_init(&plain, JWE_MAX_BYTES);
    if (jwe_parse(&jwe, &header, text, len, &why) == 0)
        jwe_decrypt(&jwe, key, &plain, &why);
    jwe_header_release(&header);
    jwe_key_free(key);
    buf_release(&plain);
}

static void encrypted_cookies_are_linear(void **state)
{
    static const struct linear_text texts[] = {
        {"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.", "AAAA", NULL, NULL,
            ".AAAAAAAAAAAAAAAAAAAAAA"},
        {"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..", "AAAA", NULL, NULL, ".AAAA.AAAA"},
        {NULL, ".", NULL, NULL, NULL},
        {NULL, "A", NULL, NULL, "..A.A.A"},
    };

    (void)state;
    linear_assert(open_jwe, NULL, texts, COUNT(texts), JWE_MAX_BYTES);
}

static void read_claims(void *context, const char *text, size_t len)
{
    struct session session;
    struct reason why;

    (void)context;
    session_init(&session);
    cookie_claims_read(text, len, NOW, &session, &why);
    session_release(&session);
}

static void claims_are_linear(void **state)
{
    static const struct linear_text texts[] = {
        {"{\"sub\":\"", "a", NULL, NULL, "\"}"},
        {"{\"sub\":\"1\",\"name\":\"", "\\ud83d", NULL, NULL, "\"}"},
        {"{\"", "a", "\"", ":", "}"},
        {"{\"sub\":\"1\",\"exp\":", "9", NULL, NULL, "}"},
    };

    (void)state;
    linear_assert(read_claims, NULL, texts, COUNT(texts), HEADER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookies_are_linear),
        cmocka_unit_test(encrypted_cookies_are_linear),
        cmocka_unit_test(claims_are_linear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
