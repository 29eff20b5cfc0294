/*
 * bridge: lets libfcgi read a request without ever having a web server's
 * connection in its hands.
 *
 * A bridge is a pipe inside this process. The parameters, checked by intake, are
 * written into one end; libfcgi reads them at the other, where all of them are
 * there, so it never waits. To libfcgi this is one kept connection with one
 * request after the other, and no outside data can bring it into a state other
 * than the one it leaves between two of them. A body goes past it: the endpoint
 * has it from intake. So does the answer, whose records intake writes: it would
 * only come back from libfcgi as it went in.
 *
 * A bridge belongs to one thread.
 */
#ifndef BELFRY_FCGI_BRIDGE_H
#define BELFRY_FCGI_BRIDGE_H

#include "common/buf.h"
#include "common/reason.h"

struct bridge;

/* Answers a request with these parameters: "NAME=value" each, NULL at the end. */
typedef void bridge_answer(void *context, char *const *parameters);

/* Call once, before the first bridge. Returns 0, or -1 with the reason. */
int bridge_init(struct reason *why);

/* Returns NULL with the reason. */
struct bridge *bridge_new(struct reason *why);
void bridge_free(struct bridge *bridge);

/* Runs one request; `params` is the content of its PARAMS records, at most INTAKE_PARAMS_MAX bytes.
 * Returns 0, or -1 with the reason; then nobody has answered, and the bridge can only be freed. */
int bridge_run(struct bridge *bridge, const struct buf *params, bridge_answer *answer,
    void *context, struct reason *why);

#endif
