#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "gateway/framing/polling_body.h"

/* Reads a body from memory that ends where it does, and writes its packets as "t:text" and
 * "b:bytes", each followed by a semicolon. */
static enum polling_packet_result read_all(const char *text, size_t len, struct buf *out)
{
    char *exact = malloc(len ? len : 1);
    struct polling_body body;
    struct polling_packet packet;
    enum polling_packet_result result;

    memcpy(exact, text, len);
    buf_init(out, 1 << 20);
    polling_body_init(&body, exact, len);
    while ((result = polling_body_next(&body, &packet)) == POLLING_PACKET) {
        buf_add_text(out, packet.kind == FRAME_BINARY ? "b:" : "t:");
        buf_add(out, packet.data, packet.len);
        buf_add_char(out, ';');
    }
    polling_body_release(&body);
    free(exact);
    return result;
}

static void assert_packets(const char *text, const char *packets)
{
    struct buf out;

    assert_int_equal(read_all(text, strlen(text), &out), POLLING_END);
    assert_string_equal(out.data, packets);
    buf_release(&out);
}

static void assert_broken(const char *text, size_t len)
{
    struct buf out;

    assert_int_equal(read_all(text, len, &out), POLLING_BROKEN);
    buf_release(&out);
}

static void reads_packets_in_order(void **state)
{
    (void)state;
    assert_packets("2", "t:2;");
    assert_packets("4hello\x1e"
                   "2\x1e"
                   "4€",
        "t:4hello;t:2;t:4€;");
    assert_packets("bAQIDBA==\x1e"
                   "4x",
        "b:\1\2\3\4;t:4x;");
    assert_packets("bAQIDBA", "b:\1\2\3\4;");
    assert_packets("b//+/", "b:\xff\xff\xbf;");
    assert_packets("b", "b:;");
}

static void refuses_all_else(void **state)
{
    static const char *const texts[] = {"", "\x1e", "4a\x1e",
        "\x1e"
        "4a",
        "4a\x1e\x1e"
        "4b",
        "4\xff", "4\xed\xa0\x80", "4\xc3\x1e\xa9", "bA",
        "bAQ=", "bAQI==", "bAQ===", "bAB==", "b__-_", "bAQ ==", "b=", "bA Q=", "b\xc3\xa9=="};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_broken(texts[i], strlen(texts[i]));
    assert_broken("bA\0==", 5);
    assert_broken("bbbb\xff\xff\0\0\0\0bb=\xef", 14);
}

static void writes_what_it_reads(void **state)
{
    struct frame *text = frame_new(FRAME_TEXT, "4a", 2);
    struct frame *binary = frame_new(FRAME_BINARY, "\1\2\3\4", 4);
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 20);
    polling_body_add(&out, text);
    polling_body_add(&out, binary);
    polling_body_add(&out, text);
    assert_string_equal(out.data, "4a\x1e"
                                  "bAQIDBA==\x1e"
                                  "4a");
    /* The first packet has no separator. */
    assert_int_equal(out.len + 1, 2 * polling_body_size(text) + polling_body_size(binary));
    buf_release(&out);
    frame_unref(text);
    frame_unref(binary);
}

static void keeps_what_it_has_not_read(void **state)
{
    char text[] = "4a\x1e"
                  "4b\x1e"
                  "4c";
    struct polling_body body;
    struct polling_packet packet;

    (void)state;
    polling_body_init(&body, text, strlen(text));
    assert_int_equal(polling_body_next(&body, &packet), POLLING_PACKET);
    polling_body_keep(&body);
    memset(text, 'x', sizeof(text));
    assert_int_equal(polling_body_next(&body, &packet), POLLING_PACKET);
    assert_memory_equal(packet.data, "4b", 2);
    assert_int_equal(polling_body_next(&body, &packet), POLLING_PACKET);
    assert_int_equal(packet.len, 2);
    polling_body_keep(&body);
    assert_int_equal(polling_body_next(&body, &packet), POLLING_END);
    polling_body_release(&body);
}

static void reads_what_is_appended_behind_what_it_keeps(void **state)
{
    char next[] = "4b\x1e"
                  "bAQIDBA==";
    struct polling_body body;
    struct polling_packet packet;

    (void)state;
    polling_body_init(&body, "4a", 2);
    polling_body_keep(&body);
    polling_body_append(&body, next, strlen(next));
    memset(next, 'x', sizeof(next));
    assert_int_equal(polling_body_next(&body, &packet), POLLING_PACKET);
    assert_memory_equal(packet.data, "4a", 2);
    assert_int_equal(polling_body_next(&body, &packet), POLLING_PACKET);
    assert_memory_equal(packet.data, "4b", 2);
    assert_int_equal(polling_body_next(&body, &packet), POLLING_PACKET);
    assert_int_equal(packet.kind, FRAME_BINARY);
    assert_memory_equal(packet.data, "\1\2\3\4", 4);
    polling_body_append(&body, "4c", 2);
    assert_int_equal(polling_body_next(&body, &packet), POLLING_PACKET);
    assert_memory_equal(packet.data, "4c", 2);
    assert_int_equal(polling_body_next(&body, &packet), POLLING_END);
    polling_body_append(&body, NULL, 0);
    assert_int_equal(polling_body_next(&body, &packet), POLLING_BROKEN);
    polling_body_release(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_packets_in_order),
        cmocka_unit_test(refuses_all_else),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(keeps_what_it_has_not_read),
        cmocka_unit_test(reads_what_is_appended_behind_what_it_keeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
