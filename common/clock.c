#include "common/clock.h"

#include "build-config.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define YEAR_0_MS (-62167219200000)
#define YEAR_9999_MS 253402300799999

static int64_t read_clock(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_ms(const struct clock *clock)
{
    (void)clock;
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_steady_ms(const struct clock *clock)
{
    (void)clock;
    return read_clock(CLOCK_MONOTONIC);
}

#ifdef TEST_CLOCK

/* A thousand years: no test needs more, and no sum overflows. */
#define OFFSET_LIMIT_MS 31556952000000

static int64_t read_offset(const char *path)
{
    char text[32] = "";
    ssize_t got;
    long long offset;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return 0;
    got = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (got <= 0)
        return 0;
    offset = strtoll(text, NULL, 10);
    return offset > OFFSET_LIMIT_MS || offset < -OFFSET_LIMIT_MS ? 0 : offset;
}

static int64_t moved_wall_ms(const struct clock *clock)
{
    return read_clock(CLOCK_REALTIME) + read_offset(clock->context);
}

static void move(struct clock *clock)
{
    const char *path = getenv("BELFRY_TEST_CLOCK");

    if (!path || !*path)
        return;
    clock->wall_ms = moved_wall_ms;
    clock->context = path;
}

#else

static void move(struct clock *clock)
{
    (void)clock;
}

#endif

struct clock clock_system(void)
{
    struct clock clock = {.wall_ms = system_wall_ms, .steady_ms = system_steady_ms};

    move(&clock);
    return clock;
}

int64_t clock_wall_ms(const struct clock *clock)
{
    return clock->wall_ms(clock);
}

/* Division that rounds down for times before 1970, too. */
static int64_t whole_seconds(int64_t ms)
{
    return ms / 1000 - (ms % 1000 < 0);
}

int64_t clock_wall_seconds(const struct clock *clock)
{
    return whole_seconds(clock_wall_ms(clock));
}

int64_t clock_steady_ms(const struct clock *clock)
{
    return clock->steady_ms(clock);
}

int64_t clock_steady_us(const struct clock *clock)
{
    struct timespec now;

    if (clock->steady_ms != system_steady_ms)
        return clock_steady_ms(clock) * 1000;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Writes the number's last `digits` digits, and what stands behind them. Returns the end. */
static char *put_number(char *at, int64_t number, int digits, char behind)
{
    for (int i = digits; i > 0; i--, number /= 10)
        at[i - 1] = (char)('0' + number % 10);
    at[digits] = behind;
    return at + digits + 1;
}

/* The store's thread writes the time in every turn: snprintf would be a tenth of an idle turn. */
char *clock_iso(int64_t ms, char *out)
{
    int64_t within = ms < YEAR_0_MS ? YEAR_0_MS : ms > YEAR_9999_MS ? YEAR_9999_MS : ms;
    time_t seconds = whole_seconds(within);
    struct tm utc;
    char *at = out;

    gmtime_r(&seconds, &utc);
    at = put_number(at, utc.tm_year + 1900, 4, '-');
    at = put_number(at, utc.tm_mon + 1, 2, '-');
    at = put_number(at, utc.tm_mday, 2, 'T');
    at = put_number(at, utc.tm_hour, 2, ':');
    at = put_number(at, utc.tm_min, 2, ':');
    at = put_number(at, utc.tm_sec, 2, '.');
    at = put_number(at, within - (int64_t)seconds * 1000, 3, 'Z');
    *at = '\0';
    return out;
}

/* Reads exactly `digits` digits, a number from 0 to `max`. */
static bool take_number(const char **at, int digits, int max, int *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *number = *number * 10 + (**at - '0');
    }
    return *number <= max;
}

static bool take_character(const char **at, const char *among)
{
    if (**at == '\0' || !strchr(among, **at))
        return false;
    (*at)++;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool take_date(const char **at, struct tm *date)
{
    int year, month, day;

    if (!take_number(at, 4, 9999, &year) || !take_character(at, "-") ||
        !take_number(at, 2, 12, &month) || !take_character(at, "-") ||
        !take_number(at, 2, 31, &day) || month < 1 || day < 1 || day > days_in_month(year, month))
        return false;
    date->tm_year = year - 1900;
    date->tm_mon = month - 1;
    date->tm_mday = day;
    return true;
}

static bool take_time(const char **at, struct tm *date)
{
    return take_number(at, 2, 23, &date->tm_hour) && take_character(at, ":") &&
           take_number(at, 2, 59, &date->tm_min) && take_character(at, ":") &&
           take_number(at, 2, 59, &date->tm_sec);
}

/* ".123456789", or nothing. Digits after the milliseconds are dropped. */
static bool take_fraction(const char **at, int64_t *ms)
{
    int digits = 0;
    int64_t scale = 100;

    *ms = 0;
    if (!take_character(at, "."))
        return true;
    for (; **at >= '0' && **at <= '9'; (*at)++, digits++, scale /= 10)
        *ms += scale * (**at - '0');
    return digits >= 1 && digits <= 9;
}

/* "Z", "+01:00", or nothing: the offset from UTC in milliseconds. */
static bool take_zone(const char **at, int64_t *offset)
{
    int hours, minutes;
    int sign = **at == '-' ? -1 : 1;

    *offset = 0;
    if (**at == '\0' || take_character(at, "Z"))
        return true;
    if (!take_character(at, "+-") || !take_number(at, 2, 23, &hours) || !take_character(at, ":") ||
        !take_number(at, 2, 59, &minutes))
        return false;
    *offset = (int64_t)sign * (hours * 60 + minutes) * 60000;
    return true;
}

int clock_parse_iso(const char *text, int64_t *ms)
{
    struct tm date = {0};
    const char *at = text;
    int64_t fraction, offset;

    if (!take_date(&at, &date) || !take_character(&at, "T ") || !take_time(&at, &date) ||
        !take_fraction(&at, &fraction) || !take_zone(&at, &offset) || *at != '\0')
        return -1;
    *ms = (int64_t)timegm(&date) * 1000 + fraction - offset;
    return 0;
}
