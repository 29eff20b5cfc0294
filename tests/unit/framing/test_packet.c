#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/framing/packet.h"

static void assert_refused_octets(const char *text, size_t len)
{
    struct packet packet;
    struct reason why = {""};
    char *exact = malloc(len ? len : 1); /* no octet behind the end, as the sanitizer sees */

    memcpy(exact, text, len);
    if (packet_read(exact, len, &packet, &why) == 0)
        fail_msg("taken: %.60s", text);
    assert_null(packet.payload);
    assert_string_not_equal(why.text, "");
    free(exact);
}

static void assert_refused(const char *text)
{
    assert_refused_octets(text, strlen(text));
}

static void refuse_all(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_refused(texts[i]);
}

#define REFUSE_ALL(texts) refuse_all(texts, sizeof(texts) / sizeof(*texts))

static struct packet read_sound(const char *text)
{
    struct packet packet;
    struct reason why = {""};
    size_t len = strlen(text);
    char *exact = malloc(len);

    memcpy(exact, text, len);
    if (packet_read(exact, len, &packet, &why) < 0)
        fail_msg("%s refused: %s", text, why.text);
    free(exact);
    return packet;
}

static void reads_each_type(void **state)
{
    static const struct {
        const char *text;
        enum packet_type type;
        unsigned attachments;
        const char *namespace;
        int64_t id;
        const char *payload;
    } cases[] = {
        {"0", PACKET_CONNECT, 0, "/", -1, NULL},
        {"0{\"token\":\"123\"}", PACKET_CONNECT, 0, "/", -1, "{\"token\":\"123\"}"},
        {"0/custom", PACKET_CONNECT, 0, "/custom", -1, NULL},
        {"0/custom,", PACKET_CONNECT, 0, "/custom", -1, NULL},
        {"0/custom,{}", PACKET_CONNECT, 0, "/custom", -1, "{}"},
        {"0/,{}", PACKET_CONNECT, 0, "/", -1, "{}"},
        {"0/?token=1,", PACKET_CONNECT, 0, "/?token=1", -1, NULL},
        {"1", PACKET_DISCONNECT, 0, "/", -1, NULL},
        {"1/admin,", PACKET_DISCONNECT, 0, "/admin", -1, NULL},
        {"2[\"foo\"]", PACKET_EVENT, 0, "/", -1, "[\"foo\"]"},
        {"2[\"\"]", PACKET_EVENT, 0, "/", -1, "[\"\"]"},
        {"212[\"foo\",1]", PACKET_EVENT, 0, "/", 12, "[\"foo\",1]"},
        {"20[\"foo\"]", PACKET_EVENT, 0, "/", 0, "[\"foo\"]"},
        {"29007199254740991[\"foo\"]", PACKET_EVENT, 0, "/", PACKET_ID_MAX, "[\"foo\"]"},
        {"2/admin,456[\"foo\",{}]", PACKET_EVENT, 0, "/admin", 456, "[\"foo\",{}]"},
        {"3456[]", PACKET_ACK, 0, "/", 456, NULL},
        {"31", PACKET_ACK, 0, "/", 1, NULL},
        {"3/admin,456[1] ", PACKET_ACK, 0, "/admin", 456, NULL},
        {"4{\"message\":\"no\"}", PACKET_CONNECT_ERROR, 0, "/", -1, "{\"message\":\"no\"}"},
        {"51-[\"a\",{\"_placeholder\":true,\"num\":0}]", PACKET_BINARY_EVENT, 1, "/", -1,
            "[\"a\",{\"_placeholder\":true,\"num\":0}]"},
        {"510-/admin,7[\"a\"]", PACKET_BINARY_EVENT, 10, "/admin", 7, "[\"a\"]"},
        {"61-/admin,456[{}]", PACKET_BINARY_ACK, 1, "/admin", 456, "[{}]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct packet packet = read_sound(cases[i].text);
        char *payload = packet.payload ? json_dumps(packet.payload, JSON_COMPACT) : NULL;
        assert_int_equal(packet.type, cases[i].type);
        assert_int_equal(packet.attachments, cases[i].attachments);
        assert_string_equal(packet.namespace, cases[i].namespace);
        assert_int_equal(packet.id, cases[i].id);
        assert_string_equal(payload ? payload : "", cases[i].payload ? cases[i].payload : "");
        free(payload);
        packet_release(&packet);
    }
}

static void refuses_an_unknown_type(void **state)
{
    static const char *const texts[] = {"", "7", "9[\"a\"]", "abc", " 2[\"a\"]", "-1", "[\"a\"]"};

    (void)state;
    REFUSE_ALL(texts);
}

static void refuses_attachments_that_are_not_1_to_10(void **state)
{
    static const char *const texts[] = {"5", "5-", "5-[\"a\"]", "5[\"a\"]", "50-[\"a\"]",
        "5-1-[\"a\"]", "51.5-[\"a\"]", "511-[\"a\"]", "51000000000000-[\"a\"]", "51", "51[\"a\"]",
        "51e0-[\"a\"]", "5 1-[\"a\"]", "599999999999999999999999-[\"a\"]", "60-[]", "6[]"};

    (void)state;
    REFUSE_ALL(texts);
}

static void refuses_an_id_that_is_no_small_integer(void **state)
{
    static const char *const texts[] = {"29007199254740992[\"a\"]", "218446744073709551616[\"a\"]",
        "2-1[\"a\"]", "21.5[\"a\"]", "21e3[\"a\"]", "2 [\"a\"]", "2 1[\"a\"]", "20x1[\"a\"]",
        "2abc[\"message-with-ack\",1,\"2\",{\"3\":[false]}]"};
    char digits[512];

    (void)state;
    REFUSE_ALL(texts);
    memset(digits, '9', sizeof(digits));
    digits[0] = '2';
    strcpy(digits + 400, "[\"a\"]");
    assert_refused(digits);
}

static void refuses_a_payload_that_does_not_fit_its_type(void **state)
{
    static const char *const texts[] = {"0[]", "0\"token\"", "0null", "0false", "0{\"a\"", "0{} ,",
        "1{}", "1[]", "1\"\"", "2", "2{}", "2[]", "2[1]", "2[null,\"a\"]", "2[[\"a\"]]", "2\"a\"",
        "2[\"a\"", "2[\"a\"]x", "2null", "3{}", "3null", "4\"no\"", "51-", "51-{}", "51-[]",
        "51-[{\"_placeholder\":true,\"num\":0}]", "61-{}"};

    (void)state;
    REFUSE_ALL(texts);
}

static void refuses_reserved_names(void **state)
{
    static const char *const texts[] = {"2[\"connect\"]", "2[\"connect_error\",{}]",
        "2[\"disconnect\"]", "2[\"disconnecting\"]", "2[\"newListener\"]",
        "21[\"removeListener\",1]", "51-[\"connect\",{\"_placeholder\":true,\"num\":0}]"};
    struct packet packet;

    (void)state;
    REFUSE_ALL(texts);
    packet = read_sound("2[\"Connect\"]");
    packet_release(&packet);
}

static void refuses_a_namespace_past_its_bound(void **state)
{
    char text[PACKET_NAMESPACE_MAX + 8];
    struct packet packet;

    (void)state;
    memset(text, 'n', sizeof(text));
    memcpy(text, "0/", 2);
    text[PACKET_NAMESPACE_MAX + 1] = '\0';
    packet = read_sound(text);
    assert_int_equal(strlen(packet.namespace), PACKET_NAMESPACE_MAX);
    packet_release(&packet);

    text[PACKET_NAMESPACE_MAX + 1] = 'n';
    text[PACKET_NAMESPACE_MAX + 2] = '\0';
    assert_refused(text);
}

static void refuses_a_nul_octet_anywhere(void **state)
{
    (void)state;
    assert_refused_octets("0/a\0b,{}", 8);
    assert_refused_octets("2[\"a\0\"]", 7);
    assert_refused_octets("2\0[\"a\"]", 7);
    assert_refused_octets("\0", 1);
}

/* An event with data so deep. */
static char *nested(size_t levels)
{
    char *text = malloc(2 * levels + 16);
    char *at = text + sprintf(text, "2[\"a\",");

    memset(at, '[', levels);
    memset(at + levels, ']', levels + 1);
    at[2 * levels + 1] = '\0';
    return text;
}

static void takes_data_of_64_levels_and_no_more(void **state)
{
    char *sound = nested(64), *deep = nested(65), *deeper = nested(200000);
    struct packet packet = read_sound(sound);

    (void)state;
    packet_release(&packet);
    assert_refused(deep);
    assert_refused(deeper);
    free(sound);
    free(deep);
    free(deeper);
}

/* "2["a",0,0…]" of so many values, the array and the name among them; or another head. */
static char *many_values(const char *head, size_t values)
{
    char *text = malloc(strlen(head) + 2 * values + 2);

    strcpy(text, head);
    for (size_t i = 2; i < values; i++)
        strcat(text + strlen(head), ",0");
    strcat(text, "]");
    return text;
}

static void an_event_of_too_many_values_is_not_read(void **state)
{
    char *sound = many_values("212[\"a\"", JSON_MESSAGE_VALUES_MAX);
    char *crowded = many_values("212[\"a\"", JSON_MESSAGE_VALUES_MAX + 1);
    char *connect = many_values("0[\"a\"", JSON_MESSAGE_VALUES_MAX + 1);
    struct packet packet = read_sound(sound);

    (void)state;
    assert_false(packet.crowded);
    assert_int_equal(json_array_size(packet.payload), JSON_MESSAGE_VALUES_MAX - 1);
    packet_release(&packet);
    packet = read_sound(crowded);
    assert_true(packet.crowded);
    assert_null(packet.payload);
    assert_int_equal(packet.id, 12);
    assert_refused(connect);
    free(sound);
    free(crowded);
    free(connect);
}

static void writes_what_stands_before_the_json(void **state)
{
    static const struct {
        enum packet_type type;
        unsigned attachments;
        const char *namespace;
        int64_t id;
        const char *text;
    } cases[] = {
        {PACKET_CONNECT, 0, "/", -1, "0"},
        {PACKET_CONNECT, 0, "/custom", -1, "0/custom,"},
        {PACKET_EVENT, 0, "/", 0, "20"},
        {PACKET_EVENT, 0, "/a", 12, "2/a,12"},
        {PACKET_BINARY_EVENT, 2, "/", -1, "52-"},
        {PACKET_BINARY_ACK, 10, "/a", 789, "610-/a,789"},
        {PACKET_CONNECT_ERROR, 0, "/random", -1, "4/random,"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        buf_clear(&out);
        packet_write_head(
            cases[i].type, cases[i].attachments, cases[i].namespace, cases[i].id, &out);
        assert_string_equal(out.data, cases[i].text);
    }
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_type),
        cmocka_unit_test(refuses_an_unknown_type),
        cmocka_unit_test(refuses_attachments_that_are_not_1_to_10),
        cmocka_unit_test(refuses_an_id_that_is_no_small_integer),
        cmocka_unit_test(refuses_a_payload_that_does_not_fit_its_type),
        cmocka_unit_test(refuses_reserved_names),
        cmocka_unit_test(refuses_a_namespace_past_its_bound),
        cmocka_unit_test(refuses_a_nul_octet_anywhere),
        cmocka_unit_test(takes_data_of_64_levels_and_no_more),
        cmocka_unit_test(an_event_of_too_many_values_is_not_read),
        cmocka_unit_test(writes_what_stands_before_the_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
