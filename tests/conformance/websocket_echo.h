/*
 * websocket_echo: a bare WebSocket, whose messages come back as they are: what
 * fuzzing suites (Autobahn) want.
 */
#ifndef BELFRY_TESTS_CONFORMANCE_WEBSOCKET_ECHO_H
#define BELFRY_TESTS_CONFORMANCE_WEBSOCKET_ECHO_H

#include "gateway/net/exchange.h"

/* Answers a request for it. */
void websocket_echo(struct exchange *exchange);

#endif
