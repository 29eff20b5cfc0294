#include "tests/unit/files.h"

#include "fcgi/intake.h"
#include "tests/unit/fcgi/fcgi_records.h"

#define BODY_MAX 65536
#define BODIES_MAX (2 * BODY_MAX)

static struct intake_bodies bodies;
static struct intake intake;
static struct buf sent;

static int set_up(void **state)
{
    (void)state;
    bodies = (struct intake_bodies){.body_max = BODY_MAX, .bodies_max = BODIES_MAX};
    intake_init(&intake, &bodies);
    buf_init(&sent, 4 * 1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    intake_release(&intake);
    buf_release(&sent);
    return 0;
}

/* Feeds all collected bytes, in pieces of `step` bytes, up to the first event. */
static enum intake_event feed_by(size_t step)
{
    enum intake_event event = INTAKE_MORE;

    for (size_t at = 0; at < sent.len && event == INTAKE_MORE; at += step) {
        const char *data = sent.data + at;
        size_t len = sent.len - at < step ? sent.len - at : step;
        event = intake_feed(&intake, &data, &len);
    }
    buf_clear(&sent);
    return event;
}

static enum intake_event feed(void)
{
    return feed_by(sent.len);
}

static int reply_type(void)
{
    return intake.replies.len >= 8 ? intake.replies.data[1] : 0;
}

static void takes_a_request_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t step = 1; step < 40; step++) {
        request_add(&sent, 0x1234, true, "a=b");
        assert_int_equal(feed_by(step), INTAKE_REQUEST);
        assert_int_equal(intake.id, 0x1234);
        assert_true(intake.keep);
        assert_int_equal(intake.body_len, 0);
        assert_int_equal(intake.params.len, 14 + 5 + 3 + 11 + 5 + 3);
        intake_next(&intake);
        assert_true(intake_is_idle(&intake));
    }
}

static void leaves_the_next_request_where_it_is(void **state)
{
    (void)state;
    request_add(&sent, 1, true, NULL);
    size_t first = sent.len;
    request_add(&sent, 2, false, NULL);
    const char *data = sent.data;
    size_t len = sent.len;
    assert_int_equal(intake_feed(&intake, &data, &len), INTAKE_REQUEST);
    assert_int_equal(len, sent.len - first + 3 - 3);
    intake_next(&intake);
    assert_int_equal(intake_feed(&intake, &data, &len), INTAKE_REQUEST);
    assert_int_equal(intake.id, 2);
    assert_false(intake.keep);
    assert_int_equal(len, 0);
}

static void counts_a_body_and_drops_it(void **state)
{
    (void)state;
    record_begin(&sent, 1, false);
    record_add(&sent, FCGI_PARAMS, 1, "", 0);
    record_add(&sent, FCGI_STDIN, 1, "hello", 5);
    record_add(&sent, FCGI_STDIN, 1, " you", 4);
    record_add(&sent, FCGI_STDIN, 1, "", 0);
    assert_int_equal(feed(), INTAKE_REQUEST);
    assert_int_equal(intake.body_len, 9);
}

/* A request up to its body. */
static void begin(struct buf *out)
{
    record_begin(out, 1, false);
    record_add(out, FCGI_PARAMS, 1, "", 0);
}

static void keeps_a_body_for_who_wants_it(void **state)
{
    (void)state;
    bodies.keep = true;
    for (size_t step = 1; step < 20; step++) {
        begin(&sent);
        record_add(&sent, FCGI_STDIN, 1, "hello", 5);
        record_add(&sent, FCGI_STDIN, 1, "\0you", 4);
        record_add(&sent, FCGI_STDIN, 1, "", 0);
        assert_int_equal(feed_by(step), INTAKE_REQUEST);
        assert_int_equal(intake.body.len, 9);
        assert_memory_equal(intake.body.data, "hello\0you", 9);
        assert_int_equal(bodies.kept, 9);
        intake_next(&intake);
        assert_int_equal(bodies.kept, 0);
        assert_int_equal(intake.body.len, 0);
    }
}

/* All bodies that arrive at the same time share the memory limit. */
static void refuses_a_body_where_too_many_are_arriving(void **state)
{
    static const char bytes[32768];
    struct intake others[2];

    (void)state;
    bodies.keep = true;
    for (size_t i = 0; i < 2; i++) {
        intake_init(&others[i], &bodies);
        struct buf half;
        buf_init(&half, 4 * BODY_MAX);
        begin(&half);
        record_add(&half, FCGI_STDIN, 1, bytes, sizeof(bytes));
        record_add(&half, FCGI_STDIN, 1, bytes, sizeof(bytes) - 1);
        const char *data = half.data;
        size_t len = half.len;
        assert_int_equal(intake_feed(&others[i], &data, &len), INTAKE_MORE);
        buf_release(&half);
    }
    begin(&sent);
    record_add(&sent, FCGI_STDIN, 1, "abc", 3);
    assert_int_equal(feed(), INTAKE_REFUSED);
    assert_int_equal(intake.status, 503);
    intake_release(&others[0]);
    assert_int_equal(bodies.kept, BODY_MAX - 1);
    intake_next(&intake);
    begin(&sent);
    record_add(&sent, FCGI_STDIN, 1, "abc", 3);
    record_add(&sent, FCGI_STDIN, 1, "", 0);
    intake_release(&intake);
    intake_init(&intake, &bodies);
    assert_int_equal(feed(), INTAKE_REQUEST);
    intake_release(&others[1]);
    assert_int_equal(bodies.kept, 3);
}

static void refuses_a_body_that_is_too_long(void **state)
{
    static const char bytes[32768];

    (void)state;
    record_begin(&sent, 1, false);
    record_add(&sent, FCGI_PARAMS, 1, "", 0);
    for (int i = 0; i < BODY_MAX / 32768; i++)
        record_add(&sent, FCGI_STDIN, 1, bytes, sizeof(bytes));
    assert_int_equal(feed(), INTAKE_MORE);
    record_add(&sent, FCGI_STDIN, 1, "x", 1);
    assert_int_equal(feed(), INTAKE_REFUSED);
    assert_int_equal(intake.status, 413);
}

static void refuses_parameters_that_are_too_long(void **state)
{
    static const char bytes[INTAKE_PARAMS_MAX];

    (void)state;
    record_begin(&sent, 1, false);
    record_add(&sent, FCGI_PARAMS, 1, bytes, sizeof(bytes));
    assert_int_equal(feed(), INTAKE_MORE);
    record_add(&sent, FCGI_PARAMS, 1, bytes, 1);
    assert_int_equal(feed(), INTAKE_REFUSED);
    assert_int_equal(intake.status, 431);
}

static void refuses_parameters_that_are_broken(void **state)
{
    (void)state;
    record_begin(&sent, 1, false);
    record_add(&sent, FCGI_PARAMS, 1, "\x7f\xff\xff\xff\xff", 5);
    record_add(&sent, FCGI_PARAMS, 1, "", 0);
    assert_int_equal(feed(), INTAKE_REFUSED);
    assert_int_equal(intake.status, 400);
}

static void ends_at_what_is_no_fastcgi(void **state)
{
    static const char *const garbage[] = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "hello, world",
        "\x16\x03\x01\x02\x01\x01\x01\x01\xfc\x03\x03", "\x02\x01\x01\x01\x01\x08\x01\x01"};

    (void)state;
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        buf_add_text(&sent, garbage[i]);
        assert_int_equal(feed(), INTAKE_BROKEN);
        intake_release(&intake);
        intake_init(&intake, &bodies);
    }
}

/* A single record; then the intake is reset. */
static void breaks(int type, uint16_t id, size_t len)
{
    static const char bytes[65535];

    record_add(&sent, type, id, bytes, len);
    assert_int_equal(feed(), INTAKE_BROKEN);
    intake_release(&intake);
    intake_init(&intake, &bodies);
}

static void ends_at_records_out_of_order(void **state)
{
    (void)state;
    breaks(FCGI_BEGIN_REQUEST, 0, 8);
    breaks(FCGI_BEGIN_REQUEST, 1, 7);
    breaks(FCGI_BEGIN_REQUEST, 1, 9);
    breaks(FCGI_BEGIN_REQUEST, 1, 65535);
    breaks(FCGI_PARAMS, 0, 4);
    breaks(FCGI_END_REQUEST, 1, 8);
    breaks(FCGI_STDOUT, 1, 8);
    breaks(FCGI_STDERR, 1, 8);
    breaks(FCGI_GET_VALUES, 1, 0);
    breaks(FCGI_GET_VALUES, 0, 65535);
    record_begin(&sent, 1, false);
    breaks(FCGI_BEGIN_REQUEST, 1, 8);
    record_begin(&sent, 1, false);
    breaks(FCGI_STDIN, 1, 4);
    record_begin(&sent, 1, false);
    record_add(&sent, FCGI_PARAMS, 1, "", 0);
    breaks(FCGI_PARAMS, 1, 4);
}

static void ignores_records_of_requests_that_never_began(void **state)
{
    (void)state;
    record_add(&sent, FCGI_PARAMS, 7, "xx", 2);
    record_add(&sent, FCGI_STDIN, 7, "", 0);
    record_add(&sent, FCGI_ABORT_REQUEST, 7, "", 0);
    assert_int_equal(feed(), INTAKE_MORE);
    assert_int_equal(intake.replies.len, 0);
    assert_true(intake_is_idle(&intake));
}

static void refuses_a_second_request_beside_the_first(void **state)
{
    (void)state;
    record_begin(&sent, 1, true);
    request_add(&sent, 2, true, "other=1");
    record_add(&sent, FCGI_PARAMS, 1, "", 0);
    record_add(&sent, FCGI_STDIN, 1, "", 0);
    assert_int_equal(feed(), INTAKE_REQUEST);
    assert_int_equal(intake.id, 1);
    assert_int_equal(intake.params.len, 0);
    assert_int_equal(reply_type(), FCGI_END_REQUEST);
    assert_int_equal(intake.replies.data[3], 2);
    assert_int_equal(intake.replies.data[8 + 4], FCGI_CANT_MPX_CONN);
}

static void refuses_other_roles(void **state)
{
    static const unsigned char authorizer[8] = {0, FCGI_AUTHORIZER, FCGI_KEEP_CONN};
    static const unsigned char nonsense[8] = {0xff, 0xff, 0};

    (void)state;
    record_add(&sent, FCGI_BEGIN_REQUEST, 1, authorizer, 8);
    assert_int_equal(feed(), INTAKE_MORE);
    assert_int_equal(reply_type(), FCGI_END_REQUEST);
    assert_int_equal(intake.replies.data[8 + 4], FCGI_UNKNOWN_ROLE);
    record_add(&sent, FCGI_BEGIN_REQUEST, 1, nonsense, 8);
    assert_int_equal(feed(), INTAKE_ABORTED);
}

static void tells_of_an_abort(void **state)
{
    (void)state;
    record_begin(&sent, 1, true);
    record_add(&sent, FCGI_ABORT_REQUEST, 1, "", 0);
    assert_int_equal(feed(), INTAKE_ABORTED);
    assert_int_equal(intake.id, 1);
}

static void answers_what_is_not_about_a_request(void **state)
{
    (void)state;
    record_add(&sent, FCGI_GET_VALUES, 0, "\x0f\0FCGI_MPXS_CONNS\x03\0abc", 22);
    assert_int_equal(feed(), INTAKE_MORE);
    assert_int_equal(reply_type(), FCGI_GET_VALUES_RESULT);
    assert_memory_equal(intake.replies.data + 8,
        "\x0f\x01"
        "FCGI_MPXS_CONNS0",
        18);
    buf_clear(&intake.replies);
    record_add(&sent, 77, 0, "xx", 2);
    assert_int_equal(feed(), INTAKE_MORE);
    assert_int_equal(reply_type(), FCGI_UNKNOWN_TYPE);
    assert_int_equal(intake.replies.data[8], 77);
}

static void ends_where_more_is_asked_than_read(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        record_add(&sent, 77, 0, "", 0);
    assert_int_equal(feed(), INTAKE_BROKEN);
}

/* Takes the records of an answer apart; returns how many there are. */
static size_t answer_read(const struct buf *records, struct buf *text)
{
    size_t count = 0;

    for (size_t at = 0; at < records->len; count++) {
        const unsigned char *header = (const unsigned char *)records->data + at;
        size_t len = (size_t)(header[4] << 8 | header[5]);
        bool last = at + INTAKE_HEADER + len == records->len;

        assert_int_equal(header[1], last ? FCGI_END_REQUEST : FCGI_STDOUT);
        assert_int_equal(header[2] << 8 | header[3], 515);
        if (!last)
            buf_add(text, header + INTAKE_HEADER, len);
        at += INTAKE_HEADER + len;
    }
    return count;
}

static void writes_an_answer_in_as_many_records_as_it_takes(void **state)
{
    static const struct {
        size_t len, records;
    } answers[] = {{0, 2}, {1, 3}, {65535, 3}, {65536, 4}, {131070, 4}, {163840, 5}};
    struct buf text, records, read;

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        buf_init(&text, 200000);
        buf_init(&records, 200000);
        buf_init(&read, 200000);
        for (size_t j = 0; j < answers[i].len; j++)
            buf_add_char(&text, (char)('a' + j % 26));
        intake_add_answer(&records, 515, &text);
        assert_int_equal(answer_read(&records, &read), answers[i].records);
        assert_int_equal(read.len, text.len);
        assert_memory_equal(read.data, text.data, text.len);
        buf_release(&text);
        buf_release(&records);
        buf_release(&read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_a_request_however_it_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_the_next_request_where_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_a_body_and_drops_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_a_body_for_who_wants_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            refuses_a_body_where_too_many_are_arriving, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_a_body_that_is_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_parameters_that_are_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_parameters_that_are_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_at_what_is_no_fastcgi, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_at_records_out_of_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            ignores_records_of_requests_that_never_began, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            refuses_a_second_request_beside_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_other_roles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_of_an_abort, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_what_is_not_about_a_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_where_more_is_asked_than_read, set_up, tear_down),
        cmocka_unit_test(writes_an_answer_in_as_many_records_as_it_takes),
    };
    return cmocka_run_group_tests_name("fcgi_intake", tests, NULL, NULL);
}
