#include "common/log_pace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/clock.h"

#define SENTENCE_SIZE 1024

/* FNV-1a. Somebody who finds two sentences with the same hash can keep one of them out of the log,
 * but so can a flood of any other sentences. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash ? hash : 1;
}

static bool is_over(const struct log_pace_sentence *sentence, int64_t now)
{
    return now < sentence->since || now - sentence->since >= LOG_PACE_MS;
}

/* The entry of this sentence, or one that is free or has not been needed for a minute; NULL if
 * there are too many. */
static struct log_pace_sentence *sentence_find(struct log_pace *pace, uint64_t hash, int64_t now)
{
    struct log_pace_sentence *place = NULL;

    for (size_t i = 0; i < LOG_PACE_SENTENCES; i++) {
        struct log_pace_sentence *sentence = &pace->sentences[i];

        if (sentence->hash == hash)
            return sentence;
        if (!place && (sentence->hash == 0 || is_over(sentence, now)))
            place = sentence;
    }
    if (place)
        *place = (struct log_pace_sentence){.hash = hash, .since = now};
    return place;
}

/* Whether to write it now; *left_out is how often it was left out before. */
static bool may_write(struct log_pace *pace, const char *text, int64_t now, uint64_t *left_out)
{
    struct log_pace_sentence *sentence = sentence_find(pace, hash_of(text), now);

    if (!sentence)
        return false;
    if (is_over(sentence, now)) {
        sentence->since = now;
        sentence->written = 0;
    }
    if (sentence->written >= pace->each) {
        sentence->left_out++;
        return false;
    }
    sentence->written++;
    *left_out = sentence->left_out;
    sentence->left_out = 0;
    return true;
}

void log_paced(
    const struct logger *log, enum log_level level, struct log_pace *pace, const char *format, ...)
{
    char text[SENTENCE_SIZE];
    uint64_t left_out = 0;
    va_list args;

    if (!log_enabled(log, level))
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!may_write(pace, text, clock_wall_ms(log->sink->clock), &left_out))
        return;
    if (left_out > 0)
        log_write(log, level, "%s (and %" PRIu64 " times more before)", text, left_out);
    else
        log_write(log, level, "%s", text);
}
