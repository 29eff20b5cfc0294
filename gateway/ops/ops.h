/*
 * ops: answers operators and their monitoring, over HTTP on `ops_listen`:
 *
 *     GET /healthz   200 while the loop turns
 *     GET /readyz    200, or 503 with the reason: queue unavailable, draining
 *     GET /metrics   Prometheus text
 *     GET /connections[?user=U][&max=N][&after=ID]
 *                    who is connected, page by page: connection_page.h
 *     GET /          a page that draws the metrics, and its files: dashboard.h
 *
 * It asks for no token, so `ops_listen` must be local; then it answers no page
 * of another site either (local_host.h). It has a server of its own
 * (gateway/net), so its limits are separate from those of users.
 */
#ifndef BELFRY_GATEWAY_OPS_OPS_H
#define BELFRY_GATEWAY_OPS_OPS_H

#include <uv.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "gateway/net/server.h"
#include "gateway/net/wheel.h"
#include "gateway/ops/connection_page.h"
#include "gateway/ops/metrics.h"

struct ops;

/* What ops needs from the program. */
struct ops_source {
    void (*metrics)(void *context, struct metrics *metrics);
    /* NULL if ready, or the reason why not: lent until the next call. */
    const char *(*unready)(void *context);
    /* Writes the page as connection_page_write does. */
    void (*connections)(void *context, const struct connection_query *query, struct buf *out);
};

/* The caller must reserve descriptors for `max_connections`, so that operators are answered however
 * many users there are. */
struct ops *ops_new(uv_loop_t *loop, struct wheel *wheel, const struct clock *clock,
    const struct logger *log, size_t max_connections, const struct ops_source *source,
    void *context);
/* Where it listens: nowhere, until told so. */
struct server *ops_server(struct ops *ops);
/* Needs the loop to run until its handles are closed. */
void ops_free(struct ops *ops);

#endif
