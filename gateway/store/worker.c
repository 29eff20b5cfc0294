#include "gateway/store/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/memory.h"
#include "gateway/store/agenda.h"

#define OPEN_BUSY_MS 5000
#define PAUSE_MAX_MS 60000

struct worker {
    pthread_t thread;
    bool is_started;
    struct queue queue;
};

void worker_ring(struct shared *shared)
{
    uint64_t one = 1;

    /* It can only fail where the bell rings already. */
    while (write(shared->bell, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

static void hush(struct shared *shared)
{
    uint64_t rung;

    while (read(shared->bell, &rung, sizeof(rung)) < 0 && errno == EINTR)
        continue;
}

/* Once, however often it is tried. */
static void note_wake(struct queue *queue, const struct reason *why)
{
    bool is_blind = wake_fd(queue->wake) < 0;

    if (is_blind && !queue->is_blind)
        log_warn(queue->turn.log, "no file-change events, the queue is polled: %s", why->text);
    queue->is_blind = is_blind;
}

static int pause_of(const struct queue *queue)
{
    int64_t pause = agenda_pause(queue);
    int step = wake_pause(queue->wake, queue->turn.steady);

    if (step >= 0 && step < pause)
        pause = step;
    return pause < 0 ? 0 : pause < PAUSE_MAX_MS ? (int)pause : PAUSE_MAX_MS;
}

/* A folder that was moved away took its events along; a link may lead elsewhere now. */
static void renew_wake(struct queue *queue)
{
    struct reason why;

    if (wake_is_current(queue->wake))
        return;
    wake_free(queue->wake);
    queue->wake = wake_new(queue->file.path, &why);
    note_wake(queue, &why);
}

/* Whether it is time to make sure of what events should have told. */
static bool take_poll(struct queue *queue)
{
    if (queue->turn.steady < queue->next_poll)
        return false;
    queue->next_poll = queue->turn.steady + queue->settings->poll_interval_ms;
    turn_count(&queue->turn, COUNTER_POLLS, 1);
    renew_wake(queue);
    return true;
}

/* Waits. Whether the place of the file is in doubt. */
static bool wait_for_work(struct queue *queue)
{
    struct pollfd fds[] = {
        {.fd = queue->turn.shared->bell, .events = POLLIN},
        {.fd = wake_fd(queue->wake), .events = POLLIN},
    };
    bool is_moved;
    int ready;

    turn_tick(&queue->turn);
    ready = poll(fds, 2, pause_of(queue));
    turn_tick(&queue->turn);
    if (ready > 0 && fds[0].revents)
        hush(queue->turn.shared);
    if (ready > 0 && fds[1].revents && wake_take(queue->wake, queue->turn.steady))
        turn_count(&queue->turn, COUNTER_WAKEUPS, 1);
    wake_step(queue->wake, queue->turn.steady);
    is_moved = wake_saw_move(queue->wake);
    if (is_moved)
        renew_wake(queue);
    return take_poll(queue) || is_moved;
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
    while (!queue->is_ending) {
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
    struct reason why;

    queue->turn.clock = clock;
    queue->turn.log = log;
    queue->settings = settings;
    queue->turn.shared = shared;
    file_init(&queue->file, settings->database, settings->synchronous);
    health_init(&queue->opening, "opening the queue");
    health_init(&queue->reading, "reading the queue");
    health_init(&queue->writing, "writing the queue");
    inbox_init(&queue->inbox);
    chat_init(&queue->chat);
    logout_init(&queue->logout, settings);
    errands_init(&queue->errands, queue, &queue->turn);
    queue->wake = wake_new(settings->database, &why);
    note_wake(queue, &why);
    queue->is_available = true;
}

static void release_queue(struct queue *queue)
{
    file_close(&queue->file, false);
    file_release(&queue->file);
    wake_free(queue->wake);
    logout_release(&queue->logout);
    inbox_release(&queue->inbox);
    chat_release(&queue->chat);
}

/* Signals are the loop's. */
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

struct worker *worker_new(const struct clock *clock, const struct logger *log,
    const struct store_settings *settings, struct shared *shared, struct reason *why)
{
    struct worker *worker = mem_zalloc(sizeof(*worker));

    init_queue(&worker->queue, clock, log, settings, shared);
    if (file_open(&worker->queue.file, OPEN_BUSY_MS) == 0 && agenda_start(&worker->queue) == 0)
        return worker;
    *why = worker->queue.file.why;
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
