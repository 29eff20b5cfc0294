#include "publish-fcgi/rate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

/* Keys that are remembered. Past that, all begin anew with a full bucket. */
#define BUCKETS_MAX 4096
/* A request in the unit of a bucket: what a key earns in a millisecond is then a whole number. */
#define REQUEST 1000

struct rate_bucket {
    char *key;
    int64_t level; /* in REQUESTs */
    int64_t filled_at;
    UT_hash_handle hh;
};

struct publish_rate {
    int64_t per_second;
    pthread_mutex_t lock;
    struct rate_bucket *buckets;
};

struct publish_rate *publish_rate_new(int64_t per_second)
{
    struct publish_rate *rate = mem_zalloc(sizeof(*rate));

    rate->per_second = per_second;
    pthread_mutex_init(&rate->lock, NULL);
    return rate;
}

static void buckets_free(struct publish_rate *rate)
{
    struct rate_bucket *bucket, *next;

    HASH_ITER (hh, rate->buckets, bucket, next) {
        HASH_DEL(rate->buckets, bucket);
        free(bucket->key);
        free(bucket);
    }
}

void publish_rate_free(struct publish_rate *rate)
{
    buckets_free(rate);
    pthread_mutex_destroy(&rate->lock);
    free(rate);
}

int64_t publish_rate_limit(const struct publish_rate *rate)
{
    return rate->per_second;
}

static struct rate_bucket *bucket_of(struct publish_rate *rate, const char *key, int64_t now)
{
    struct rate_bucket *bucket;

    HASH_FIND_STR(rate->buckets, key, bucket);
    if (bucket)
        return bucket;
    if (HASH_COUNT(rate->buckets) >= BUCKETS_MAX)
        buckets_free(rate);
    bucket = mem_zalloc(sizeof(*bucket));
    bucket->key = mem_strdup(key);
    bucket->level = rate->per_second * REQUEST;
    bucket->filled_at = now;
    HASH_ADD_KEYPTR(hh, rate->buckets, bucket->key, strlen(bucket->key), bucket);
    return bucket;
}

static void bucket_fill(const struct publish_rate *rate, struct rate_bucket *bucket, int64_t now)
{
    int64_t full = rate->per_second * REQUEST;
    int64_t passed = now - bucket->filled_at;

    bucket->level = passed >= 1000 ? full : bucket->level + passed * rate->per_second;
    if (bucket->level > full)
        bucket->level = full;
    bucket->filled_at = now;
}

int64_t publish_rate_take(struct publish_rate *rate, const char *key, int64_t now)
{
    int64_t wait = 0;

    pthread_mutex_lock(&rate->lock);
    struct rate_bucket *bucket = bucket_of(rate, key, now);
    bucket_fill(rate, bucket, now);
    if (bucket->level >= REQUEST)
        bucket->level -= REQUEST;
    else
        wait = (REQUEST - bucket->level + rate->per_second - 1) / rate->per_second;
    pthread_mutex_unlock(&rate->lock);
    return wait;
}

void publish_rate_return(struct publish_rate *rate, const char *key)
{
    struct rate_bucket *bucket;

    pthread_mutex_lock(&rate->lock);
    HASH_FIND_STR(rate->buckets, key, bucket);
    if (bucket)
        bucket->level += REQUEST;
    pthread_mutex_unlock(&rate->lock);
}
