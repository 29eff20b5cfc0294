#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bench/load/ws_frame.h"
#include "common/memory.h"

/* A frame in memory of exactly its size, so that a read beyond it is an error. */
static char *frame_make(size_t payload, int is_masked, size_t *size)
{
    char head[FRAME_HEAD_MAX], *data;
    size_t len = is_masked ? frame_head_masked(head, FRAME_TEXT, payload)
                           : frame_head(head, FRAME_TEXT, payload);

    *size = len + payload;
    data = mem_alloc(*size);
    memcpy(data, head, len);
    memset(data + len, 'a', payload);
    return data;
}

static void reads_what_it_writes_at_every_length_of_the_length(void **state)
{
    static const size_t lengths[] = {0, 1, 125, 126, 127, 65535, 65536, FRAME_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct frame_view frame;
        size_t size;
        char *data = frame_make(lengths[i], 0, &size);

        assert_int_equal(frame_read(&frame, data, size), size);
        assert_int_equal(frame.opcode, FRAME_TEXT);
        assert_int_equal(frame.len, lengths[i]);
        assert_ptr_equal(frame.payload, data + size - lengths[i]);
        free(data);
    }
}

static void waits_for_a_frame_that_is_not_whole(void **state)
{
    static const size_t lengths[] = {1, 200, 70000};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t size;
        char *data = frame_make(lengths[i], 0, &size);

        for (size_t len = 0; len < size && len < 300; len++) {
            char *part = mem_alloc(len + 1);
            struct frame_view frame;

            memcpy(part + 1, data, len);
            assert_int_equal(frame_read(&frame, part + 1, len), 0);
            free(part);
        }
        free(data);
    }
}

static void refuses_what_no_server_sends_here(void **state)
{
    struct frame_view frame;
    char masked[] = {(char)0x81, (char)0x80, 0, 0, 0, 0}, fragment[] = {0x01, 0},
         extended[] = {(char)0xc1, 0}, long_one[10] = {(char)0x81, 127, 1};

    (void)state;
    assert_int_equal(frame_read(&frame, masked, sizeof(masked)), -1);
    assert_int_equal(frame_read(&frame, fragment, sizeof(fragment)), -1);
    assert_int_equal(frame_read(&frame, extended, sizeof(extended)), -1);
    assert_int_equal(frame_read(&frame, long_one, sizeof(long_one)), -1);
}

static void unmasks_what_a_client_sends(void **state)
{
    /* RFC 6455, section 5.7 */
    char hello[] = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    struct frame_view frame;
    size_t size;
    char *data = frame_make(300, 1, &size);

    (void)state;
    assert_int_equal(frame_read_masked(&frame, hello, 11), 11);
    assert_int_equal(frame.len, 5);
    assert_memory_equal(frame.payload, "Hello", 5);
    assert_int_equal(frame_read_masked(&frame, data, size), size);
    assert_int_equal(frame.payload[299], 'a');
    assert_int_equal(frame_read(&frame, data, size), -1);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes_at_every_length_of_the_length),
        cmocka_unit_test(waits_for_a_frame_that_is_not_whole),
        cmocka_unit_test(refuses_what_no_server_sends_here),
        cmocka_unit_test(unmasks_what_a_client_sends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
