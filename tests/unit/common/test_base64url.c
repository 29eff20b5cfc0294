#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "common/base64url.h"

/* RFC 4648, section 10, and characters that only the URL-safe alphabet has. */
static const struct {
    const char *octets;
    const char *text;
} pairs[] = {
    {"", ""},
    {"f", "Zg"},
    {"fo", "Zm8"},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg"},
    {"fooba", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "-_-_"},
};

static void encodes_the_vectors_of_the_rfc(void **state)
{
    char text[16];

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        size_t len = strlen(pairs[i].octets);
        assert_string_equal(base64url_encode(pairs[i].octets, len, text), pairs[i].text);
        assert_int_equal(BASE64URL_LENGTH(len), strlen(text));
    }
}

static void decodes_the_vectors_of_the_rfc(void **state)
{
    char octets[16];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_true(base64url_decode(pairs[i].text, strlen(pairs[i].text), octets, &len));
        assert_int_equal(len, strlen(pairs[i].octets));
        assert_int_equal(BASE64URL_OCTETS(strlen(pairs[i].text)), len);
        assert_memory_equal(octets, pairs[i].octets, len);
    }
}

static void refuses_another_spelling(void **state)
{
    static const char *const texts[] = {"Zg==", "Zg=", "Zh", "Zm9=", "Zm-", "Z", "Zm9vY", "A",
        "AAAAA", "Zm+v", "Zm/v", "Zm9v\n", " Zm9v", "Zm 9v", "Z\xc3\xa9g"};
    char octets[16];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(base64url_decode(texts[i], strlen(texts[i]), octets, &len));
    assert_false(base64url_decode("Zm9\0", 4, octets, &len));
}

/* Any byte anywhere in a group of four, and in the shorter one behind it. */
static void takes_the_characters_of_the_alphabet_alone(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char text[7], octets[8];
    size_t len;

    (void)state;
    for (size_t at = 0; at < sizeof(text); at++)
        for (int byte = 0; byte < 256; byte++) {
            bool known = memchr(alphabet, byte, sizeof(alphabet) - 1) != NULL;

            memset(text, 'A', sizeof(text));
            text[at] = (char)byte;
            /* The last character's two lowest bits mean nothing, and must be 0. */
            if (known && at == 6)
                known = (strchr(alphabet, byte) - alphabet) % 4 == 0;
            assert_int_equal(base64url_decode(text, sizeof(text), octets, &len), known);
        }
}

static void reads_back_what_it_wrote(void **state)
{
    unsigned char octets[64], back[64];
    char text[BASE64URL_LENGTH(64) + 1];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(octets); i++)
        octets[i] = (unsigned char)(i * 37);
    for (size_t i = 0; i <= sizeof(octets); i++) {
        base64url_encode(octets, i, text);
        assert_true(base64url_decode(text, strlen(text), back, &len));
        assert_int_equal(len, i);
        assert_memory_equal(back, octets, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_the_vectors_of_the_rfc),
        cmocka_unit_test(decodes_the_vectors_of_the_rfc),
        cmocka_unit_test(refuses_another_spelling),
        cmocka_unit_test(takes_the_characters_of_the_alphabet_alone),
        cmocka_unit_test(reads_back_what_it_wrote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
