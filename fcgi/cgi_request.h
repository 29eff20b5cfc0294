/*
 * cgi_request: an HTTP request in the form of CGI (RFC 3875), in which both CGI
 * and FastCGI pass it.
 *
 * What nearly every endpoint needs is read here; params.h reads other
 * parameters. All strings point into the array of parameters and live as long
 * as it does.
 *
 * Invariants of a request that was read: no string contains control characters;
 * method, cookies, origin and credentials came once; the body is as long as
 * announced; forwarded headers are set only where the client that REMOTE_ADDR
 * names may set them.
 *
 * REMOTE_ADDR is the address of whoever spoke HTTP to the web server: the
 * browser, or a proxy in front of it. Only such a proxy's X-Forwarded-* headers
 * count, so that is the address to be compared with `trusted_proxies`. The other
 * end of the FastCGI socket is always the web server itself.
 */
#ifndef BELFRY_FCGI_CGI_REQUEST_H
#define BELFRY_FCGI_CGI_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/proxies.h"
#include "common/reason.h"

/* Bytes of a Cookie header; more is answered with 431. */
#define CGI_COOKIE_MAX 32768
/* The length of a body that nobody has read yet. */
#define CGI_BODY_UNREAD (-1)

enum cgi_method {
    CGI_GET,
    CGI_HEAD,
    CGI_POST,
    CGI_PUT,
    CGI_PATCH,
    CGI_DELETE,
    CGI_OPTIONS,
    CGI_OTHER_METHOD
};

/* What FastCGI and CGI have taken in. */
struct cgi_input {
    char *const *parameters; /* "NAME=value" each, NULL at the end */
    bool by_cgi;             /* rather than by FastCGI */
    const char *body;        /* NULL unless the endpoint reads bodies */
    int64_t body_len;        /* or CGI_BODY_UNREAD */
    size_t body_max;
};

struct cgi_request {
    const struct cgi_input *input;
    enum cgi_method method;
    bool https;
    bool forwarded_ignored; /* there are X-Forwarded-* headers, from a client not trusted */
    const char *cookie;     /* "" where there is none */
    const char *origin;     /* NULL where absent, as all below */
    const char *host;       /* X-Forwarded-Host of a trusted proxy, maybe several, else Host */
    const char *port;       /* the web server's own, where `host` is Host */
    const char *bearer;     /* what follows "Bearer " in Authorization */
    const char *remote_address;
};

/* Borrows the input. Returns 0, or the HTTP status of the refusal (400, 413, 431) with the reason;
 * the request is then filled as far as it was understood. */
int cgi_request_read(struct cgi_request *request, const struct cgi_input *input,
    const struct proxies *proxies, struct reason *why);

#endif
