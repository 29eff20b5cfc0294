/*
 * response: how an endpoint writes its answer (RFC 3875, section 6.3).
 *
 * Whatever the answer, its headers say that it is JSON, for this client alone,
 * and not to be stored.
 *
 *     response_begin(out, 429);
 *     buf_add_text(out, "Retry-After: 2\r\n");
 *     response_end(out, "{\"error\":\"Too many requests\"}", request->method == CGI_HEAD);
 */
#ifndef BELFRY_FCGI_RESPONSE_H
#define BELFRY_FCGI_RESPONSE_H

#include <stdbool.h>

#include "common/buf.h"

/* Appends the status line and the headers that every answer has. */
void response_begin(struct buf *out, int status);

/* Appends the end of the headers and the body, a JSON text, or NULL with 204. `head`: to a HEAD
 * request, which gets everything but the body. */
void response_end(struct buf *out, const char *body, bool head);

#endif
