#include "common/moment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY 86400
#define LONGEST ((int64_t)3650 * DAY)

static int64_t unit_seconds(const char *unit)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", DAY}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, unit) == 0)
            return units[i].seconds;
    return 0;
}

int duration_read(const char *text, int64_t *seconds, struct reason *why)
{
    char *end;

    errno = 0;
    long long number = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : 0;
    if (number <= 0 || errno != 0 || unit_seconds(end) == 0)
        return reason_set(why, "%s is not a duration: write 90s, 15m, 12h or 30d", text);
    if (number > LONGEST / unit_seconds(end))
        return reason_set(why, "%s is too long: at most ten years are allowed", text);
    *seconds = number * unit_seconds(end);
    return 0;
}

int moment_read(const char *text, int64_t now_ms, char out[CLOCK_ISO_SIZE], struct reason *why)
{
    int64_t ms = now_ms, seconds;

    if (*text == '+') {
        if (duration_read(text + 1, &seconds, why) < 0)
            return -1;
        ms += seconds * 1000;
    } else if (strcmp(text, "now") != 0 && clock_parse_iso(text, &ms) < 0) {
        return reason_set(
            why, "%s is not a time: write one like 2026-11-22T19:19:00Z, or +10m from now", text);
    }
    clock_iso(ms, out);
    return 0;
}

bool moment_lacks_zone(const char *text)
{
    int64_t ms;
    size_t len = strlen(text);

    return clock_parse_iso(text, &ms) == 0 && text[len - 1] != 'Z' && !strchr("+-", text[len - 6]);
}

/* The moment at which a clock here shows what `ms` shows in UTC. */
static int64_t from_local(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm date;

    gmtime_r(&seconds, &date);
    date.tm_isdst = -1;
    return (int64_t)mktime(&date) * 1000 + (ms - (int64_t)seconds * 1000);
}

int moment_read_local(
    const char *text, int64_t now_ms, char out[CLOCK_ISO_SIZE], struct reason *why)
{
    int64_t ms;

    if (!moment_lacks_zone(text))
        return moment_read(text, now_ms, out, why);
    clock_parse_iso(text, &ms);
    clock_iso(from_local(ms), out);
    return 0;
}

char *moment_show(int64_t ms, bool exact, char out[MOMENT_SHOWN_SIZE])
{
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm date;
    char day[24], fraction[8] = "", zone[8];

    if (!localtime_r(&seconds, &date) || date.tm_year > 9999 - 1900 || date.tm_year < -1900)
        return clock_iso(ms, out);
    long offset = date.tm_gmtoff / 60;
    strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S", &date);
    if (exact)
        snprintf(fraction, sizeof fraction, ".%03d", (int)(ms - (int64_t)seconds * 1000));
    snprintf(zone, sizeof zone, "%c%02ld:%02ld", offset < 0 ? '-' : '+', labs(offset) / 60 % 100,
        labs(offset) % 60);
    snprintf(out, MOMENT_SHOWN_SIZE, "%s%s%s", day, fraction, zone);
    return out;
}

char *duration_words(int64_t ms, char out[DURATION_WORDS_SIZE])
{
    static const struct {
        const char *name;
        int64_t ms, least; /* below this many, a smaller unit is used */
    } units[] = {
        {"day", (int64_t)DAY * 1000, 3},
        {"hour", 3600000, 2},
        {"minute", 60000, 2},
        {"second", 1000, 1},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        long long count = ms / units[i].ms;
        if (count >= units[i].least) {
            snprintf(
                out, DURATION_WORDS_SIZE, "%lld %s%s", count, units[i].name, count == 1 ? "" : "s");
            return out;
        }
    }
    snprintf(out, DURATION_WORDS_SIZE, "%lld ms", (long long)ms);
    return out;
}
