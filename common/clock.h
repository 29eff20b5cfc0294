/*
 * clock: the one place time comes from, so that tests can set it.
 *
 * Two times are kept apart. Wall time (Unix milliseconds, UTC) is for what
 * people and tokens speak of: `exp`, `deliver_after`, log lines. Steady time
 * (milliseconds since some moment) is for how long something took or may take;
 * it never goes back.
 *
 * Programs hold one `struct clock` from clock_system() and pass it down by
 * pointer. In a build for tests (configure --enable-test-clock)
 * BELFRY_TEST_CLOCK=FILE in the environment makes wall time that of the system
 * plus the whole milliseconds written in FILE (read at each call; a missing file
 * is 0): end-to-end tests move a running program's clock with it. No other build
 * has it, since a clock that goes back makes old tokens good again.
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

/* Octets of "2026-11-22T19:19:00.123Z" with its NUL. */
#define CLOCK_ISO_SIZE 25

/* Unix milliseconds as ISO 8601 in UTC with milliseconds, the form every table holds. `out` has
 * CLOCK_ISO_SIZE octets. Years outside 0000..9999 are clamped. Returns out. */
char *clock_iso(int64_t ms, char *out);

/* Reads ISO 8601 as tables and people write it: "2026-11-22T19:19:00.123Z", without fraction, with
 * up to 9 digits of it, with "+01:00" in place of Z, with a space in place of T, or without zone
 * (taken as UTC, as SQLite's datetime() writes it). Returns 0, or -1 where it is none of these. */
int clock_parse_iso(const char *text, int64_t *ms);

#endif
