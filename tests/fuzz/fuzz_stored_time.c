/*
 * The input as a time that an application has stored: what is read lies within
 * the years that ISO 8601 can say, and reads the same once it is written so.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/stored_time.h"
#include "common/clock.h"

/* A day before the year 0 and one behind 9999, for what zones may add. */
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
