#include "gateway/store/traffic.h"

/* Commits with less than this between them follow each other closely. */
#define GAP_MS 50
/* Three commits a millisecond are dense, counted for this long. At 2,000 a second a commit is told
 * sooner by itself than with others. */
#define DENSE_COMMITS 3
#define COUNT_MS 10
/* After a transaction of the gateway others have the lock for so long, and so many times as long as
 * it took. A publisher that finds it taken sleeps for 1 ms, then 2, 5, 10 …: it must not find it
 * taken each time. */
#define REST_MS 4
#define REST_TIMES 3
/* … but no longer than this, however slow the disk. */
#define REST_MAX_MS 1000
/* So many batches wait at most: where more would, each is larger. */
#define BATCHES_MOST 64
/* Without a commit for longer than this they are not dense any more. */
#define DENSE_GAP_MS 1

void traffic_init(struct traffic *traffic)
{
    *traffic = (struct traffic){.last = INT64_MIN / 2, .before = INT64_MIN / 2};
    traffic->since = traffic->rests_until = INT64_MIN / 2;
}

void traffic_note(struct traffic *traffic, int64_t steady, int64_t commits)
{
    int64_t counted_ms = steady - traffic->since;

    traffic->before = traffic->last;
    traffic->last = steady;
    traffic->commits += commits;
    if (counted_ms < COUNT_MS)
        return;
    traffic->was_dense = traffic->commits / counted_ms >= DENSE_COMMITS;
    traffic->since = steady;
    traffic->commits = 0;
}

int64_t traffic_quiet_at(const struct traffic *traffic)
{
    return traffic->last - traffic->before < GAP_MS ? traffic->last + GAP_MS : traffic->last;
}

int64_t traffic_due_at(const struct traffic *traffic, int64_t since, size_t count)
{
    int64_t quiet_at = traffic_quiet_at(traffic), latest = since;

    if (count < TRAFFIC_FULL)
        latest += count < TRAFFIC_MANY ? TRAFFIC_GATHER_MS : TRAFFIC_GATHER_MANY_MS;
    if (latest < traffic->rests_until && count < TRAFFIC_TOO_MANY)
        latest = traffic->rests_until;
    return quiet_at < latest ? quiet_at : latest;
}

size_t traffic_batch(const struct traffic *traffic, int64_t steady, size_t count)
{
    bool alone = traffic_quiet_at(traffic) <= steady;
    size_t batch = count / BATCHES_MOST;

    if (alone || traffic->is_shared || batch > TRAFFIC_FULL)
        return TRAFFIC_FULL;
    return batch > TRAFFIC_BATCH ? batch : TRAFFIC_BATCH;
}

void traffic_wrote(struct traffic *traffic, int64_t steady, int64_t took)
{
    int64_t rest = REST_MS + REST_TIMES * took;

    if (traffic->is_shared)
        return;
    traffic->rests_until = steady + (rest < REST_MAX_MS ? rest : REST_MAX_MS);
}

bool traffic_is_dense(const struct traffic *traffic, int64_t steady)
{
    return traffic->was_dense && steady - traffic->last <= DENSE_GAP_MS;
}
