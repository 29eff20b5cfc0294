/*
 * moment: times and durations as people write them.
 */
#ifndef BELFRY_COMMON_MOMENT_H
#define BELFRY_COMMON_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/reason.h"

/* Reads "2026-11-22T19:19:00Z" and the other forms of clock_parse_iso, "now", or "+10m" for a time
 * from `now_ms` on (s, m, h, d). Writes the form that tables hold. A time without a zone is UTC, as
 * in the tables. Returns 0, or -1 with the reason. */
int moment_read(const char *text, int64_t now_ms, char out[CLOCK_ISO_SIZE], struct reason *why);

/* As moment_read, for a person at a terminal: a time without a zone is local time. */
int moment_read_local(
    const char *text, int64_t now_ms, char out[CLOCK_ISO_SIZE], struct reason *why);

/* The size of "2026-11-22 20:19:00.123+01:00" with its NUL. */
#define MOMENT_SHOWN_SIZE 40

/* Unix milliseconds as local time for people, "2026-11-22 20:19:00+01:00", or `exact` with its
 * milliseconds. moment_read reads both. Returns out. */
char *moment_show(int64_t ms, bool exact, char out[MOMENT_SHOWN_SIZE]);

/* Whether it is a time without a zone. */
bool moment_lacks_zone(const char *text);

/* Reads "90" or "90s", "15m", "12h", "30d" as seconds, from 1 to ten years. Returns 0, or -1 with
 * the reason. */
int duration_read(const char *text, int64_t *seconds, struct reason *why);

/* The size of the longest text that duration_words writes, with NUL. */
#define DURATION_WORDS_SIZE 32

/* "120 ms", "1 second", "9 minutes", "30 hours", "12 days". Returns out. */
char *duration_words(int64_t ms, char out[DURATION_WORDS_SIZE]);

#endif
