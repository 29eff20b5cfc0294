#include "gateway/framing/packet.h"

#include <stdbool.h>
#include <string.h>

#include "common/json.h"

struct cursor {
    const char *at;
    const char *end;
};

enum payload { PAYLOAD_NONE, PAYLOAD_OBJECT, PAYLOAD_EVENT, PAYLOAD_ARRAY, PAYLOAD_UNREAD };

static const struct {
    enum payload payload;
    bool demanded;
    bool binary;
    const char *name;
} types[] = {
    [PACKET_CONNECT] = {PAYLOAD_OBJECT, false, false, "CONNECT"},
    [PACKET_DISCONNECT] = {PAYLOAD_NONE, false, false, "DISCONNECT"},
    [PACKET_EVENT] = {PAYLOAD_EVENT, true, false, "EVENT"},
    [PACKET_ACK] = {PAYLOAD_UNREAD, false, false, "ACK"},
    [PACKET_CONNECT_ERROR] = {PAYLOAD_OBJECT, false, false, "CONNECT_ERROR"},
    [PACKET_BINARY_EVENT] = {PAYLOAD_EVENT, true, true, "BINARY_EVENT"},
    [PACKET_BINARY_ACK] = {PAYLOAD_ARRAY, true, true, "BINARY_ACK"},
};

#define TYPES (sizeof(types) / sizeof(*types))

/* Client libraries emit these themselves: one from the wire would deceive an event handler. */
static const char *const reserved[] = {
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};

static bool is_digit(const struct cursor *cursor)
{
    return cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9';
}

static int read_type(struct cursor *cursor, struct packet *packet, struct reason *why)
{
    if (!is_digit(cursor) || (size_t)(*cursor->at - '0') >= TYPES)
        return reason_set(why, "unknown type of Socket.IO packet");
    packet->type = (enum packet_type)(*cursor->at++ - '0');
    return 0;
}

/* Reads digits of a number up to `max`. Returns how many were read, or -1 if the number is
 * larger. */
static int read_number(struct cursor *cursor, int64_t max, int64_t *number)
{
    int digits = 0;

    *number = 0;
    for (; is_digit(cursor); cursor->at++, digits++) {
        *number = *number * 10 + (*cursor->at - '0');
        if (*number > max)
            return -1;
    }
    return digits;
}

static int read_attachments(struct cursor *cursor, struct packet *packet, struct reason *why)
{
    int64_t number;

    if (!types[packet->type].binary)
        return 0;
    if (read_number(cursor, PACKET_ATTACHMENTS_MAX, &number) <= 0 || number == 0)
        return reason_set(why, "number of attachments is not 1 to %d", PACKET_ATTACHMENTS_MAX);
    if (cursor->at == cursor->end || *cursor->at++ != '-')
        return reason_set(why, "number of attachments is not followed by \"-\"");
    packet->attachments = (unsigned)number;
    return 0;
}

static int read_namespace(struct cursor *cursor, struct packet *packet, struct reason *why)
{
    const char *from = cursor->at;

    strcpy(packet->namespace, "/");
    if (from == cursor->end || *from != '/')
        return 0;
    const char *comma = memchr(from, ',', (size_t)(cursor->end - from));
    size_t len = (size_t)((comma ? comma : cursor->end) - from);
    if (len > PACKET_NAMESPACE_MAX || memchr(from, '\0', len))
        return reason_set(
            why, "namespace is longer than %d bytes or contains a NUL", PACKET_NAMESPACE_MAX);
    memcpy(packet->namespace, from, len);
    packet->namespace[len] = '\0';
    cursor->at = comma ? comma + 1 : cursor->end;
    return 0;
}

static int read_id(struct cursor *cursor, struct packet *packet, struct reason *why)
{
    int64_t number;
    int digits = read_number(cursor, PACKET_ID_MAX, &number);

    if (digits < 0)
        return reason_set(why, "id is larger than 2^53 - 1");
    packet->id = digits ? number : PACKET_NO_ID;
    return 0;
}

static bool is_event_name(const json_t *name)
{
    if (!json_is_string(name))
        return false;
    for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
        if (strcmp(json_string_value(name), reserved[i]) == 0)
            return false;
    return true;
}

static bool payload_fits(enum payload wanted, const json_t *payload)
{
    switch (wanted) {
    case PAYLOAD_OBJECT:
        return json_is_object(payload);
    case PAYLOAD_ARRAY:
        return json_is_array(payload);
    case PAYLOAD_EVENT:
        return json_is_array(payload) && is_event_name(json_array_get(payload, 0));
    case PAYLOAD_NONE:
    case PAYLOAD_UNREAD:
        break;
    }
    return false;
}

static bool is_crowded(const struct cursor *cursor)
{
    return json_values(cursor->at, (size_t)(cursor->end - cursor->at)) > JSON_MESSAGE_VALUES_MAX;
}

/* An acknowledgement may carry thousands of values. Nobody reads them, so they are not parsed. */
static int pass_over_array(const struct cursor *cursor, const char *name, struct reason *why)
{
    const char *end = cursor->end;

    while (end > cursor->at && strchr(" \t\r\n", end[-1]) && end[-1] != '\0')
        end--;
    if (*cursor->at == '[' && end - cursor->at >= 2 && end[-1] == ']')
        return 0;
    return reason_set(why, "%s with a payload of the wrong type", name);
}

static int read_payload(struct cursor *cursor, struct packet *packet, struct reason *why)
{
    const char *name = types[packet->type].name;

    if (cursor->at == cursor->end)
        return types[packet->type].demanded ? reason_set(why, "%s without payload", name) : 0;
    if (*cursor->at != '[' && *cursor->at != '{')
        return reason_set(why, "%s with a payload that is neither array nor object", name);
    if (types[packet->type].payload == PAYLOAD_UNREAD)
        return pass_over_array(cursor, name, why);
    packet->crowded = is_crowded(cursor);
    if (packet->crowded && types[packet->type].payload == PAYLOAD_EVENT)
        return 0;
    if (packet->crowded)
        return reason_set(why, "%s with more than %d values", name, JSON_MESSAGE_VALUES_MAX);
    packet->payload = json_read_message(cursor->at, (size_t)(cursor->end - cursor->at), why);
    if (!packet->payload)
        return reason_prefix(why, "%s: ", name);
    if (!payload_fits(types[packet->type].payload, packet->payload))
        return reason_set(why, "%s with a payload of the wrong type", name);
    return 0;
}

int packet_read(const char *text, size_t len, struct packet *packet, struct reason *why)
{
    struct cursor cursor = {text, text + len};

    packet->attachments = 0;
    packet->id = PACKET_NO_ID;
    packet->payload = NULL;
    packet->crowded = false;
    if (read_type(&cursor, packet, why) == 0 && read_attachments(&cursor, packet, why) == 0 &&
        read_namespace(&cursor, packet, why) == 0 && read_id(&cursor, packet, why) == 0 &&
        read_payload(&cursor, packet, why) == 0)
        return 0;
    packet_release(packet);
    return -1;
}

void packet_release(struct packet *packet)
{
    json_decref(packet->payload);
    packet->payload = NULL;
}

void packet_write_head(
    enum packet_type type, unsigned attachments, const char *namespace, int64_t id, struct buf *out)
{
    buf_add_char(out, (char)('0' + type));
    if (types[type].binary)
        buf_addf(out, "%u-", attachments);
    if (strcmp(namespace, "/") != 0)
        buf_addf(out, "%s,", namespace);
    if (id != PACKET_NO_ID)
        buf_addf(out, "%lld", (long long)id);
}
