/*
 * echo_endpoint: an endpoint other than belfry-auth that uses only the public
 * headers of fcgi/. It proves that fcgi/ does not depend on belfry-auth.
 *
 * A request without a cookie gets 401. Any other gets 200 and what was received:
 *
 *     {"method":"POST","subject":"id","length":5,"first":"h","last":"o","by":"fastcgi"}
 *
 * `subject` is that of the configuration, so that a test can tell which one was
 * used. While echo_is_busy is set, these responses wait. With the cookie
 * ECHO_LONG, blanks make the response nearly as long as is allowed; with
 * ECHO_TOO_LONG, longer.
 */
#ifndef BELFRY_TESTS_UNIT_ECHO_ENDPOINT_H
#define BELFRY_TESTS_UNIT_ECHO_ENDPOINT_H

#include <stdatomic.h>

#include "fcgi/endpoint.h"

#define ECHO_LONG "long=1"
#define ECHO_TOO_LONG "long=2"
#define ECHO_BODY_MAX (1024 * 1024)

extern const struct endpoint_kind echo_endpoint;
extern atomic_bool echo_is_busy;

#endif
