/*
 * request: one HTTP request as FastCGI and CGI alike present it.
 *
 * Both hand over "NAME=value" strings, the one from the web server's PARAMS
 * records, the other from the environment; what is read here is the same. All
 * strings point into that array and live as long as it does.
 *
 * Whom the web server has authenticated, it has to say in a parameter that is
 * set for this purpose: BELFRY_USER. Under FastCGI, REMOTE_USER is no such
 * word, since nginx' stock fastcgi_params fills it with the name in any
 * "Authorization: Basic", and no parameter tells whether somebody looked at the
 * password. Under CGI the web server itself sets REMOTE_USER and AUTH_TYPE
 * (RFC 3875, section 4.1), both or neither.
 *
 * Invariants of a request that was read: no string holds control octets;
 * method, cookies, origin and credentials came once, or the reading failed;
 * forwarded headers are set only where the peer that REMOTE_ADDR names may set
 * them.
 *
 * REMOTE_ADDR is the address of whoever spoke HTTP to the web server: the
 * browser, or a proxy in front. Only the latter's X-Forwarded-* count, so it
 * is that address which `trusted_proxies` is compared with, and not the peer
 * of the FastCGI socket, which is always the web server itself.
 */
#ifndef BELFRY_AUTH_REQUEST_H
#define BELFRY_AUTH_REQUEST_H

#include <stdbool.h>

#include "common/proxies.h"
#include "common/reason.h"

/* Octets of a Cookie header; more is answered 431. */
#define REQUEST_COOKIE_MAX 32768
/* Octets of body where the request came by CGI, where nobody counts them. */
#define REQUEST_BY_CGI (-1)
/* A body is of no use here; one longer than this is answered 413. */
#define REQUEST_BODY_MAX 65536

enum request_method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_OPTIONS, METHOD_OTHER };

struct request {
    enum request_method method;
    bool https;
    bool forwarded_ignored; /* X-Forwarded-* came from somebody not trusted */
    const char *cookie;     /* "" where there is none */
    const char *origin;     /* NULL where absent, as all below */
    const char *host;       /* X-Forwarded-Host of a trusted proxy, maybe several, else Host */
    const char *port;       /* the web server's own, where `host` is Host */
    const char *bearer;     /* what follows "Bearer " in Authorization */
    const char *preflight;  /* Access-Control-Request-Method */
    const char *remote_address;
    const char *user; /* whom the web server has authenticated, and what it says of them */
    const char *user_email;
    const char *user_name;
    const char *user_role;
    bool user_ignored; /* REMOTE_USER names somebody, and that does not count */
};

/* Reads the parameters of a request with so many octets of body, or REQUEST_BY_CGI. Returns 0, or
 * the HTTP status of the refusal (400, 413, 431) with the reason; the request's method and origin
 * are then as far as they were understood. */
int request_read(struct request *request, char *const *parameters, long body,
    const struct proxies *proxies, struct reason *why);

#endif
