/*
 * clock: the only source of time, so that tests can set it.
 *
 * There are two kinds of time. Wall time (Unix milliseconds, UTC) is for times
 * that people and tokens name: `exp`, `deliver_after`, log lines. Steady time
 * (milliseconds since an arbitrary moment) is for measuring how long something
 * took or may take; it never goes back.
 *
 * Programs hold one `struct clock` from clock_system() and pass a pointer to it
 * down. In a build for tests (configure --enable-test-clock),
 * BELFRY_TEST_CLOCK=FILE in the environment adds the whole milliseconds that
 * are written in FILE to the wall time. FILE is read at each call, and a
 * missing one counts as 0: end-to-end tests move the clock of a running program
 * with it. No other build can do this, since setting a clock back makes expired
 * tokens valid again.
 */
#ifndef BELFRY_COMMON_CLOCK_H
#define BELFRY_COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(const struct clock *);
    int64_t (*steady_ms)(const struct clock *);
    const void *context;
};

struct clock clock_system(void);

int64_t clock_wall_ms(const struct clock *clock);
int64_t clock_wall_seconds(const struct clock *clock);
int64_t clock_steady_ms(const struct clock *clock);
/* Microseconds, to measure what is often done within one millisecond; a clock of a test's own only
 * has whole milliseconds. */
int64_t clock_steady_us(const struct clock *clock);

/* The size of "2026-11-22T19:19:00.123Z" with its NUL. */
#define CLOCK_ISO_SIZE 25

/* Unix milliseconds as ISO 8601 in UTC with milliseconds, the form that every table holds. `out`
 * has CLOCK_ISO_SIZE bytes. Years outside 0000..9999 are clamped. Returns out. */
char *clock_iso(int64_t ms, char *out);

/* Reads ISO 8601 as tables and people write it: "2026-11-22T19:19:00.123Z", also without the
 * fraction or with up to 9 digits of it, with "+01:00" instead of Z, with a space instead of T, or
 * without a zone, which means UTC (as SQLite's datetime() writes it). Returns 0, or -1 if the text
 * is none of these. */
int clock_parse_iso(const char *text, int64_t *ms);

#endif
