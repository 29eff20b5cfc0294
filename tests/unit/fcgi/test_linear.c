/* FastCGI input is processed in linear time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/intake.h"
#include "fcgi/pairs.h"
#include "tests/unit/linear.h"

#define HEADER (64 * 1024)
#define COUNT(texts) (sizeof(texts) / sizeof((texts)[0]))

static void check_pairs(void *context, const char *text, size_t len)
{
    struct reason why;

    (void)context;
    pairs_check(text, len, &why);
}

static void parameters_are_linear(void **state)
{
    static const struct linear_text texts[] = {
        {NULL,
            "\x01\x01"
            "ab",
            NULL, NULL, NULL},
        {NULL, "\x7f", NULL, NULL, NULL},
    };

    (void)state;
    linear_assert(check_pairs, NULL, texts, COUNT(texts), PAIRS_MAX * 4);
}

/* The text in records of that many bytes, in one request. */
static void take_records(void *context, const char *text, size_t len)
{
    static const char begin[] = "\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00";
    size_t step = *(const size_t *)context;
    struct intake_bodies bodies = {.body_max = HEADER, .keep = true, .bodies_max = 2 * HEADER};
    struct intake intake;
    struct buf bytes;
    const char *at;
    size_t left;

    buf_init(&bytes, 16 * len + 64);
    buf_add(&bytes, begin, 16);
    for (size_t done = 0; done + step <= len; done += step) {
        const char header[8] = {1, 4, 0, 1, (char)(step >> 8), (char)step, 0, 0};
        buf_add(&bytes, header, sizeof(header));
        buf_add(&bytes, text + done, step);
    }
    intake_init(&intake, &bodies);
    at = bytes.data;
    left = bytes.len;
    intake_feed(&intake, &at, &left);
    assert_true(left == 0 || intake.status != 0);
    intake_release(&intake);
    buf_release(&bytes);
}

static void records_are_linear(void **state)
{
    static const struct linear_text text = {NULL, "a", NULL, NULL, NULL};
    size_t steps[] = {1, 255, 4096};

    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++)
        linear_assert(take_records, &steps[i], &text, 1, HEADER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_linear),
        cmocka_unit_test(records_are_linear),
    };

    return cmocka_run_group_tests_name("fcgi_linear", tests, NULL, NULL);
}
