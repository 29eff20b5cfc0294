#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/net/connection.h"

static void writes_the_shortest_length_there_is(void **state)
{
    static const struct {
        size_t payload;
        unsigned char header[10];
        size_t header_len;
    } cases[] = {
        {0, {0x81, 0}, 2},
        {1, {0x81, 1}, 2},
        {125, {0x81, 125}, 2},
        {126, {0x81, 126, 0, 126}, 4},
        {65535, {0x81, 126, 0xff, 0xff}, 4},
        {65536, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}, 10},
    };
    char *payload = mem_zalloc(65536);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct frame *frame = frame_new(FRAME_TEXT, payload, cases[i].payload);
        assert_int_equal(frame->len, cases[i].header_len + cases[i].payload);
        assert_memory_equal(frame->bytes, cases[i].header, cases[i].header_len);
        size_t len;
        assert_int_equal(frame_kind(frame), FRAME_TEXT);
        assert_ptr_equal(frame_payload(frame, &len), frame->bytes + cases[i].header_len);
        assert_int_equal(len, cases[i].payload);
        frame_unref(frame);
    }
    free(payload);
}

static void joins_two_parts(void **state)
{
    struct frame *frame = frame_new2(FRAME_BINARY, "4", 1, "2[]", 3);

    (void)state;
    assert_int_equal(frame->len, 6);
    assert_memory_equal(frame->bytes,
        "\x82\x04"
        "42[]",
        6);
    frame_unref(frame);
}

static void lives_until_its_last_reference_goes(void **state)
{
    struct frame *frame = frame_ref(frame_new(FRAME_PING, "x", 1));

    (void)state;
    frame_unref(frame);
    assert_int_equal(frame->bytes[0], 0x89);
    frame_unref(frame);
    frame_unref(NULL);
}

/* A later one takes the place of an earlier. */
static void keeps_one_other_form_of_its_message(void **state)
{
    struct frame *frame = frame_new(FRAME_TEXT, "x", 1), *form;

    (void)state;
    assert_null(frame_form(frame));
    frame_keep_form(frame, frame_raw("data: x", 7));
    frame_keep_form(frame, frame_raw("data: x\n", 8));
    form = frame_ref(frame_form(frame));
    frame_unref(frame);
    assert_int_equal(form->len, 8);
    frame_unref(form);
}

static void closes_with_code_and_reason(void **state)
{
    struct frame *frame = frame_close(4401, "token_expired");

    (void)state;
    assert_int_equal(frame->len, 2 + 2 + 13);
    assert_memory_equal(frame->bytes, "\x88\x0f\x11\x31token_expired", frame->len);
    frame_unref(frame);
    frame = frame_close(CLOSE_NO_STATUS, "not said");
    assert_int_equal(frame->len, 2);
    assert_memory_equal(frame->bytes, "\x88\x00", 2);
    frame_unref(frame);
}

/* 122 bytes and a character of two: the cut may not split it. */
static void cuts_a_reason_between_characters(void **state)
{
    char reason[200];

    (void)state;
    memset(reason, 'a', 122);
    strcpy(reason + 122, "\xc3\xa9tail");
    struct frame *frame = frame_close(1000, reason);
    assert_int_equal(frame->bytes[1], 2 + 122);
    frame_unref(frame);
    memset(reason, 'a', 123);
    strcpy(reason + 123, "b");
    frame = frame_close(1000, reason);
    assert_int_equal(frame->bytes[1], 125);
    frame_unref(frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_shortest_length_there_is),
        cmocka_unit_test(joins_two_parts),
        cmocka_unit_test(lives_until_its_last_reference_goes),
        cmocka_unit_test(keeps_one_other_form_of_its_message),
        cmocka_unit_test(closes_with_code_and_reason),
        cmocka_unit_test(cuts_a_reason_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
