/*
 * The input as a time that an application has stored: the result is within the
 * years of ISO 8601, and is the same after being written in that format.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/stored_time.h"
#include "common/clock.h"

/* One day before the year 0 and one after 9999, for the offsets of time zones. */
#define LEAST (INT64_C(-62167219200000) - 86400000)
#define MOST (INT64_C(253402300799999) + 86400000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char iso[CLOCK_ISO_SIZE];
    int64_t ms, again;
    char *text = malloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    if (stored_time_read(text, &ms) == 0) {
        if (ms < LEAST || ms > MOST)
            abort();
        bool sayable = ms >= LEAST + 86400000 && ms <= MOST - 86400000;
        if (sayable && (stored_time_read(clock_iso(ms, iso), &again) < 0 || again != ms))
            abort();
    }
    free(text);
    return 0;
}
