#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/memory.h"
#include "gateway/net/connection.h"
#include "gateway/net/websocket.h"

#define MAX_MESSAGE 65536

/* A parser that is created and freed as in a connection. */
struct reader {
    struct websocket *websocket, *spare;
    struct buf heard;
    struct websocket_end end;
};

static void on_message(void *context, enum frame_kind kind, const void *data, size_t len)
{
    struct reader *reader = context;

    buf_addf(&reader->heard, "%x:", kind);
    if (len > 300)
        buf_addf(&reader->heard, "(%zu)", len);
    else
        buf_add_escaped(&reader->heard, data, len);
    buf_add_char(&reader->heard, ' ');
}

static void reader_init(struct reader *reader)
{
    *reader = (struct reader){0};
    buf_init(&reader->heard, 1 << 24);
}

static void reader_release(struct reader *reader)
{
    websocket_free(reader->websocket, &reader->spare);
    websocket_destroy(reader->spare);
    buf_release(&reader->heard);
}

static void reader_feed(struct reader *reader, const void *bytes, size_t len)
{
    if (reader->end.code != 0)
        return;
    if (!reader->websocket)
        reader->websocket = websocket_new(&reader->spare, MAX_MESSAGE, on_message, reader);
    websocket_feed(reader->websocket, bytes, len);
    reader->end = websocket_end(reader->websocket);
    if (reader->end.code != 0)
        buf_addf(
            &reader->heard, "end:%d:%s", reader->end.code, reader->end.by_peer ? "peer" : "us");
    if (websocket_idle(reader->websocket) || reader->end.code != 0) {
        websocket_free(reader->websocket, &reader->spare);
        reader->websocket = NULL;
    }
}

static void add_frame(struct buf *out, unsigned char first, const char *payload, size_t len,
    const unsigned char mask[4])
{
    size_t extended = len < 126 ? 0 : len < 65536 ? 2 : 8;

    buf_add_char(out, (char)first);
    buf_add_char(out, (char)(0x80 | (extended == 0 ? len : extended == 2 ? 126 : 127)));
    for (size_t i = extended; i > 0; i--)
        buf_add_char(out, (char)(len >> (8 * (i - 1))));
    buf_add(out, mask, 4);
    for (size_t i = 0; i < len; i++)
        buf_add_char(out, (char)((unsigned char)payload[i] ^ mask[i % 4]));
}

static void add(struct buf *out, unsigned char first, const char *payload)
{
    static const unsigned char mask[4] = {0x12, 0, 0xff, 0x9a};

    add_frame(out, first, payload, strlen(payload), mask);
}

/* Everything that a valid client may do, in a few hundred bytes. */
static void add_session(struct buf *out)
{
    static const unsigned char zero[4] = {0};
    char medium[300];

    memset(medium, 'm', sizeof(medium));
    add(out, 0x81, "hello");
    add(out, 0x81, "");
    add_frame(out, 0x82, "\0\1\xff", 3, zero);
    add(out, 0x01, "frag \xc3");
    add(out, 0x89, "ping between");
    add(out, 0x00, "\xa9");
    add(out, 0x8a, "");
    add(out, 0x00, "");
    add(out, 0x80, " end");
    add_frame(out, 0x82, medium, sizeof(medium), zero);
    add(out, 0x8a, "pong");
    add(out, 0x88, "\x0f\xa0 ended \xe2\x82\xac");
    add(out, 0x81, "not heard");
}

static const char session_heard[] = "1:hello 1: 2:\\x00\\x01\\xff 9:ping between a: "
                                    "1:frag \xc3\xa9 end 2:";

static void check_session(const struct reader *reader)
{
    assert_int_equal(strncmp(reader->heard.data, session_heard, strlen(session_heard)), 0);
    assert_non_null(strstr(reader->heard.data, "m a:pong end:4000:peer"));
    assert_null(strstr(reader->heard.data, "not heard"));
}

static void hears_the_same_wherever_a_session_is_cut(void **state)
{
    struct buf session;

    (void)state;
    buf_init(&session, 65536);
    add_session(&session);
    for (size_t cut = 0; cut <= session.len; cut++) {
        struct reader reader;
        reader_init(&reader);
        reader_feed(&reader, session.data, cut);
        reader_feed(&reader, session.data + cut, session.len - cut);
        check_session(&reader);
        reader_release(&reader);
    }
    buf_release(&session);
}

static void hears_the_same_in_pieces_of_any_size(void **state)
{
    struct buf session;

    (void)state;
    buf_init(&session, 65536);
    add_session(&session);
    for (size_t size = 1; size <= 140; size++) {
        struct reader reader;
        reader_init(&reader);
        for (size_t at = 0; at < session.len; at += size)
            reader_feed(
                &reader, session.data + at, session.len - at < size ? session.len - at : size);
        check_session(&reader);
        reader_release(&reader);
    }
    buf_release(&session);
}

static void is_idle_between_messages_alone(void **state)
{
    struct buf bytes;
    struct reader reader;

    (void)state;
    buf_init(&bytes, 65536);
    reader_init(&reader);
    add(&bytes, 0x81, "whole");
    reader_feed(&reader, bytes.data, bytes.len);
    assert_null(reader.websocket);
    reader_feed(&reader, bytes.data, 1);
    assert_non_null(reader.websocket);
    reader_feed(&reader, bytes.data + 1, bytes.len - 1);
    assert_null(reader.websocket);
    buf_clear(&bytes);
    add(&bytes, 0x01, "first");
    reader_feed(&reader, bytes.data, bytes.len);
    assert_non_null(reader.websocket);
    buf_clear(&bytes);
    add(&bytes, 0x89, "p");
    reader_feed(&reader, bytes.data, bytes.len);
    assert_non_null(reader.websocket);
    buf_clear(&bytes);
    add(&bytes, 0x80, "");
    reader_feed(&reader, bytes.data, bytes.len);
    assert_null(reader.websocket);
    reader_release(&reader);
    buf_release(&bytes);
}

static void the_spare_parser_keeps_nothing_of_its_last_connection(void **state)
{
    struct websocket *spare = NULL, *first, *next;
    struct reader reader;
    struct buf bytes;

    (void)state;
    reader_init(&reader);
    buf_init(&bytes, 65536);
    first = websocket_new(&spare, 1000, on_message, &reader);
    add(&bytes, 0x01, "many bytes");
    add(&bytes, 0x80, " in two");
    websocket_feed(first, bytes.data, bytes.len);
    websocket_free(first, &spare);
    assert_ptr_equal(spare, first);
    next = websocket_new(&spare, 10, on_message, &reader);
    assert_ptr_equal(next, first);
    assert_null(spare);
    websocket_feed(next, bytes.data, bytes.len);
    assert_string_equal(reader.heard.data, "1:many bytes in two ");
    assert_int_equal(websocket_end(next).code, CLOSE_TOO_BIG);
    websocket_free(next, &spare);
    assert_null(spare);
    buf_release(&bytes);
    reader_release(&reader);
}

/* Frames longer than wslay's buffer of 4 KiB, followed directly by control frames. */
static void hears_long_messages_and_what_follows_them(void **state)
{
    static const size_t sizes[] = {125, 126, 4080, 4088, 4090, 4095, 4096, 4097, 65535, 65536};
    char *payload = mem_zalloc(MAX_MESSAGE);

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buf bytes;
        struct reader reader;
        char expected[200];
        static const unsigned char mask[4] = {1, 2, 3, 4};
        buf_init(&bytes, 1 << 20);
        reader_init(&reader);
        add_frame(&bytes, 0x82, payload, sizes[i], mask);
        add(&bytes, 0x88, "\x03\xe8 \xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
        reader_feed(&reader, bytes.data, bytes.len);
        snprintf(expected, sizeof(expected), "(%zu) end:1000:peer", sizes[i]);
        if (sizes[i] > 300)
            assert_string_equal(reader.heard.data + 2, expected);
        assert_int_equal(reader.end.code, 1000);
        reader_release(&reader);
        buf_release(&bytes);
    }
    free(payload);
}

#define NO_MASK_BYTES(text) text, sizeof(text) - 1

static const struct breach {
    const char *name;
    const char *bytes; /* mask 0, so payloads are as they stand */
    size_t len;
    int code;
} breaches[] = {
    {"unmasked", NO_MASK_BYTES("\x81\x05hello"), 1002},
    {"unmasked, header alone", NO_MASK_BYTES("\x81\x05"), 1002},
    {"RSV1", NO_MASK_BYTES("\xc1\x80\0\0\0\0"), 1002},
    {"RSV2", NO_MASK_BYTES("\xa1\x80\0\0\0\0"), 1002},
    {"RSV3", NO_MASK_BYTES("\x91\x80\0\0\0\0"), 1002},
    {"RSV1 in a ping", NO_MASK_BYTES("\xc9\x80\0\0\0\0"), 1002},
    {"opcode 3", NO_MASK_BYTES("\x83\x80\0\0\0\0"), 1002},
    {"opcode 7", NO_MASK_BYTES("\x87\x81\0\0\0\0x"), 1002},
    {"opcode 11", NO_MASK_BYTES("\x8b\x80\0\0\0\0"), 1002},
    {"opcode 15", NO_MASK_BYTES("\x8f\x80"), 1002},
    {"fragmented ping", NO_MASK_BYTES("\x09\x80\0\0\0\0"), 1002},
    {"fragmented close", NO_MASK_BYTES("\x08\x80\0\0\0\0"), 1002},
    {"ping of 126", NO_MASK_BYTES("\x89\xfe\0\x7e\0\0\0\0"), 1002},
    {"close of one byte", NO_MASK_BYTES("\x88\x81\0\0\0\0\x03"), 1002},
    {"reason not UTF-8", NO_MASK_BYTES("\x88\x83\0\0\0\0\x03\xe8\xff"), 1007},
    {"reason cut", NO_MASK_BYTES("\x88\x84\0\0\0\0\x03\xe8\xe2\x82"), 1007},
    {"text not UTF-8", NO_MASK_BYTES("\x81\x81\0\0\0\0\xff"), 1007},
    {"text cut", NO_MASK_BYTES("\x81\x82\0\0\0\0\xe2\x82"), 1007},
    {"text with a surrogate", NO_MASK_BYTES("\x81\x83\0\0\0\0\xed\xa0\x80"), 1007},
    {"text overlong", NO_MASK_BYTES("\x81\x82\0\0\0\0\xc0\x80"), 1007},
    {"text past U+10FFFF", NO_MASK_BYTES("\x81\x84\0\0\0\0\xf4\x90\x80\x80"), 1007},
    {"bad UTF-8 early in a long frame", NO_MASK_BYTES("\x81\xfe\x10\0\0\0\0\0ab\xff"), 1007},
    {"bad UTF-8 in a first fragment", NO_MASK_BYTES("\x01\x81\0\0\0\0\xff"), 1007},
    {"continuation of nothing", NO_MASK_BYTES("\x80\x81\0\0\0\0x"), 1002},
    {"continuation of nothing, no FIN", NO_MASK_BYTES("\0\x81\0\0\0\0x"), 1002},
    {"text amid a message", NO_MASK_BYTES("\x01\x81\0\0\0\0x\x81\x81\0\0\0\0x"), 1002},
    {"binary amid a text", NO_MASK_BYTES("\x01\x81\0\0\0\0x\x02\x81\0\0\0\0x"), 1002},
    {"length not minimal, 16", NO_MASK_BYTES("\x81\xfe\0\x05\0\0\0\0hello"), 1002},
    {"length not minimal, 64", NO_MASK_BYTES("\x81\xff\0\0\0\0\0\0\0\x05\0\0\0\0"), 1002},
    {"length with top bit", NO_MASK_BYTES("\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0"), 1002},
    {"all ones", NO_MASK_BYTES("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0"), 1002},
    {"2^62", NO_MASK_BYTES("\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0"), 1009},
    {"2^62 and a byte", NO_MASK_BYTES("\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0x"), 1009},
    {"one byte too many", NO_MASK_BYTES("\x82\xff\0\0\0\0\0\1\0\1\0\0\0\0"), 1009},
    {"fragments too many", NO_MASK_BYTES("\x02\x81\0\0\0\0x\x80\xff\0\0\0\0\0\1\0\0\0\0\0\0"),
        1009},
};

static void refuses_what_is_against_the_protocol(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(breaches) / sizeof(breaches[0]); i++) {
        for (size_t cut = 0; cut < breaches[i].len; cut++) {
            struct reader reader;
            reader_init(&reader);
            reader_feed(&reader, breaches[i].bytes, cut);
            reader_feed(&reader, breaches[i].bytes + cut, breaches[i].len - cut);
            if (reader.end.code != breaches[i].code || reader.end.by_peer)
                fail_msg("%s, cut at %zu: %d", breaches[i].name, cut, reader.end.code);
            reader_release(&reader);
        }
    }
}

static void takes_the_close_codes_that_may_be_sent(void **state)
{
    static const struct {
        int code;
        bool sound;
    } cases[] = {{0, false}, {999, false}, {1000, true}, {1003, true}, {1004, false}, {1005, false},
        {1006, false}, {1007, true}, {1011, true}, {1015, false}, {1016, false}, {2999, false},
        {3000, true}, {4999, true}, {5000, false}, {65535, false}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char bytes[] = {0x88, 0x82, 0, 0, 0, 0, (unsigned char)(cases[i].code >> 8),
            (unsigned char)cases[i].code};
        struct reader reader;
        reader_init(&reader);
        reader_feed(&reader, bytes, sizeof(bytes));
        assert_int_equal(reader.end.code, cases[i].sound ? cases[i].code : 1002);
        assert_int_equal(reader.end.by_peer, cases[i].sound);
        reader_release(&reader);
    }
}

static void takes_a_close_without_a_code(void **state)
{
    struct reader reader;

    (void)state;
    reader_init(&reader);
    reader_feed(&reader, "\x88\x80\0\0\0\0", 6);
    assert_int_equal(reader.end.code, CLOSE_NO_STATUS);
    assert_true(reader.end.by_peer);
    reader_release(&reader);
}

static void bounds_the_fragments_of_a_message(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 1; len++) {
        struct reader reader;
        size_t fragments = 0;
        reader_init(&reader);
        while (reader.end.code == 0 && fragments < 200000) {
            reader_feed(&reader, fragments == 0 ? "\x02" : "\0", 1);
            reader_feed(&reader, len == 0 ? "\x80\0\0\0\0" : "\x81\0\0\0\0x", 5 + len);
            fragments++;
        }
        assert_int_equal(reader.end.code, CLOSE_TOO_BIG);
        assert_in_range(fragments, 1000, 2000);
        reader_release(&reader);
    }
}

/* Pings within an unfinished message: wslay's own answers must not pile up. */
static void keeps_no_pongs(void **state)
{
    struct reader reader;

    (void)state;
    reader_init(&reader);
    reader_feed(&reader, "\x01\x81\0\0\0\0x", 7);
    for (int i = 0; i < 20000; i++) {
        reader_feed(&reader, "\x89\x81\0\0\0\0p", 7);
        buf_clear(&reader.heard);
    }
    reader_feed(&reader, "\x80\x81\0\0\0\0y", 7);
    assert_string_equal(reader.heard.data, "1:xy ");
    reader_release(&reader);
}

/* Random frames */

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static size_t random_frame(uint32_t *seed, unsigned char out[512])
{
    static const unsigned char likely[] = {0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a, 0x88};
    size_t len = next_random(seed) % 8 == 0 ? next_random(seed) % 400 : next_random(seed) % 12;
    size_t at = 0;

    out[at++] = next_random(seed) % 24 == 0 ? (unsigned char)next_random(seed)
                                            : likely[next_random(seed) % sizeof(likely)];
    if (out[0] >= 0x88 && len > 125)
        len = 125;
    out[at++] = (unsigned char)(0x80 | (len < 126 ? len : 126));
    if (len >= 126) {
        out[at++] = (unsigned char)(len >> 8);
        out[at++] = (unsigned char)len;
    }
    memset(out + at, 0, 4);
    at += 4;
    for (size_t i = 0; i < len; i++)
        out[at++] = (unsigned char)(next_random(seed) % 40 == 0 ? next_random(seed)
                                                                : 'a' + next_random(seed) % 26);
    if (next_random(seed) % 50 == 0)
        out[next_random(seed) % at] ^= (unsigned char)(1 << next_random(seed) % 8);
    return at;
}

/* Whole or in random pieces: the result is the same, and nothing is read beyond the end. */
static void hears_random_frames_alike_whole_and_in_pieces(void **state)
{
    uint32_t seed = 0x5eed0001;

    (void)state;
    print_message("seed %#x, 20000 sessions\n", seed);
    for (int i = 0; i < 20000; i++) {
        unsigned char bytes[8 * 512];
        size_t len = 0;
        struct reader whole, pieces;
        for (uint32_t frames = 1 + next_random(&seed) % 7; frames > 0; frames--)
            len += random_frame(&seed, bytes + len);
        reader_init(&whole);
        reader_init(&pieces);
        reader_feed(&whole, bytes, len);
        for (size_t at = 0, piece; at < len; at += piece) {
            piece = 1 + next_random(&seed) % 20;
            piece = piece < len - at ? piece : len - at;
            char *copy = malloc(piece); /* so that reading past its end is noticed */
            memcpy(copy, bytes + at, piece);
            reader_feed(&pieces, copy, piece);
            free(copy);
        }
        assert_string_equal(pieces.heard.data, whole.heard.data);
        reader_release(&whole);
        reader_release(&pieces);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hears_the_same_wherever_a_session_is_cut),
        cmocka_unit_test(hears_the_same_in_pieces_of_any_size),
        cmocka_unit_test(is_idle_between_messages_alone),
        cmocka_unit_test(the_spare_parser_keeps_nothing_of_its_last_connection),
        cmocka_unit_test(hears_long_messages_and_what_follows_them),
        cmocka_unit_test(refuses_what_is_against_the_protocol),
        cmocka_unit_test(takes_the_close_codes_that_may_be_sent),
        cmocka_unit_test(takes_a_close_without_a_code),
        cmocka_unit_test(bounds_the_fragments_of_a_message),
        cmocka_unit_test(keeps_no_pongs),
        cmocka_unit_test(hears_random_frames_alike_whole_and_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
