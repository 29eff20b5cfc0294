/*
 * echo_endpoint: an endpoint that is not belfry-auth, on the public headers of
 * fcgi/ alone. It proves that the room stands by itself.
 *
 * A request without a cookie gets 401. Any other gets 200 with what came:
 *
 *     {"method":"POST","subject":"id","length":5,"first":"h","last":"o","by":"fastcgi"}
 *
 * `subject` is that of the configuration, so that a test can tell one from
 * another. While echo_is_busy is set, those answers have to wait. With the cookie
 * ECHO_LONG, blanks make the answer nearly as long as any may be.
 */
#ifndef BELFRY_TESTS_UNIT_ECHO_ENDPOINT_H
#define BELFRY_TESTS_UNIT_ECHO_ENDPOINT_H

#include <stdatomic.h>

#include "fcgi/endpoint.h"

#define ECHO_LONG "long=1"
#define ECHO_BODY_MAX (1024 * 1024)

extern const struct endpoint_kind echo_endpoint;
extern atomic_bool echo_is_busy;

#endif
