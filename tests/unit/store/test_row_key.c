#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/store/row_key.h"

static void reads_what_the_triggers_write(void **state)
{
    static const struct {
        const char *text, *user;
        int64_t id;
    } keys[] = {
        {"[\"alice\",1]", "alice", 1},
        {"[\"a,b]\",9007194959773695]", "a,b]", 9007194959773695},
        {"[\"\xc3\xa9\",42]", "\xc3\xa9", 42},
        {"[\"a\\\"b\\\\c\\u0001\",42]", "a\"b\\c\001", 42},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct row_key key;

        assert_true(row_key_read(&key, keys[i].text, strlen(keys[i].text)));
        assert_string_equal(key.user, keys[i].user);
        assert_int_equal(key.id, keys[i].id);
    }
}

/* Whoever can write into the queue can write any text there. */
static void refuses_everything_else(void **state)
{
    static const char *const texts[] = {"", "[", "[\"", "[\"]", "[\"\"]", "[\"a\"]", "[\"a\",]",
        "[\"a\",1", "[\"a\",x]", "[\"a\",-1]", "[\"a\",0]", "[\"a\",1.5]",
        "[\"a\",12345678901234567]", "[a,1]", "x\"a\",1]", "[\"a\\\",1]", "[\"a\\\"\",\"1\"]",
        "{\"a\\\\\":1}", ",1]", "\\"};
    char long_text[400];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct row_key key;

        if (row_key_read(&key, texts[i], strlen(texts[i])))
            fail_msg("%s", texts[i]);
    }
    memset(long_text, 'a', sizeof(long_text));
    memcpy(long_text, "[\"", 2);
    memcpy(long_text + sizeof(long_text) - 4, "\",1]", 4);
    assert_false(row_key_read(&(struct row_key){.id = 0}, long_text, sizeof(long_text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_triggers_write),
        cmocka_unit_test(refuses_everything_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
