#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/framing/polling_queue.h"

#define BODY_MAX 16

static void add_text(struct polling_queue *queue, const char *text, bool asked)
{
    struct frame *frame = frame_new(FRAME_TEXT, text, strlen(text));

    polling_queue_add(queue, frame, 0, asked);
    frame_unref(frame);
}

/* Asserts the next body and the mark that it brings. */
static void assert_body(struct polling_queue *queue, const char *expected, uint32_t mark)
{
    polling_bytes written = {0, 0};
    uint32_t passed = 0;
    struct buf out;

    buf_init(&out, 1 << 16);
    polling_queue_write(queue, BODY_MAX, &out, written, &passed);
    assert_string_equal(out.data, expected);
    assert_int_equal(passed, mark);
    buf_release(&out);
}

static void a_body_takes_what_fits_and_at_least_one_packet(void **state)
{
    struct polling_queue queue = {0};

    (void)state;
    add_text(&queue, "4aaaaaa", false);
    add_text(&queue, "4bbbbbb", false);
    add_text(&queue, "4c", true);
    add_text(&queue, "4dddddddddddddddddddddddd", false);
    assert_body(&queue,
        "4aaaaaa\x1e"
        "4bbbbbb",
        0);
    assert_body(&queue, "4c", 0);
    assert_body(&queue, "4dddddddddddddddddddddddd", 0);
    assert_null(queue.first);
    assert_int_equal(queue.count, 0);
}

static void a_mark_comes_with_the_body_that_has_all_before_it(void **state)
{
    struct polling_queue queue = {0};

    (void)state;
    add_text(&queue, "4aaaaaaaa", false);
    polling_queue_add(&queue, NULL, 1, true);
    add_text(&queue, "4bbbbbbbb", false);
    polling_queue_add(&queue, NULL, 2, true);
    polling_queue_add(&queue, NULL, 3, true);
    assert_body(&queue, "4aaaaaaaa", 1);
    assert_body(&queue, "4bbbbbbbb", 3);
}

static void counts_the_bytes_that_wait_and_those_that_are_written(void **state)
{
    struct polling_queue queue = {0};
    polling_bytes written = {0, 0};
    uint32_t mark = 0;
    struct buf out;

    (void)state;
    add_text(&queue, "4a", false);
    add_text(&queue, "4bb", true);
    size_t unasked = queue.bytes[false], asked = queue.bytes[true];
    assert_int_equal(asked, unasked + 1);
    buf_init(&out, 1 << 16);
    polling_queue_write(&queue, BODY_MAX, &out, written, &mark);
    buf_release(&out);
    assert_int_equal(written[false], unasked);
    assert_int_equal(written[true], asked);
    assert_int_equal(queue.bytes[false] + queue.bytes[true], 0);
}

static void note(void *context, struct frame *frame, bool asked)
{
    struct buf *taken = context;
    size_t len;
    const char *text = frame_payload(frame, &len);

    buf_add(taken, text, len);
    buf_add_text(taken, asked ? "+" : "-");
}

static void gives_back_its_frames_in_order_without_marks(void **state)
{
    struct polling_queue queue = {0};
    struct buf taken;

    (void)state;
    buf_init(&taken, 1 << 16);
    add_text(&queue, "4a", false);
    polling_queue_add(&queue, NULL, 1, true);
    add_text(&queue, "4b", true);
    polling_queue_take_back(&queue, note, &taken);
    assert_string_equal(taken.data, "4a-4b+");
    assert_null(queue.first);
    add_text(&queue, "4c", true);
    polling_queue_clear(&queue);
    assert_int_equal(queue.bytes[true], 0);
    buf_release(&taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_takes_what_fits_and_at_least_one_packet),
        cmocka_unit_test(a_mark_comes_with_the_body_that_has_all_before_it),
        cmocka_unit_test(counts_the_bytes_that_wait_and_those_that_are_written),
        cmocka_unit_test(gives_back_its_frames_in_order_without_marks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
