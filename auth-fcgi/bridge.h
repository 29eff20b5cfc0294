/*
 * bridge: lets libfcgi take a whole request and write the answer's records,
 * without a web server's connection ever being in its hands.
 *
 * A bridge is a pair of sockets inside this process. The request, checked by
 * intake, is written into one end; libfcgi reads it at the other, where it
 * finds all of it, and so never waits; its records of the answer come back the
 * same way. To libfcgi this is one kept connection with one request after the
 * other: the only state that it is put into from outside is the one it leaves
 * itself between two of them.
 *
 * One thread's own.
 */
#ifndef BELFRY_AUTH_BRIDGE_H
#define BELFRY_AUTH_BRIDGE_H

#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"

struct bridge;

/* Appends the answer to the parameters, "NAME=value", that end with NULL. */
typedef void bridge_answer(void *context, char *const *parameters, struct buf *out);

/* Once, before the first bridge. Returns 0, or -1 with the reason. */
int bridge_init(struct reason *why);

/* Returns NULL with the reason. */
struct bridge *bridge_new(struct reason *why);
void bridge_free(struct bridge *bridge);

/* Runs one request; `params` is the content of its PARAMS records. Appends the answer's records,
 * the END_REQUEST too. Returns 0, or -1 with the reason; then the bridge can only be freed. */
int bridge_run(struct bridge *bridge, uint16_t id, const struct buf *params, bridge_answer *answer,
    void *context, struct buf *records, struct reason *why);

#endif
