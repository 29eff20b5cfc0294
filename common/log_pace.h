/*
 * log_pace: keeps lines that strangers can provoke from filling the log.
 *
 * A sentence is written `each` times a minute at most, and so many sentences
 * that differ; what was left out is counted, and told with the same sentence the
 * next time it is written. A zeroed pace with `each` set is fresh. One thread
 * only. Takes no memory.
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
        uint64_t hash;     /* of its text; 0: the place is free */
        int64_t since;     /* wall ms: when its minute began */
        unsigned written;  /* in it */
        uint64_t left_out; /* since it was written last */
    } sentences[LOG_PACE_SENTENCES];
};

/* The sentence is the text alone: fields of the logger make no difference. */
void log_paced(const struct logger *log, enum log_level level, struct log_pace *pace,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
