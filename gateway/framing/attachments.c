#include "gateway/framing/attachments.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

struct attachments {
    struct packet packet;
    bool keep;
    unsigned received;
    size_t octets, max_octets;
    struct peer_binary items[PACKET_ATTACHMENTS_MAX];
};

static bool is_placeholder(const json_t *object)
{
    return json_is_true(json_object_get(object, "_placeholder"));
}

static bool points_inside(const json_t *placeholder, unsigned count)
{
    const json_t *number = json_object_get(placeholder, "num");

    return json_is_integer(number) && json_integer_value(number) >= 0 &&
           json_integer_value(number) < count;
}

/* The recursion is bounded by the depth that json_read_message allows. */
static bool placeholders_are_sound(json_t *value, unsigned count)
{
    size_t index;
    const char *key;
    json_t *member;

    if (json_is_object(value) && is_placeholder(value))
        return points_inside(value, count);
    json_array_foreach (value, index, member)
        if (!placeholders_are_sound(member, count))
            return false;
    json_object_foreach (value, key, member)
        if (!placeholders_are_sound(member, count))
            return false;
    return true;
}

/* Keeps only the name of an event, and nothing of an answer: the refusal needs no more. */
static void drop_arguments(struct packet *packet)
{
    json_t *rest = json_array();

    if (packet->type == PACKET_BINARY_EVENT)
        json_array_append(rest, json_array_get(packet->payload, 0));
    json_decref(packet->payload);
    packet->payload = rest;
}

struct attachments *attachments_new(
    struct packet *packet, bool keep, size_t max_octets, struct reason *why)
{
    if (!placeholders_are_sound(packet->payload, packet->attachments)) {
        packet_release(packet);
        reason_set(why, "a placeholder for an attachment that was not announced");
        return NULL;
    }
    struct attachments *attachments = mem_zalloc(sizeof(*attachments));
    attachments->packet = *packet;
    attachments->keep = keep;
    attachments->max_octets = max_octets;
    packet->payload = NULL;
    if (!keep)
        drop_arguments(&attachments->packet);
    return attachments;
}

void attachments_free(struct attachments *attachments)
{
    if (!attachments)
        return;
    for (unsigned i = 0; i < PACKET_ATTACHMENTS_MAX; i++)
        free((void *)attachments->items[i].data);
    packet_release(&attachments->packet);
    free(attachments);
}

static void keep_item(struct peer_binary *item, const void *data, size_t len)
{
    void *copy = mem_alloc(len ? len : 1);

    if (len)
        memcpy(copy, data, len);
    *item = (struct peer_binary){copy, len};
}

int attachments_add(struct attachments *attachments, const void *data, size_t len)
{
    if (len > attachments->max_octets - attachments->octets)
        return -1;
    attachments->octets += len;
    if (attachments->keep)
        keep_item(&attachments->items[attachments->received], data, len);
    return ++attachments->received == attachments->packet.attachments;
}

struct packet *attachments_packet(struct attachments *attachments)
{
    return &attachments->packet;
}

const struct peer_binary *attachments_items(const struct attachments *attachments, size_t *count)
{
    *count = attachments->keep ? attachments->received : 0;
    return attachments->keep ? attachments->items : NULL;
}
