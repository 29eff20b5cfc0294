#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "gateway/framing/event_post.h"

#define MAX 3

static struct event_post *read_post(const char *body)
{
    struct event_post *post = event_post_new(NULL);

    assert_true(event_post_read(post, body, strlen(body), MAX));
    return post;
}

static void assert_next(struct event_post *post, const char *expected)
{
    char *text = event_post_take(post);

    if (!expected)
        assert_null(text);
    else
        assert_string_equal(text, expected);
    free(text);
}

static bool acknowledge(struct event_post *post, const char *text)
{
    return event_post_acknowledge(post, text, strlen(text));
}

static void assert_written(const struct event_post *post, const char *expected)
{
    struct buf out;

    buf_init(&out, 1 << 16);
    event_post_write(post, &out);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void an_object_is_one_message(void **state)
{
    struct event_post *post = read_post(" {\"event\": \"ping\"} ");

    (void)state;
    assert_false(event_post_is_done(post));
    assert_next(post, "{\"event\":\"ping\"}");
    assert_next(post, NULL);
    assert_true(event_post_is_done(post));
    assert_written(post, "[]");
    event_post_free(post);
}

static void acknowledgements_are_written_in_the_order_of_their_messages(void **state)
{
    struct event_post *post =
        read_post("[{\"event\":\"a\",\"id\":9},{\"event\":\"b\"},{\"event\":\"c\",\"id\":3}]");

    (void)state;
    for (int i = 0; i < 3; i++)
        free(event_post_take(post));
    assert_false(event_post_is_done(post));
    assert_true(acknowledge(post, "{\"ack\":3,\"data\":1}"));
    assert_false(event_post_is_done(post));
    assert_true(acknowledge(post, "{\"ack\":9,\"data\":2}"));
    assert_true(event_post_is_done(post));
    assert_written(post, "[{\"ack\":9,\"data\":2},{\"ack\":3,\"data\":1}]");
    event_post_free(post);
}

static void an_id_used_twice_takes_two_acknowledgements(void **state)
{
    struct event_post *post = read_post("[{\"event\":\"a\",\"id\":1},{\"event\":\"b\",\"id\":1}]");

    (void)state;
    free(event_post_take(post));
    free(event_post_take(post));
    assert_true(acknowledge(post, "{\"ack\":1,\"data\":1}"));
    assert_true(acknowledge(post, "{\"ack\":1,\"data\":2}"));
    assert_false(acknowledge(post, "{\"ack\":1,\"data\":3}"));
    assert_written(post, "[{\"ack\":1,\"data\":1},{\"ack\":1,\"data\":2}]");
    event_post_free(post);
}

static void other_messages_are_not_taken_for_acknowledgements(void **state)
{
    struct event_post *post = read_post("[{\"event\":\"a\",\"id\":1},{\"event\":\"b\",\"id\":2}]");

    (void)state;
    assert_false(acknowledge(post, "{\"ack\":1,\"data\":1}")); /* not taken yet */
    free(event_post_take(post));
    assert_false(acknowledge(post, "{\"ack\":2,\"data\":1}"));
    assert_false(acknowledge(post, "{\"event\":\"error\",\"data\":{\"ack\":1}}"));
    assert_false(acknowledge(post, "{\"ack"));
    assert_false(acknowledge(post, ""));
    assert_true(acknowledge(post, "{\"ack\":1,\"data\":1}"));
    event_post_free(post);
}

/* message.h gives no acknowledgement to these. */
static void nothing_is_owed_where_none_will_come(void **state)
{
    struct event_post *post =
        read_post("[{\"event\":\"a\",\"id\":-1},{\"event\":\"b\",\"id\":\"1\"},"
                  "{\"ack\":7,\"id\":7}]");

    (void)state;
    for (int i = 0; i < 3; i++)
        free(event_post_take(post));
    assert_true(event_post_is_done(post));
    event_post_free(post);
}

static void other_bodies_are_refused(void **state)
{
    static const char *const bodies[] = {"", " ", "x", "7", "null", "\"a\"", "[7]", "[[]]", "[{}",
        "{} {}", "[{},{},{},{}]", "{\"a\":1,\"a\":2}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        struct event_post *post = event_post_new(NULL);
        if (event_post_read(post, bodies[i], strlen(bodies[i]), MAX))
            fail_msg("accepted: %s", bodies[i]);
        event_post_free(post);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_one_message),
        cmocka_unit_test(acknowledgements_are_written_in_the_order_of_their_messages),
        cmocka_unit_test(an_id_used_twice_takes_two_acknowledgements),
        cmocka_unit_test(other_messages_are_not_taken_for_acknowledgements),
        cmocka_unit_test(nothing_is_owed_where_none_will_come),
        cmocka_unit_test(other_bodies_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
