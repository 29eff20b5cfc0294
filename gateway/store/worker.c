#include "gateway/store/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/memory.h"
#include "gateway/store/agenda.h"
#include "gateway/store/engines.h"
#include "gateway/store/opening.h"
#include "gateway/store/queue.h"
#include "gateway/store/sibling_verbs.h"

#define OPEN_BUSY_MS 5000

struct worker {
    pthread_t thread;
    bool is_started;
    struct queue queue;
};

void worker_ring(struct shared *shared)
{
    uint64_t one = 1;

    /* It can only fail because the counter is full: then the bell rings already. */
    while (write(shared->bell, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

static void bell_hush(struct shared *shared)
{
    uint64_t rung;

    while (read(shared->bell, &rung, sizeof(rung)) < 0 && errno == EINTR)
        continue;
}

/* Waits. Returns whether the open database may have been replaced. */
static bool wait_for_work(struct queue *queue)
{
    struct shared *shared = queue->turn.shared;
    bool rang, suspect;

    turn_tick(&queue->turn);
    suspect = opening_wait(queue, shared->bell, agenda_pause(queue), &rang);
    if (rang)
        bell_hush(shared);
    return suspect;
}

static void tell_loop(struct queue *queue)
{
    if (queue->turn.has_sent)
        uv_async_send(&queue->turn.shared->async);
    queue->turn.has_sent = false;
}

static void *run(void *argument)
{
    struct queue *queue = &((struct worker *)argument)->queue;

    pthread_setname_np(pthread_self(), "belfry-queue");
    while (!queue->errands.is_ending) {
        agenda_run(queue, wait_for_work(queue));
        tell_loop(queue);
    }
    agenda_finish(queue);
    turn_send(&queue->turn, &queue->turn.shared->ended);
    tell_loop(queue);
    return NULL;
}

static void init_queue(struct queue *queue, const struct clock *clock, const struct logger *log,
    const struct store_settings *settings, struct shared *shared)
{
    queue->turn.clock = clock;
    queue->turn.log = log;
    queue->settings = settings;
    queue->turn.shared = shared;
    health_init(&queue->health.opening, "opening the queue");
    health_init(&queue->health.reading, "reading the queue");
    health_init(&queue->health.writing, "writing the queue");
    queue->health.is_available = true;
    inbox_init(&queue->inbox);
    topics_init(&queue->topics);
    logout_init(&queue->logout, settings->session_database ? engines_new_sessions(settings) : NULL);
    errands_init(&queue->errands, queue, &queue->turn);
}

static void release_queue(struct queue *queue)
{
    if (queue->turn.engine)
        queue->turn.engine->life->free(queue->turn.engine);
    logout_release(&queue->logout);
    inbox_release(&queue->inbox);
    topics_release(&queue->topics);
    siblings_release(&queue->siblings);
}

/* Signals are handled on the loop: the thread blocks them all. */
int worker_start(struct worker *worker, struct reason *why)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&worker->thread, NULL, run, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    worker->is_started = error == 0;
    return error ? reason_set(why, "starting the queue's thread: %s", strerror(error)) : 0;
}

/* Opens the database. 0, or -1 with the reason. */
static int start(struct queue *queue, struct reason *why)
{
    struct engine *engine = engines_new(queue->settings, why);

    if (!engine)
        return -1;
    queue->turn.engine = engine;
    queue->turn.shared->has_siblings = engine->siblings && engine->siblings->say;
    if (engine->life->open(engine, OPEN_BUSY_MS) == 0 && agenda_start(queue) == 0)
        return 0;
    *why = engine->why;
    return -1;
}

struct worker *worker_new(const struct clock *clock, const struct logger *log,
    const struct store_settings *settings, struct shared *shared, struct reason *why)
{
    struct worker *worker = mem_zalloc(sizeof(*worker));

    init_queue(&worker->queue, clock, log, settings, shared);
    if (start(&worker->queue, why) == 0)
        return worker;
    worker_free(worker);
    return NULL;
}

void worker_free(struct worker *worker)
{
    if (worker->is_started)
        pthread_join(worker->thread, NULL);
    release_queue(&worker->queue);
    free(worker);
}
