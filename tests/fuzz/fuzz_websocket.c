/*
 * The input as a client's frames, at once and byte by byte: both result in the
 * same messages and the same close, and no message exceeds the limit. If the
 * first parser ends idle, the second is the same one: it must be as new.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "gateway/net/websocket.h"

#define MESSAGE_MAX 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct story {
    size_t messages, octets;
    unsigned sum;
    struct websocket_end end;
};

static void on_message(void *context, enum frame_kind kind, const void *data, size_t len)
{
    struct story *story = context;
    const unsigned char *octets = data;

    if (len > MESSAGE_MAX || (kind == FRAME_TEXT && !text_is_utf8(data, len)))
        abort();
    story->messages++;
    story->octets += len;
    story->sum = story->sum * 31 + (unsigned)kind;
    for (size_t i = 0; i < len; i++)
        story->sum = story->sum * 31 + octets[i];
}

static struct story tell(const uint8_t *data, size_t size, size_t step, struct websocket **spare)
{
    struct story story = {0};
    struct websocket *websocket = websocket_new(spare, MESSAGE_MAX, on_message, &story);

    for (size_t at = 0; at < size; at += step)
        websocket_feed(websocket, data + at, size - at < step ? size - at : step);
    story.end = websocket_end(websocket);
    websocket_free(websocket, spare);
    return story;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct websocket *spare = NULL;
    struct story whole = tell(data, size, size + 1, &spare), cut = tell(data, size, 1, &spare);

    websocket_destroy(spare);
    if (whole.messages != cut.messages || whole.octets != cut.octets || whole.sum != cut.sum ||
        whole.end.code != cut.end.code || whole.end.by_peer != cut.end.by_peer)
        abort();
    return 0;
}
