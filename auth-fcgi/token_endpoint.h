/*
 * token_endpoint: gives the visitor of a web application a token, if one of the
 * session sources finds a session in the request.
 *
 * Each thread has its own connections to the session databases.
 */
#ifndef BELFRY_AUTH_TOKEN_ENDPOINT_H
#define BELFRY_AUTH_TOKEN_ENDPOINT_H

#include "fcgi/endpoint.h"

extern const struct endpoint_kind token_endpoint_kind;

#endif
