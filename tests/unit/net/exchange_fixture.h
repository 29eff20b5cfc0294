/*
 * exchange_fixture: a server whose requests are owned by a test.
 *
 * The owner logs its callbacks in fixture->heard. The path says what it does: /poll waits for the
 * test, which finds the exchange in `exchange_held`; any other is answered at once.
 */
#ifndef BELFRY_TESTS_UNIT_NET_EXCHANGE_FIXTURE_H
#define BELFRY_TESTS_UNIT_NET_EXCHANGE_FIXTURE_H

#include "tests/unit/net/net_fixture.h"

#define HOST "Host: example.org\r\n"
#define GET "GET /poll HTTP/1.1\r\n" HOST "\r\n"
#define POST "POST /say HTTP/1.1\r\n" HOST
#define BODY_MAX 16

extern struct exchange *exchange_held;
extern const struct http_answer exchange_fine; /* 200, "fine" */

struct fixture *exchanges_new(void);
struct fixture *exchange_fixture_of(struct exchange *exchange);
void exchange_fixture_own(struct fixture *fixture, struct exchange *exchange);
/* A client that has sent this. */
struct net_client *client_with(struct fixture *fixture, const char *request);
/* Compares what the owner has logged, and clears it. */
void expect_heard(struct fixture *fixture, const char *expected);
/* The client has received this many answers `exchange_fine`, and nothing else. */
void expect_answers(struct net_client *client, size_t count);

#endif
