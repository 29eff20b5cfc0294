/*
 * log_pace: keeps log lines that strangers can provoke from filling the log.
 *
 * Each sentence is written at most `each` times a minute, and only a limited
 * number of different sentences; those left out are counted, and the count is
 * added the next time that the sentence is written. A zeroed pace with `each`
 * set is ready for use. For one thread only. Allocates nothing.
 *
 *     struct log_pace pace = {.each = 1};
 *     log_paced(&log, LOG_INFO, &pace, "request refused: %s", why);
 */
#ifndef BELFRY_COMMON_LOG_PACE_H
#define BELFRY_COMMON_LOG_PACE_H

#include <stdint.h>

#include "common/log.h"

#define LOG_PACE_MS 60000
#define LOG_PACE_SENTENCES 32

struct log_pace {
    unsigned each;
    struct log_pace_sentence {
        uint64_t hash;     /* of its text; 0 if the entry is free */
        int64_t since;     /* wall ms: when its minute began */
        unsigned written;  /* in that minute */
        uint64_t left_out; /* since it was last written */
    } sentences[LOG_PACE_SENTENCES];
};

/* Two lines are the same sentence if their text is the same, whatever fields the logger adds. */
void log_paced(const struct logger *log, enum log_level level, struct log_pace *pace,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
