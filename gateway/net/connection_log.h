/*
 * connection_log: how log lines name a connection.
 *
 * Every line about a connection or session has the fields `connection` and
 * `address`. The id is a running number of this process, the same that
 * `belfry connections` shows. One id follows a client from its first request to its
 * end, whatever carries it: a session of polling or of an event stream has that
 * of the request that began it, and keeps it when it upgrades to a WebSocket.
 */
#ifndef BELFRY_GATEWAY_NET_CONNECTION_LOG_H
#define BELFRY_GATEWAY_NET_CONNECTION_LOG_H

#include <stdint.h>

#include "common/log.h"

#define CONNECTION_ID_SIZE 21

/* The number as lines show it: "499". Returns out. */
char *connection_id(uint64_t number, char out[CONNECTION_ID_SIZE]);

/* A logger with both fields. Its parts point to each other: it cannot be copied. */
struct connection_log {
    char id[CONNECTION_ID_SIZE];
    struct logger by_id, by_address;
};

/* `parent` and `address` are borrowed. Returns the logger to write to, which lives as long as
 * `log`. */
const struct logger *connection_log(
    struct connection_log *log, const struct logger *parent, uint64_t number, const char *address);

#endif
