/*
 * endpoint: from the parameters of a request to its whole answer.
 *
 * Knows neither FastCGI nor CGI. One thread's own, with its connections to the
 * session databases.
 *
 *     struct endpoint *endpoint = endpoint_new(settings, &clock, &log);
 *     endpoint_answer(endpoint, environ, body, &out);   // "Status: 200 OK\r\n…"
 *     endpoint_free(endpoint);
 */
#ifndef BELFRY_AUTH_ENDPOINT_H
#define BELFRY_AUTH_ENDPOINT_H

#include "auth-fcgi/settings.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/reason.h"

struct endpoint;

/* Shares the settings; borrows clock and log. Where secrets or sources cannot be used it answers
 * each request that the server is misconfigured; endpoint_fault says why then, and is NULL else. */
struct endpoint *endpoint_new(
    struct settings *settings, const struct clock *clock, const struct logger *log);
const char *endpoint_fault(const struct endpoint *endpoint);
void endpoint_free(struct endpoint *endpoint);

/* What to do where the answer has to wait: the session store is locked, or the user's tokens were
 * revoked this very second. */
enum endpoint_patience {
    ENDPOINT_WAIT,      /* wait: up to 2 seconds for a lock */
    ENDPOINT_COME_BACK, /* do not wait, append and log nothing */
    ENDPOINT_GIVE_UP    /* answer 503 where the store is locked */
};

enum endpoint_result {
    ENDPOINT_ANSWERED,
    ENDPOINT_SIGNED_IN, /* so the session store can be read */
    ENDPOINT_LATER,     /* of ENDPOINT_COME_BACK */
    ENDPOINT_LOCKED     /* answered 503 */
};

/* `parameters` are "NAME=value" and end with NULL; `body` is how many octets came behind them, or
 * REQUEST_BY_CGI. Appends to `out`, which should take RESPONSE_MAX octets. Never fails: what cannot
 * be done is an answer, too. */
enum endpoint_result endpoint_answer(struct endpoint *endpoint, char *const *parameters, long body,
    enum endpoint_patience patience, struct buf *out);

/* For `--check`: the sources and what they would use. Returns 0, or -1 where one would not work or
 * there is a fault. */
int endpoint_describe(struct endpoint *endpoint, struct buf *out);

/* The answer where there is no endpoint, since nothing could be configured. */
void endpoint_answer_misconfigured(struct buf *out);

#endif
