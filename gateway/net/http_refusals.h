/*
 * http_refusals: the statuses of 400 and above that the gateway answers with,
 * to count each of them.
 */
#ifndef BELFRY_GATEWAY_NET_HTTP_REFUSALS_H
#define BELFRY_GATEWAY_NET_HTTP_REFUSALS_H

#include <stdint.h>

#define HTTP_REFUSALS 15

/* The last is 0: any other status. */
extern const int http_refusals[HTTP_REFUSALS];

void http_refusal_count(uint64_t counts[HTTP_REFUSALS], int status);

#endif
