#include "auth-fcgi/stored_time.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"

/* Numbers from here on are milliseconds: in seconds, this is the year 5138. */
#define SECONDS_MAX 100000000000
/* The end of the year 9999, the last that ISO 8601 text can express. */
#define MS_MAX INT64_C(253402300799999)
/* Julian days from the year 1858 to 9999. In seconds, these would be days of early 1970. */
#define JULIAN_MIN 2400000.5
#define JULIAN_MAX 5373484.5
#define JULIAN_OF_1970 2440587.5
#define DAY_MS 86400000.0

#define NUMBER_MAX_BYTES 32
#define ISO_MAX_BYTES 64
#define FRACTION_DIGITS 9
#define DIGITS "0123456789"

int stored_time_of_number(double number, int64_t *ms)
{
    double scaled = number < SECONDS_MAX ? number * 1000 : number;

    if (number >= JULIAN_MIN && number < JULIAN_MAX)
        scaled = (number - JULIAN_OF_1970) * DAY_MS;
    if (!(scaled >= 0 && scaled <= (double)MS_MAX))
        return -1;
    *ms = (int64_t)scaled;
    return 0;
}

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " ");
}

static bool is_end(const char *at)
{
    skip_blanks(&at);
    return *at == '\0';
}

/* Without a sign, an exponent, or anything else that strtod accepts. */
static bool is_number(const char *text, double *number)
{
    char *end;
    size_t len = strspn(text, DIGITS ".");

    if (strspn(text, DIGITS) == 0 || len >= NUMBER_MAX_BYTES || !is_end(text + len))
        return false;
    *number = strtod(text, &end);
    return end == text + len;
}

/* Copies up to `count` characters, which clock_parse_iso will judge. */
static void copy(const char **at, size_t count, struct buf *iso)
{
    size_t len = strnlen(*at, count);

    buf_add(iso, *at, len);
    *at += len;
}

/* Copies "20:23", and ":21" where it is there. */
static void copy_time(const char **at, struct buf *iso)
{
    copy(at, strlen("20:23"), iso);
    if (**at == ':')
        copy(at, strlen(":21"), iso);
    else
        buf_add_text(iso, ":00");
}

/* Drops the digits that nobody reads. */
static void copy_fraction(const char **at, struct buf *iso)
{
    if (**at != '.' && **at != ',')
        return;
    size_t digits = strspn(*at + 1, DIGITS);
    buf_add_char(iso, '.');
    buf_add(iso, *at + 1, digits < FRACTION_DIGITS ? digits : FRACTION_DIGITS);
    *at += 1 + digits;
}

/* Copies "+01:00", "+0100" or "+01". */
static void copy_offset(const char **at, struct buf *iso)
{
    copy(at, strlen("+01"), iso);
    buf_add_char(iso, ':');
    if (**at == ':')
        ++*at;
    if (strspn(*at, DIGITS) == 0)
        buf_add_text(iso, "00");
    else
        copy(at, strlen("00"), iso);
}

/* The name of a zone after its offset says nothing new. */
static void skip_zone_name(const char **at)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t len;

    skip_blanks(at);
    len = strspn(*at, letters);
    if (len >= 3 && len <= 5)
        *at += len;
}

static void copy_zone(const char **at, struct buf *iso)
{
    static const char *const universal[] = {"Z", "z", "UTC", "GMT"};

    skip_blanks(at);
    if (**at == '+' || **at == '-') {
        copy_offset(at, iso);
        skip_zone_name(at);
        return;
    }
    buf_add_char(iso, 'Z');
    for (size_t i = 0; i < sizeof(universal) / sizeof(universal[0]); i++)
        if (strncmp(*at, universal[i], strlen(universal[i])) == 0) {
            *at += strlen(universal[i]);
            return;
        }
}

/* Spells it as clock_parse_iso reads it. Returns whether nothing is left. */
static bool iso_spell(const char *at, struct buf *iso)
{
    skip_blanks(&at);
    copy(&at, strlen("2026-11-28"), iso);
    if (is_end(at)) {
        buf_add_text(iso, "T00:00:00Z");
        return true;
    }
    if (*at != 'T' && *at != 't' && *at != ' ')
        return false;
    at++;
    buf_add_char(iso, 'T');
    copy_time(&at, iso);
    copy_fraction(&at, iso);
    copy_zone(&at, iso);
    return is_end(at);
}

int stored_time_read(const char *text, int64_t *ms)
{
    struct buf iso;
    double number;

    if (is_number(text, &number))
        return stored_time_of_number(number, ms);
    buf_init(&iso, ISO_MAX_BYTES);
    int result = iso_spell(text, &iso) && !iso.overflowed ? clock_parse_iso(iso.data, ms) : -1;
    buf_release(&iso);
    return result;
}
