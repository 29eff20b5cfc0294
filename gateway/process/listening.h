/*
 * listening: opens the sockets of a gateway, or takes those that it inherits
 * (inherited.h): for its clients and for its operators.
 */
#ifndef BELFRY_GATEWAY_PROCESS_LISTENING_H
#define BELFRY_GATEWAY_PROCESS_LISTENING_H

#include "common/config.h"
#include "common/log.h"
#include "common/reason.h"
#include "gateway/net/server.h"
#include "gateway/process/inherited.h"

struct listening {
    struct server *clients, *operators;
    const struct config *config;
    const struct logger *log;
};

/* Logs the addresses, and closes what is inherited and not needed. 0, or -1 with the reason. */
int listening_begin(
    const struct listening *listening, struct inherited *inherited, struct reason *why);

#endif
