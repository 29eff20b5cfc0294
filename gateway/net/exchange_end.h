/*
 * exchange_end: how an exchange ended, as its owner is told (exchange.h).
 */
#ifndef BELFRY_GATEWAY_NET_EXCHANGE_END_H
#define BELFRY_GATEWAY_NET_EXCHANGE_END_H

enum exchange_end {
    EXCHANGE_ANSWERED, /* the kernel has taken the whole answer */
    EXCHANGE_REFUSED,  /* net answered: the body was too large (413), too slow (408), malformed */
    EXCHANGE_STALLED,  /* the client took nothing of the answer for stall_timeout */
    EXCHANGE_LOST      /* the client has gone */
};

#endif
