#include "tests/unit/files.h"

#include "auth-fcgi/signature.h"

/* printf %s token | openssl dgst -sha256 -hmac SECRET -binary | base64 */
#define SECRET "a-secret-for-tests-of-more-than-32-octets"
#define SIGNATURE "PryoUnZ4Pv7nVKyipskaEuStZ4KL/R7kd3htXEbIp8A"

static struct secrets secrets;

static int set_up(void **state)
{
    (void)state;
    return secrets_add(&secrets, "another-secret-of-more-than-32-octets", 37, false, NULL) +
           secrets_add(&secrets, SECRET, strlen(SECRET), false, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    secrets_release(&secrets);
    return 0;
}

static long checks(const char *value, bool padded)
{
    struct reason why;

    return signature_check(value, &secrets, padded, &why);
}

static void takes_what_one_of_the_secrets_signed(void **state)
{
    (void)state;
    assert_int_equal(checks("token." SIGNATURE "=", true), 5);
    assert_int_equal(checks("token." SIGNATURE, false), 5);
    /* A single dot does not make it a token. */
    assert_int_equal(checks("of.ada.OUVLBH1IJEtxtgRytmGF+B1GB+H42DB/ZFijCa6S8r8", false), 6);
}

static void refuses_everything_else(void **state)
{
    (void)state;
    assert_int_equal(checks("token." SIGNATURE, true), -1);
    assert_int_equal(checks("token." SIGNATURE "=", false), -1);
    assert_int_equal(checks("token." SIGNATURE "==", true), -1);
    assert_int_equal(checks("tokem." SIGNATURE "=", true), -1);
    assert_int_equal(checks("." SIGNATURE "=", true), -1);
    assert_int_equal(checks("token.", false), -1);
    assert_int_equal(checks("token", false), -1);
    assert_int_equal(checks("", false), -1);
}

/* {"alg":"HS256"}.{"sub":"root"}, with the signature that this token has. */
static void refuses_tokens(void **state)
{
    const char *token =
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJyb290In0.IiJPbsxMSYwSyNADoRnpsTzDW/Qm/+KmGzi91y9LLqY";
    const char *longer =
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJyb290In0.a.WlScc798MzTQw23zz1PjU9v2Zhaf3OQlzQJlOomE7n4";

    (void)state;
    assert_int_equal(checks(token, false), -1);
    assert_int_equal(checks(longer, false), -1);
    /* With leading white space. */
    assert_int_equal(checks("CiB7ImFsZyI6IkhTMjU2In0.eyJzdWIiOiJyb290In0."
                            "Ht7b5sLAiTATIPirb8Mb1KzYJcf5J1Y4uo5fcDcO4bc",
                         false),
        -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_one_of_the_secrets_signed),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(refuses_tokens),
    };
    return cmocka_run_group_tests_name("auth_signature", tests, set_up, tear_down);
}
