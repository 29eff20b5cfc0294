/*
 * gateway_interface: whether a web server started this process for one request
 * (CGI, RFC 3875).
 *
 * Then whoever made the request influences how the process was started: some
 * web servers pass a query string without "=" as command-line arguments (RFC
 * 3875, section 4.4). So under CGI arguments are ignored, and a program that is
 * not a CGI program does nothing at all.
 */
#ifndef BELFRY_COMMON_GATEWAY_INTERFACE_H
#define BELFRY_COMMON_GATEWAY_INTERFACE_H

#include <stdbool.h>

#include "common/reason.h"

/* Whether GATEWAY_INTERFACE or REQUEST_METHOD is in the environment, even if empty. */
bool gateway_interface_is_set(void);

/* For programs that must not be started by a web server. Returns 0, or -1 with the reason under
 * CGI. */
int gateway_interface_refuse(struct reason *why);

#endif
