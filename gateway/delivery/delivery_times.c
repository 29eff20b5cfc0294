#include "gateway/delivery/delivery_times.h"

/* Rows for which the time is taken once: some microseconds each. */
#define ROWS_A_TIME 64

void delivery_times_take(struct delivery_times *times, const struct clock *clock)
{
    if (times->rows++ % ROWS_A_TIME > 0)
        return;
    times->wall = clock_wall_ms(clock);
    times->steady = clock_steady_ms(clock);
}

void delivery_times_end(struct delivery_times *times)
{
    times->rows = 0;
}

void delivery_times_note_confirmed(
    struct delivery_times *times, const struct clock *clock, const uint32_t *sent_at, size_t count)
{
    uint32_t now = (uint32_t)clock_steady_ms(clock);

    for (size_t i = 0; i < count; i++)
        histogram_note_ms(&times->confirm, now - sent_at[i]);
}
