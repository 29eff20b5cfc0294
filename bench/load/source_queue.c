/*
 * source_queue: threads that publish by INSERT, each with a connection to the queue
 * as any publisher has (row_writer.h).
 */
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include "bench/load/now.h"
#include "bench/load/pace.h"
#include "bench/load/source.h"
#include "bench/load/stamp.h"
#include "common/container_of.h"
#include "common/memory.h"

/* Of so many rows of a publisher is known when their COMMIT returned. */
enum { COMMITS_KNOWN = 1 << 17 };

struct writer {
    pthread_t thread;
    struct source_queue *queue;
    uint32_t number;
    struct row_writer *table;
    uint32_t *sequences; /* for each destination */
    char *payload;
    _Atomic int64_t *committed; /* when the COMMIT of a row returned; 0: not yet */
    atomic_uint rows;           /* how many were inserted; the next one's number */
    struct pace pace;
    struct histogram commits;
    unsigned run;      /* the one that `pace` was started for */
    int64_t processor; /* at the start of the run */
};

struct source_queue {
    struct source source;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t allowed, taken;
    unsigned run, busy;
    bool runs, ends;
    int64_t started;
    uint32_t count;
    struct histogram commits;
    struct writer writers[];
};

static int row_insert(struct writer *writer, uint32_t destination, int64_t time)
{
    const struct source *source = &writer->queue->source;
    const struct options *options = source->common->options;
    struct stamp stamp = {source->run, options->publisher_id + writer->number, destination,
        writer->sequences[destination]++, writer->rows, time};
    char name[TOPIC_SIZE];

    stamp_write(&stamp, writer->payload + PAYLOAD_STAMP);
    source->common->name(source->common, destination, name);
    writer->committed[writer->rows++ % COMMITS_KNOWN] = 0;
    return writer->table->kind->add(writer->table, name, writer->payload, options->size);
}

/* Publishes those that were taken in one transaction. */
static int rows_commit(struct writer *writer, uint64_t first, uint32_t count, int64_t moment)
{
    uint32_t destinations = writer->queue->source.destinations;
    struct row_writer *table = writer->table;
    int64_t began = now_ns(), ended;

    if (table->kind->begin(table, count))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        if (row_insert(writer, (uint32_t)((first + i) % destinations), moment ? moment : now_ns()))
            return -1;
    }
    if (table->kind->commit(table))
        return -1;
    ended = now_ns();
    for (uint32_t i = 1; i <= count; i++)
        writer->committed[(writer->rows - i) % COMMITS_KNOWN] = ended;
    histogram_record(&writer->commits, ended - began);
    return 0;
}

/* In an open loop: waits for the next moment, with the lock held. Returns false if the run ended or
 * another began. */
static bool moment_wait(struct writer *writer)
{
    struct source_queue *queue = writer->queue;
    struct timespec until;

    if (writer->run != queue->run) {
        writer->run = queue->run;
        pace_start(&writer->pace, queue->started);
    }
    until.tv_sec = writer->pace.next / NS_PER_SECOND;
    until.tv_nsec = writer->pace.next % NS_PER_SECOND;
    while (queue->runs && writer->pace.next > now_ns())
        pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
    return queue->runs;
}

/* Waits until something may be published, with the lock held. Returns how much. */
static uint32_t work_wait(struct writer *writer)
{
    struct source_queue *queue = writer->queue;
    const struct options *options = queue->source.common->options;

    while (!queue->ends) {
        if (queue->runs && options->rate > 0 && moment_wait(writer))
            return options->batch;
        if (queue->runs && options->rate == 0 && queue->taken < queue->allowed) {
            uint64_t left = queue->allowed - queue->taken;

            return left < options->batch ? (uint32_t)left : options->batch;
        }
        if (!queue->runs || options->rate == 0)
            pthread_cond_wait(&queue->changed, &queue->lock);
    }
    return 0;
}

/* The first failure is the one that is told; the loop may be reading it when another follows. */
static void writer_fail(struct writer *writer)
{
    struct source *source = &writer->queue->source;

    if (!source->failed)
        reason_set(&source->problem, "publisher %u: %s", writer->number,
            writer->table->kind->problem(writer->table));
    source->failed = true;
    writer->queue->runs = false;
}

static void *writer_main(void *context)
{
    struct writer *writer = context;
    struct source_queue *queue = writer->queue;
    bool open = queue->source.common->options->rate > 0;
    uint32_t count;

    pthread_mutex_lock(&queue->lock);
    while ((count = work_wait(writer)) > 0) {
        uint64_t first = queue->taken;
        int result;

        queue->taken += count;
        queue->busy++;
        pthread_mutex_unlock(&queue->lock);
        result = rows_commit(writer, first, count, open ? pace_step(&writer->pace) : 0);
        pthread_mutex_lock(&queue->lock);
        queue->busy--;
        queue->source.figures.published += result ? 0 : count;
        if (result)
            writer_fail(writer);
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

static int64_t processor_of(const struct writer *writer)
{
    clockid_t id;

    return pthread_getcpuclockid(writer->thread, &id) ? 0 : clock_ns(id);
}

static void queue_start(struct source *source)
{
    struct source_queue *queue = container_of(source, struct source_queue, source);

    pthread_mutex_lock(&queue->lock);
    for (uint32_t i = 0; i < queue->count; i++) {
        histogram_clear(&queue->writers[i].commits);
        queue->writers[i].processor = processor_of(&queue->writers[i]);
    }
    queue->run++;
    queue->started = now_ns();
    queue->runs = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static int64_t queue_tick(struct source *source, uint64_t allowed)
{
    struct source_queue *queue = container_of(source, struct source_queue, source);

    pthread_mutex_lock(&queue->lock);
    if (allowed > queue->allowed) {
        queue->allowed = allowed;
        if (source->common->options->rate == 0)
            pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return NS_PER_SECOND;
}

static void queue_stop(struct source *source)
{
    struct source_queue *queue = container_of(source, struct source_queue, source);

    pthread_mutex_lock(&queue->lock);
    queue->runs = false;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static void figures_sum(struct source_queue *queue)
{
    struct source_figures *figures = &queue->source.figures;

    histogram_clear(&queue->commits);
    figures->processor_ns = 0;
    for (uint32_t i = 0; i < queue->count; i++) {
        histogram_merge(&queue->commits, &queue->writers[i].commits);
        figures->processor_ns += processor_of(&queue->writers[i]) - queue->writers[i].processor;
    }
    figures->commit = &queue->commits;
}

static bool queue_is_busy(struct source *source)
{
    struct source_queue *queue = container_of(source, struct source_queue, source);
    bool busy;

    pthread_mutex_lock(&queue->lock);
    busy = queue->busy > 0;
    if (!busy && !queue->runs)
        figures_sum(queue);
    pthread_mutex_unlock(&queue->lock);
    return busy;
}

static bool queue_since_commit(
    struct source *source, uint32_t publisher, uint32_t number, int64_t now, int64_t *ns)
{
    struct source_queue *queue = container_of(source, struct source_queue, source);
    const struct writer *writer = &queue->writers[publisher];
    int64_t committed = writer->committed[number % COMMITS_KNOWN];

    *ns = committed > 0 && committed < now ? now - committed : 0;
    return writer->rows - number < COMMITS_KNOWN;
}

static void writer_close(struct writer *writer)
{
    if (writer->table)
        writer->table->kind->free(writer->table);
    free(writer->sequences);
    free(writer->payload);
    free((void *)writer->committed);
}

static void queue_free(struct source *source)
{
    struct source_queue *queue = container_of(source, struct source_queue, source);

    pthread_mutex_lock(&queue->lock);
    queue->ends = true;
    queue->runs = false;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    for (uint32_t i = 0; i < queue->count; i++) {
        if (queue->writers[i].thread)
            pthread_join(queue->writers[i].thread, NULL);
        writer_close(&queue->writers[i]);
    }
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

static const struct source_kind kind = {
    queue_start, queue_tick, queue_stop, queue_is_busy, queue_since_commit, NULL, queue_free};

static int writer_open(struct writer *writer, enum source_table table, struct reason *why)
{
    const struct source *source = &writer->queue->source;
    const struct options *options = source->common->options;

    writer->sequences = mem_array(source->destinations, sizeof(*writer->sequences));
    writer->payload = payload_new(options->size);
    writer->committed = mem_array(COMMITS_KNOWN, sizeof(*writer->committed));
    if (options->rate > 0)
        pace_init(&writer->pace, options->rate / options->publishers / options->batch,
            options->publisher_id + writer->number);
    writer->table = row_writer_new(options->database, table, why);
    if (!writer->table)
        return -1;
    if (pthread_create(&writer->thread, NULL, writer_main, writer))
        return reason_set(why, "no thread for a publisher");
    return 0;
}

static void queue_init(struct source_queue *queue)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

struct source *source_queue_new(struct member_common *common, enum source_table table, uint32_t run,
    uint32_t destinations, struct reason *why)
{
    uint32_t count = common->options->publishers;
    struct source_queue *queue = mem_zalloc(sizeof(*queue) + count * sizeof(queue->writers[0]));

    queue->source =
        (struct source){.kind = &kind, .common = common, .run = run, .destinations = destinations};
    queue->count = count;
    queue_init(queue);
    for (uint32_t i = 0; i < count; i++) {
        queue->writers[i].queue = queue;
        queue->writers[i].number = i;
        if (writer_open(&queue->writers[i], table, why)) {
            queue_free(&queue->source);
            return NULL;
        }
    }
    return &queue->source;
}
