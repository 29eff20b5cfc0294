#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/framing/event.h"
#include "gateway/net/frame.h"

static int spellings;

static struct frame *spell(const struct event *event)
{
    struct event_text text = event_arguments(event);

    spellings++;
    return frame_new(FRAME_TEXT, text.text, text.len);
}

static void assert_text(struct event_text text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.text, expected, text.len);
}

static void gives_its_pieces(void **state)
{
    struct event *event = event_new("say \"a\"", "{\"b\":[1]} and more", 9);

    (void)state;
    assert_text(event_name(event), "\"say \\\"a\\\"\"");
    assert_text(event_data(event), "{\"b\":[1]}");
    assert_text(event_arguments(event), "[\"say \\\"a\\\"\",{\"b\":[1]}]");
    assert_int_equal(event_size(event), 9);
    event_unref(event);
}

static void may_have_no_data(void **state)
{
    struct event *event = event_new("pong", NULL, 0);

    (void)state;
    assert_text(event_data(event), "");
    assert_text(event_arguments(event), "[\"pong\"]");
    assert_int_equal(event_size(event), 0);
    event_unref(event);
}

static void may_say_more_about_itself(void **state)
{
    struct event *event = event_new_with("a", "1", 1, "\"b\":2", 5);
    struct event *bare = event_new_with("a", NULL, 0, "\"b\":2", 5);

    (void)state;
    assert_text(event_data(event), "1");
    assert_text(event_members(event), "\"b\":2");
    assert_text(event_arguments(event), "[\"a\",1,{\"b\":2}]");
    assert_int_equal(event_size(event), 1);
    assert_text(event_data(bare), "");
    assert_text(event_members(bare), "\"b\":2");
    assert_text(event_arguments(bare), "[\"a\",null,{\"b\":2}]");
    event_unref(event);
    event_unref(bare);
}

static void is_spelled_once_for_each_framing(void **state)
{
    struct event *event = event_new("a", "1", 1);
    struct frame *first = event_frame(event, 0, spell);

    (void)state;
    spellings = 0;
    assert_ptr_equal(event_frame(event, 0, spell), first);
    assert_int_equal(spellings, 0);
    assert_ptr_not_equal(event_frame(event, 1, spell), first);
    assert_int_equal(spellings, 1);
    event_unref(event);
}

static void a_receiver_may_outlive_the_event(void **state)
{
    struct event *event = event_ref(event_new("a", "1", 1));
    struct frame *frame = frame_ref(event_frame(event, 0, spell));

    (void)state;
    event_unref(event);
    event_unref(event);
    assert_int_equal(frame->references, 1);
    assert_int_equal(frame->len, 2 + strlen("[\"a\",1]"));
    frame_unref(frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_its_pieces),
        cmocka_unit_test(may_have_no_data),
        cmocka_unit_test(may_say_more_about_itself),
        cmocka_unit_test(is_spelled_once_for_each_framing),
        cmocka_unit_test(a_receiver_may_outlive_the_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
