/*
 * request: what an HTTP request asks of belfry-publish.
 *
 * The program may be mounted anywhere, and web servers say in different ways
 * where: most put the whole path into SCRIPT_NAME, some split PATH_INFO off, and
 * a rewritten one is only in REQUEST_URI. So the last segments of the path
 * decide, wherever they are found first.
 *
 * All strings point into the parameters of the request.
 */
#ifndef BELFRY_PUBLISH_REQUEST_H
#define BELFRY_PUBLISH_REQUEST_H

#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"
#include "fcgi/cgi_request.h"

enum publish_resource {
    PUBLISH_NOTIFICATIONS,
    PUBLISH_BROADCASTS,
    PUBLISH_MESSAGES,
    PUBLISH_NOTIFICATION, /* one, by its id */
    PUBLISH_PRESENCE,
    PUBLISH_SESSIONS,
    PUBLISH_NOTHING
};

#define PUBLISH_PATH_SIZE 40
/* The most bytes of an Idempotency-Key. */
#define PUBLISH_IDEMPOTENCY_MAX 255

struct publish_request {
    const struct cgi_request *cgi;
    enum publish_resource resource;
    int64_t id;                   /* of PUBLISH_NOTIFICATION; 0 where the path has no valid one */
    char path[PUBLISH_PATH_SIZE]; /* what follows the mount: "/notifications/41" */
    const char *query;            /* "" where there is none */
    const char *content_type;     /* the same */
    const char *idempotency;      /* the Idempotency-Key, or NULL */
    const char *body;
    size_t body_len;
};

/* Returns 0, or -1 with the reason where a header came twice or has control characters. */
int publish_request_read(
    struct publish_request *request, const struct cgi_request *cgi, struct reason *why);

/* Reads the value of the next parameter of this name in the query, percent-decoded, into `value`,
 * and moves `*query` behind it. Returns 1, 0 where there is none left, or -1 where it cannot be
 * decoded or does not fit. */
int publish_query_next(const char **query, const char *name, struct buf *value);

#endif
