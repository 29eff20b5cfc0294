/* The packets of a body that is accepted make, written again, a body with the same packets. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/framing/polling_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes all packets to `out`; false if the body is broken. */
static int write_again(const void *data, size_t size, struct buf *out)
{
    struct polling_body body;
    struct polling_packet packet;
    enum polling_packet_result result;

    polling_body_init(&body, data, size);
    while ((result = polling_body_next(&body, &packet)) == POLLING_PACKET) {
        struct frame *frame = frame_new(packet.kind, packet.data, packet.len);
        polling_body_add(out, frame);
        frame_unref(frame);
    }
    polling_body_release(&body);
    return result == POLLING_END;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf once, twice;

    buf_init(&once, SIZE_MAX);
    buf_init(&twice, SIZE_MAX);
    if (write_again(data, size, &once)) {
        if (!write_again(once.data, once.len, &twice) || once.len != twice.len ||
            memcmp(once.data, twice.data, once.len) != 0)
            abort();
    }
    buf_release(&once);
    buf_release(&twice);
    return 0;
}
