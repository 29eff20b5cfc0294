#include "gateway/framing/peers.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define LOG_LINE_SIZE 1024

void peers_log(struct peers *peers, uint64_t number, const char *address, const char *format, ...)
{
    char digits[24], line[LOG_LINE_SIZE];
    va_list args;

    snprintf(digits, sizeof(digits), "%" PRIu64, number);
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    struct logger conn = logger_with(peers->log, "conn", digits);
    struct logger log = logger_with(&conn, "address", address);
    log_paced(&log, LOG_INFO, &peers->pace, "%s", line);
}
