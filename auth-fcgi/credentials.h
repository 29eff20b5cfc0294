/*
 * credentials: what a request carries by which session sources know a visitor.
 *
 * Whom the web server has authenticated, it has to say in a parameter that is
 * set for this purpose: BELFRY_USER. Under FastCGI, REMOTE_USER does not say it:
 * nginx' stock fastcgi_params fills it with the name in any "Authorization:
 * Basic" header, and no parameter tells whether somebody checked the password.
 * Under CGI the web server itself sets REMOTE_USER and AUTH_TYPE (RFC 3875,
 * section 4.1), both or neither.
 *
 * The strings belong to the request. None of them contains control characters.
 */
#ifndef BELFRY_AUTH_CREDENTIALS_H
#define BELFRY_AUTH_CREDENTIALS_H

#include <stdbool.h>

#include "common/reason.h"

struct cgi_request;

struct credentials {
    const char *cookie; /* the Cookie header, "" where there is none */
    bool https;         /* how the request came */
    const char *bearer; /* what follows "Bearer " in Authorization; NULL where absent, as below */
    const char *user;   /* whom the web server has authenticated, and what it says about them */
    const char *user_email;
    const char *user_name;
    const char *user_role;
    bool user_ignored; /* REMOTE_USER names somebody, and that does not count */
};

/* Returns 0, or -1 with the reason where a parameter is malformed. */
int credentials_read(
    struct credentials *credentials, const struct cgi_request *request, struct reason *why);

/* Those of a request with this Cookie header and no more. Returns 0, or -1 with the reason where
 * such a request would be refused. */
int credentials_of_cookie(
    struct credentials *credentials, const char *header, bool https, struct reason *why);

#endif
