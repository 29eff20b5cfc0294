#include "gateway/net/connection_log.h"

#include <inttypes.h>
#include <stdio.h>

char *connection_id(uint64_t number, char out[CONNECTION_ID_SIZE])
{
    snprintf(out, CONNECTION_ID_SIZE, "%" PRIu64, number);
    return out;
}

const struct logger *connection_log(
    struct connection_log *log, const struct logger *parent, uint64_t number, const char *address)
{
    log->by_id = logger_with(parent, "connection", connection_id(number, log->id));
    log->by_address = logger_with(&log->by_id, "address", address);
    return &log->by_address;
}
