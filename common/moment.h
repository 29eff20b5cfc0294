/*
 * moment: times and durations as people give them on a command line.
 */
#ifndef BELFRY_COMMON_MOMENT_H
#define BELFRY_COMMON_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/reason.h"

/* "2026-11-22T19:19:00Z" and the other forms of clock_parse_iso, "now", or "+10m" from `now` on (s,
 * m, h, d). Writes the form that tables hold. A time without a zone is UTC, as in tables. Returns
 * 0, or -1 with the reason. */
int moment_read(const char *text, int64_t now_ms, char out[CLOCK_ISO_SIZE], struct reason *why);

/* The same as a person types it: without a zone it is this machine's local time. */
int moment_read_local(
    const char *text, int64_t now_ms, char out[CLOCK_ISO_SIZE], struct reason *why);

/* Whether it is a time without a zone. */
bool moment_lacks_zone(const char *text);

/* "90" and "90s", "15m", "12h", "30d": seconds, at least 1 and at most ten years. Returns 0, or -1
 * with the reason. */
int duration_read(const char *text, int64_t *seconds, struct reason *why);

/* Octets of the longest that duration_words writes, with NUL. */
#define DURATION_WORDS_SIZE 32

/* "120 ms", "1 second", "9 minutes", "30 hours", "12 days": for people. Returns out. */
char *duration_words(int64_t ms, char out[DURATION_WORDS_SIZE]);

#endif
