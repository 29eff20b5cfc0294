/*
 * message: the plain framing's text frames, to and from JSON.
 *
 *     {"event":"subscribe","data":{"topic":"a"},"id":7}   an event that wants an answer
 *     {"ack":7,"data":{"ok":true}}                         the answer
 *
 * Pure: text in, struct out. Members nobody knows are ignored.
 */
#ifndef BELFRY_GATEWAY_FRAMING_MESSAGE_H
#define BELFRY_GATEWAY_FRAMING_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"

enum message_kind {
    MESSAGE_EVENT,
    MESSAGE_ACK,
    MESSAGE_UNUSABLE, /* it cannot be handed to the owner: its id, name or number of values is out
                         of bounds */
    MESSAGE_BREACH    /* not a message of the protocol */
};

/* The largest id: 2^53 - 1, the largest integer that every client represents exactly. */
#define MESSAGE_ID_MAX INT64_C(9007199254740991)
#define MESSAGE_NO_ID INT64_C(-1)

struct message {
    json_t *root;       /* owns the members below; NULL for a breach or too many values */
    const char *name;   /* of an event; NULL if it contains U+0000 */
    const json_t *data; /* or NULL */
    bool large;         /* an answer with more than its id and a few values */
    int64_t id;         /* of event or answer, or MESSAGE_NO_ID */
};

/* Sets the reason for MESSAGE_UNUSABLE and MESSAGE_BREACH. Call message_release in any case. */
enum message_kind message_read(
    const char *text, size_t len, struct message *message, struct reason *why);
void message_release(struct message *message);

#endif
