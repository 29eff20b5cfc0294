#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bench/load/stamp.h"

static const struct stamp example = {
    0xfedcba98, 0xabcdef01, 0x12345678, 0x9abcdef0, 0x0fedcba9, 0x123456789abcdef};

static void is_found_where_it_was_written(void **state)
{
    char *payload = payload_new(256);
    struct stamp found = {0};
    size_t hint = 0;

    (void)state;
    assert_int_equal(strlen(payload), 256);
    stamp_write(&example, payload + PAYLOAD_STAMP);
    assert_true(stamp_find(&found, payload, 256, &hint));
    assert_int_equal(hint, PAYLOAD_STAMP);
    assert_int_equal(found.run, example.run);
    assert_int_equal(found.publisher, example.publisher);
    assert_int_equal(found.destination, example.destination);
    assert_int_equal(found.sequence, example.sequence);
    assert_int_equal(found.number, example.number);
    assert_int_equal(found.time, example.time);
    free(payload);
}

static void is_found_at_the_hint_and_elsewhere(void **state)
{
    char text[200] = "";
    struct stamp found;
    size_t hint = 7;

    (void)state;
    memset(text, '-', sizeof(text));
    stamp_write(&example, text + 7);
    assert_true(stamp_find(&found, text, sizeof(text), &hint));
    memset(text, '-', sizeof(text));
    stamp_write(&example, text + 100);
    assert_true(stamp_find(&found, text, sizeof(text), &hint));
    assert_int_equal(hint, 100);
}

static void is_not_found_where_it_is_cut_off(void **state)
{
    char text[STAMP_SIZE];
    struct stamp found;
    size_t hint = 0;

    (void)state;
    stamp_write(&example, text);
    for (size_t len = 0; len < sizeof(text); len++) {
        assert_false(stamp_find(&found, text, len, &hint));
        hint = len; /* one that is beyond the text is none */
    }
    hint = 0;
    assert_true(stamp_find(&found, text, sizeof(text), &hint));
}

static void is_no_stamp_with_other_digits(void **state)
{
    static const char strange[] = "/:`gGA\x80 ";
    char text[STAMP_SIZE];
    struct stamp found;

    (void)state;
    for (size_t at = 6; at < STAMP_SIZE; at++) {
        for (size_t i = 0; strange[i]; i++) {
            size_t hint = 0;

            stamp_write(&example, text);
            text[at] = strange[i];
            assert_false(stamp_find(&found, text, sizeof(text), &hint));
        }
    }
}

static void makes_payloads_of_every_size(void **state)
{
    (void)state;
    for (size_t size = PAYLOAD_MIN; size < PAYLOAD_MIN + 3; size++) {
        char *payload = payload_new(size);

        stamp_write(&example, payload + PAYLOAD_STAMP);
        assert_int_equal(strlen(payload), size);
        assert_memory_equal(payload, "{\"stamp\":\"@load:", 16);
        assert_memory_equal(payload + size - 2, "\"}", 2);
        free(payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_found_where_it_was_written),
        cmocka_unit_test(is_found_at_the_hint_and_elsewhere),
        cmocka_unit_test(is_not_found_where_it_is_cut_off),
        cmocka_unit_test(is_no_stamp_with_other_digits),
        cmocka_unit_test(makes_payloads_of_every_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
