/*
 * event_id: the ids of events of an event stream. For a client an id means
 * nothing; it sends the last one back when it returns (Last-Event-ID).
 *
 *     <id of the session>.<sealed number>
 *
 * The number is the highest that peer_next_mark had given out when the event was
 * sent. It is sealed (seal.h), so only who received an event can name it.
 */
#ifndef BELFRY_GATEWAY_FRAMING_EVENT_ID_H
#define BELFRY_GATEWAY_FRAMING_EVENT_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/random.h"
#include "gateway/framing/seal.h"

struct event_id {
    char sid[RANDOM_NAME_SIZE];
    unsigned char sealed[SEAL_MARK_SIZE];
};

/* Appends the id. `session` is the number of the session, `sid` its id for its client. */
void event_id_write(
    struct seal *seal, const char *sid, uint64_t session, uint32_t number, struct buf *out);
/* False if the text cannot be an id. */
bool event_id_read(const char *text, struct event_id *id);
/* Whether it was sealed for this session; if so, sets *number. */
bool event_id_open(
    const struct event_id *id, struct seal *seal, uint64_t session, uint32_t *number);

#endif
