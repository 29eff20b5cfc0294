/*
 * endpoint: what a program has to say about HTTP requests. Everything else
 * (options, signals, sockets, threads, FastCGI, CGI, limits) is this room's.
 *
 * A program describes its endpoint in one constant, a struct endpoint_kind, and
 * hands it to program_main (program.h). The functions in it are called in this
 * order, and by these threads:
 *
 *     load                     the main thread, at the start and at each SIGHUP
 *       open                   each thread, for itself: the result is not shared
 *         answer, answer, …    that thread alone
 *       close
 *     unload                   once no thread uses these settings any more
 *
 * open does not fail: an endpoint that cannot work as configured says why in
 * `fault` and answers each request with an error, which helps whoever looks
 * more than a web server's "bad gateway" does.
 */
#ifndef BELFRY_FCGI_ENDPOINT_H
#define BELFRY_FCGI_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "common/reason.h"
#include "fcgi/cgi_request.h"

/* The largest answer_max. A thread keeps the memory of one answer, and a connection has that of
 * answers that its web server has not read yet. */
#define ENDPOINT_ANSWER_LIMIT (160 * 1024)

/* What an endpoint may do when its answer has to wait, for a locked database for example. */
enum endpoint_patience {
    ENDPOINT_MAY_BLOCK,  /* wait: this process serves nobody else (CGI) */
    ENDPOINT_MAY_DEFER,  /* return ENDPOINT_DEFERRED: the same request comes again in a moment */
    ENDPOINT_MUST_ANSWER /* do neither: answer with an error */
};

enum endpoint_result {
    ENDPOINT_ANSWERED,
    ENDPOINT_AVAILABLE, /* answered, and nothing has to wait for what others may be waiting for */
    ENDPOINT_BUSY,      /* answered with an error, because waiting would take too long */
    ENDPOINT_DEFERRED   /* nothing was appended or logged. Only under ENDPOINT_MAY_DEFER */
};

/* Where to listen, and how to serve: read once, at the start. */
struct endpoint_service {
    const char *socket;       /* "" if none is configured, as the group */
    const char *socket_group; /* may connect to the socket */
    int64_t threads;
    int64_t patience; /* ms that a request may be deferred before it must be answered */
};

/* What an endpoint is made of. Borrowed, and outlives it. */
struct endpoint_context {
    const struct config *config;
    void *settings; /* what load returned */
    const struct clock *clock;
    const struct logger *log;
};

/* The first member of what each thread has open. */
struct endpoint {
    const struct endpoint_kind *kind;
};

struct sandbox_policy;

struct endpoint_kind {
    const char *program; /* its name: "belfry-auth" */
    const char *purpose; /* what it is, for --help: a sentence */
    const char *section; /* of the configuration, where its socket is set: "auth" */

    /* Bytes of a body; a longer one is refused with 413. Unless reads_body is set, bodies are only
     * counted, and the request has none. */
    size_t body_max;
    bool reads_body;
    size_t answer_max; /* bytes of an answer with its headers; at most ENDPOINT_ANSWER_LIMIT */

    enum config_program reads; /* whose settings it is that need a restart */
    struct endpoint_service (*service)(const struct config *config);
    /* Allows what the endpoint opens later: its databases and further secrets (sandbox_policy.h).
     */
    void (*allow)(const struct config *config, struct sandbox_policy *policy);

    /* Reads what the endpoint needs beside the configuration, which it may complete. Returns it, or
     * NULL with the reason where the configuration is wrong. */
    void *(*load)(struct config *config, struct reason *why);
    void (*unload)(void *settings);
    /* What was loaded, in a few words, for the log. Returns out. */
    char *(*summarise)(const void *settings, char *out, size_t size);

    struct endpoint *(*open)(const struct endpoint_context *context);
    void (*close)(struct endpoint *endpoint);
    /* Why it cannot work as configured, or NULL. */
    const char *(*fault)(struct endpoint *endpoint);
    /* For --check and the log: appends lines about what is used. Returns 0, or -1 where something
     * would not work. */
    int (*describe)(struct endpoint *endpoint, struct buf *out);

    /* Appends the whole answer (response.h). Never fails: what cannot be done is an answer, too.
     * `log` names the client in each line. */
    enum endpoint_result (*answer)(struct endpoint *endpoint, const struct cgi_request *request,
        const struct logger *log, enum endpoint_patience patience, struct buf *out);
    /* Appends the answer to a request that the room refuses by itself: 400, 413, 431, 500 where the
     * program is not configured, 503 where too many bodies are arriving. `head`: only headers. */
    void (*refuse)(int status, bool head, struct buf *out);
};

#endif
