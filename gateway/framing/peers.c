#include "gateway/framing/peers.h"

#include <stdarg.h>
#include <stdio.h>

#include "gateway/net/connection_log.h"

#define LOG_LINE_SIZE 1024

void peers_log(struct peers *peers, uint64_t number, const char *address, const char *format, ...)
{
    char line[LOG_LINE_SIZE];
    struct connection_log log;
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    log_paced(
        connection_log(&log, peers->log, number, address), LOG_INFO, &peers->pace, "%s", line);
}
