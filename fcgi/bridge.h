/*
 * bridge: lets libfcgi take a whole request and write the records of the answer
 * without ever having a web server's connection in its hands.
 *
 * A bridge is a pair of sockets inside this process. The parameters, checked by
 * intake, are written into one end; libfcgi reads them at the other, where all
 * of them are there, so it never waits. Its records of the answer come back the
 * same way. To libfcgi this is one kept connection with one request after the
 * other, and no outside data can bring it into a state other than the one it
 * leaves between two of them. A body goes past it: the endpoint has it from
 * intake.
 *
 * A bridge belongs to one thread.
 */
#ifndef BELFRY_FCGI_BRIDGE_H
#define BELFRY_FCGI_BRIDGE_H

#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"

struct bridge;

/* Appends the answer to a request with these parameters: "NAME=value" each, NULL at the end. */
typedef void bridge_answer(void *context, char *const *parameters, struct buf *out);

/* Call once, before the first bridge. Returns 0, or -1 with the reason. */
int bridge_init(struct reason *why);

/* `answer_max` is the size of the longest answer. Returns NULL with the reason. */
struct bridge *bridge_new(size_t answer_max, struct reason *why);
void bridge_free(struct bridge *bridge);

/* Runs one request; `params` is the content of its PARAMS records. Appends the records of the
 * answer, END_REQUEST included. Returns 0, or -1 with the reason; then the bridge can only be
 * freed. */
int bridge_run(struct bridge *bridge, uint16_t id, const struct buf *params, bridge_answer *answer,
    void *context, struct buf *records, struct reason *why);

#endif
