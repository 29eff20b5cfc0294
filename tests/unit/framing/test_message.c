#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/framing/message.h"

static enum message_kind kind_of_octets(const char *text, size_t len)
{
    struct message message;
    struct reason why = {""};
    char *exact = malloc(len ? len : 1);

    memcpy(exact, text, len);
    enum message_kind kind = message_read(exact, len, &message, &why);
    assert_int_equal(*why.text != '\0', kind == MESSAGE_UNUSABLE || kind == MESSAGE_BREACH);
    assert_true(message.root || kind == MESSAGE_BREACH || kind == MESSAGE_UNUSABLE);
    message_release(&message);
    free(exact);
    return kind;
}

static void assert_all(enum message_kind kind, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (kind_of_octets(texts[i], strlen(texts[i])) != kind)
            fail_msg("not of kind %d: %s", kind, texts[i]);
}

#define ASSERT_ALL(kind, texts) assert_all(kind, texts, sizeof(texts) / sizeof(*texts))

static void reads_an_event(void **state)
{
    const char *text = "{\"id\":7,\"event\":\"subscribe\",\"data\":{\"topic\":\"a\"},\"x\":1}";
    struct message message;
    struct reason why;

    (void)state;
    assert_int_equal(message_read(text, strlen(text), &message, &why), MESSAGE_EVENT);
    assert_string_equal(message.name, "subscribe");
    assert_true(json_is_object(message.data));
    assert_int_equal(message.id, 7);
    message_release(&message);
}

static void an_event_needs_neither_data_nor_id(void **state)
{
    const char *text = " {\"event\":\"\",\"id\":null} ";
    struct message message;
    struct reason why;

    (void)state;
    assert_int_equal(message_read(text, strlen(text), &message, &why), MESSAGE_EVENT);
    assert_string_equal(message.name, "");
    assert_null(message.data);
    assert_int_equal(message.id, MESSAGE_NO_ID);
    message_release(&message);
}

static void takes_ids_as_far_as_every_client_counts(void **state)
{
    static const char *const sound[] = {"{\"event\":\"a\",\"id\":0}", "{\"event\":\"a\",\"id\":-0}",
        "{\"event\":\"a\",\"id\":9007199254740991}"};
    static const char *const unusable[] = {"{\"event\":\"a\",\"id\":9007199254740992}",
        "{\"event\":\"a\",\"id\":-1}", "{\"event\":\"a\",\"id\":1.0}",
        "{\"event\":\"a\",\"id\":1e3}", "{\"event\":\"a\",\"id\":\"1\"}",
        "{\"event\":\"a\",\"id\":[]}", "{\"event\":\"a\",\"id\":true}"};

    (void)state;
    ASSERT_ALL(MESSAGE_EVENT, sound);
    ASSERT_ALL(MESSAGE_UNUSABLE, unusable);
}

/* {"event":"a","data":[0,0…]}: six values and keys besides the noughts. */
static void takes_no_more_values_than_it_may(void **state)
{
    static char text[64 + 2 * JSON_MESSAGE_VALUES_MAX];
    size_t head = (size_t)sprintf(text, "{\"event\":\"a\",\"data\":[0");

    (void)state;
    for (size_t i = 6 + 1; i <= JSON_MESSAGE_VALUES_MAX; i++, head += 2)
        memcpy(text + head, ",0", 2);
    strcpy(text + head, "]}");
    assert_int_equal(kind_of_octets(text, strlen(text)), MESSAGE_EVENT);
    strcpy(text + head, ",0]}");
    assert_int_equal(kind_of_octets(text, strlen(text)), MESSAGE_UNUSABLE);
}

static void an_answer_of_more_than_a_few_values_is_large(void **state)
{
    const char *small = "{\"ack\":1,\"data\":{\"ok\":true}}";
    const char *large = "{\"ack\":1,\"data\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}";
    struct message message;
    struct reason why;

    (void)state;
    assert_int_equal(message_read(small, strlen(small), &message, &why), MESSAGE_ACK);
    assert_false(message.large);
    message_release(&message);
    assert_int_equal(message_read(large, strlen(large), &message, &why), MESSAGE_ACK);
    assert_true(message.large);
    message_release(&message);
}

static void a_name_with_a_nul_is_nobodys(void **state)
{
    static const char *const texts[] = {"{\"event\":\"a\\u0000\"}", "{\"event\":\"\\u0000\"}"};

    (void)state;
    ASSERT_ALL(MESSAGE_UNUSABLE, texts);
}

static void reads_an_answer(void **state)
{
    const char *text = "{\"ack\":4294967296,\"data\":1}";
    struct message message;
    struct reason why;

    (void)state;
    assert_int_equal(message_read(text, strlen(text), &message, &why), MESSAGE_ACK);
    assert_int_equal(message.id, INT64_C(4294967296));
    message_release(&message);
}

static void all_else_is_a_breach(void **state)
{
    static const char *const texts[] = {"", " ", "x", "[]", "[\"event\"]", "1", "\"event\"", "null",
        "{}", "{\"event\":1}", "{\"event\":null}", "{\"event\":[\"a\"]}", "{\"Event\":\"a\"}",
        "{\"ack\":\"1\"}", "{\"ack\":1.5}", "{\"ack\":null}", "{\"event\":\"a\"",
        "{\"event\":\"a\"}}", "{\"event\":\"a\"} {\"event\":\"b\"}",
        "{\"event\":\"a\",\"event\":\"b\"}", "{\"event\":\"a\",\"id\":1,\"id\":1}", "{event:\"a\"}",
        "{'event':'a'}", "\xef\xbb\xbf{\"event\":\"a\"}", "{\"event\":\"a\",\"data\":NaN}",
        "{\"event\":\"a\",\"data\":1e400}", "{\"event\":\"\\ud80\"}", "42[\"ping\"]"};

    (void)state;
    ASSERT_ALL(MESSAGE_BREACH, texts);
    assert_int_equal(kind_of_octets("{\"event\":\"a\0\"}", 14), MESSAGE_BREACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_event),
        cmocka_unit_test(an_event_needs_neither_data_nor_id),
        cmocka_unit_test(takes_ids_as_far_as_every_client_counts),
        cmocka_unit_test(takes_no_more_values_than_it_may),
        cmocka_unit_test(an_answer_of_more_than_a_few_values_is_large),
        cmocka_unit_test(a_name_with_a_nul_is_nobodys),
        cmocka_unit_test(reads_an_answer),
        cmocka_unit_test(all_else_is_a_breach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
