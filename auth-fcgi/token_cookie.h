/*
 * token_cookie: the cookie that carries a token to the gateway's event stream.
 *
 * A browser's EventSource cannot set headers, so a page that uses it asks for this cookie by
 * `POST <token endpoint>?cookie`. Only POST sets it: the answer to a GET can be caused by any page
 * that embeds an image. No script can read the cookie, it goes nowhere but to the event stream, and
 * it ends with the token.
 */
#ifndef BELFRY_AUTH_TOKEN_COOKIE_H
#define BELFRY_AUTH_TOKEN_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "fcgi/cgi_request.h"

#define TOKEN_COOKIE_NAME "belfry_token"

/* Whether the request asks for the cookie: `cookie` is among the parameters of its query string,
 * and its method is POST. */
bool token_cookie_wanted(const struct cgi_request *request);

/* Appends the header Set-Cookie. `path` is that of the event stream; `lifetime` is the token's, in
 * seconds; `secure` is whether the request came over HTTPS. */
void token_cookie_add(
    struct buf *out, const struct buf *token, const char *path, int64_t lifetime, bool secure);

#endif
