#include <math.h>

#include "bench/load/now.h"
#include "bench/load/pace.h"

/* xorshift64*, which is even enough for waiting times */
static double random_unit(struct pace *pace)
{
    pace->random ^= pace->random >> 12;
    pace->random ^= pace->random << 25;
    pace->random ^= pace->random >> 27;
    return (double)((pace->random * 0x2545f4914f6cdd1dULL) >> 11) / (double)(1ULL << 53);
}

void pace_init(struct pace *pace, double rate, uint32_t number)
{
    *pace = (struct pace){
        .random = 0x9e3779b97f4a7c15ULL * (number + 1), .gap = (double)NS_PER_SECOND / rate};
}

void pace_start(struct pace *pace, int64_t now)
{
    pace->next = now;
    pace_step(pace);
}

int64_t pace_step(struct pace *pace)
{
    int64_t moment = pace->next;

    pace->next += (int64_t)(-log(1 - random_unit(pace)) * pace->gap);
    return moment;
}
