/*
 * admission: which sockets and requests are admitted.
 *
 * That is decided twice: when a socket is accepted, and when the head of a
 * request is complete, since only then the address of a client behind a proxy
 * is known.
 */
#ifndef BELFRY_GATEWAY_NET_ADMISSION_H
#define BELFRY_GATEWAY_NET_ADMISSION_H

#include "common/proxies.h"
#include "gateway/net/address.h"
#include "gateway/net/http_request.h"

struct host;

/* The decision about a socket or a request. */
struct admission {
    int status;         /* ADMITTED, ADMISSION_DROP or an HTTP status */
    const char *reason; /* for the latter: static */
};

#define ADMITTED 101
#define ADMISSION_DROP 0 /* too many even to be told so */

/* Whether a socket may stay. If its address is limited, it is counted: *counted is set, and the
 * caller passes it to addresses_leave in the end. */
struct admission admission_of_socket(struct host *host, const char *peer, struct address **counted);
/* The same for the client behind `peer`, whose address is written to `client`. */
struct admission admission_of_request(struct host *host, const char *peer,
    const struct http_request *request, char client[PROXIES_ADDRESS_SIZE],
    struct address **counted);

#endif
