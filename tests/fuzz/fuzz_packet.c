/* A packet that is accepted is written as an equal one; its attachments stay in bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/framing/attachments.h"
#include "gateway/framing/packet.h"

#define TEXT_MAX (1 << 22)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct packet *packet, struct buf *text)
{
    char *payload = packet->payload ? json_dumps(packet->payload, JSON_COMPACT) : NULL;

    packet_write_head(packet->type, packet->attachments, packet->namespace, packet->id, text);
    if (payload)
        buf_add_text(text, payload);
    free(payload);
}

static void read_again(const struct packet *packet, const struct buf *text)
{
    struct packet again;
    struct reason why;

    if (packet_read(text->data, text->len, &again, &why) < 0)
        abort();
    if (again.type != packet->type || again.attachments != packet->attachments ||
        again.id != packet->id || strcmp(again.namespace, packet->namespace) != 0)
        abort();
    if (packet->payload && !json_equal(again.payload, packet->payload))
        abort();
    packet_release(&again);
}

static void attach(struct packet *packet)
{
    struct reason why;
    struct attachments *attachments = attachments_new(packet, true, 8, &why);

    while (attachments && attachments_add(attachments, "ab", 2) == 0)
        continue;
    attachments_free(attachments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct packet packet;
    struct reason why;
    struct buf text;

    if (packet_read((const char *)data, size, &packet, &why) < 0)
        return 0;
    buf_init(&text, TEXT_MAX);
    write_again(&packet, &text);
    read_again(&packet, &text);
    buf_release(&text);
    if (packet.attachments > 0)
        attach(&packet);
    packet_release(&packet);
    return 0;
}
