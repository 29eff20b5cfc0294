/*
 * The input as parts of a text (head, unit, other unit and tail, one per line)
 * that is repeated up to the largest message or request: reading it takes linear
 * CPU time, by a wide margin.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/buf.h"
#include "common/json.h"
#include "gateway/framing/message.h"
#include "gateway/framing/packet.h"
#include "gateway/net/http_request.h"

#define MESSAGE (64 * 1024)
#define HEAD (16 * 1024)
#define PIECES 4
/* Linear work takes some ten milliseconds, even with sanitizers; quadratic work, seconds. */
#define CPU_MS_MAX 700

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct piece {
    const char *text;
    size_t len;
};

static void split(const char *text, size_t len, struct piece pieces[PIECES])
{
    for (size_t i = 0; i < PIECES; i++) {
        const char *end = i + 1 < PIECES ? memchr(text, '\n', len) : NULL;
        pieces[i] = (struct piece){text, end ? (size_t)(end - text) : len};
        len -= end ? pieces[i].len + 1 : len;
        text += pieces[i].len + (end != NULL);
    }
}

static void repeat(struct buf *out, const struct piece *piece, size_t upto)
{
    while (piece->len > 0 && out->len + piece->len <= upto)
        buf_add(out, piece->text, piece->len);
}

static void write_text(struct buf *out, const struct piece pieces[PIECES], size_t len)
{
    buf_clear(out);
    buf_add(out, pieces[0].text, pieces[0].len);
    repeat(out, &pieces[1], len / 2);
    repeat(out, &pieces[2], len - pieces[3].len);
    buf_add(out, pieces[3].text, pieces[3].len);
}

static int64_t cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void read_json(const struct buf *text)
{
    struct packet packet;
    struct message message;
    struct reason why;

    json_decref(json_read(text->data, text->len, &why));
    json_check(text->data, text->len, false, &why);
    if (packet_read(text->data, text->len, &packet, &why) == 0)
        packet_release(&packet);
    message_read(text->data, text->len, &message, &why);
    message_release(&message);
}

static void read_head(const struct buf *text)
{
    struct http_request *request = http_request_new();
    size_t taken;

    http_request_feed(request, text->data, text->len, &taken);
    http_request_free(request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct piece pieces[PIECES];
    struct buf text;
    int64_t began;

    if (size > 1024)
        return 0;
    split((const char *)data, size, pieces);
    buf_init(&text, 2 * MESSAGE);
    began = cpu_ms();
    write_text(&text, pieces, MESSAGE);
    read_json(&text);
    write_text(&text, pieces, HEAD);
    read_head(&text);
    if (cpu_ms() - began > CPU_MS_MAX)
        abort();
    buf_release(&text);
    return 0;
}
