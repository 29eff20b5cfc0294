#include "fcgi/pool_thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utlist.h>

#include "common/log_pace.h"
#include "common/memory.h"
#include "fcgi/bridge.h"
#include "fcgi/responder.h"
#include "fcgi/upstream.h"

#define EVENTS 32
/* Connections taken in one turn at most: those that are here already must have theirs, too. */
#define ACCEPTS_MAX 16
/* Milliseconds between two looks at the deadlines; that a pause in accepting takes; and that
 * requests which are arriving when the pool stops may still take. */
#define SWEEP_INTERVAL 500
#define ACCEPT_PAUSE 100
#define STOP_TIMEOUT 2000
/* Milliseconds between two log lines about a lack of descriptors. */
#define SHORTAGE_LOG 60000
/* Milliseconds between two attempts at the answers that wait, and how many of these are tried at
 * once. */
#define RETRY_INTERVAL 20
#define RETRIES_MAX 64
/* How many bodies of the greatest length a thread keeps at once. */
#define BODIES_KEPT 32

/* One connection of the thread. */
struct upstream_entry {
    struct upstream *upstream;
    enum upstream_wait wait;
    uint64_t requests; /* that had come over it when it was looked at last */
    struct upstream_entry *prev, *next;
};

struct pool_thread {
    pthread_t thread;
    struct pool_shared *shared;
    const struct endpoint_kind *kind;
    struct responder *responder;
    unsigned generation; /* of its settings */
    struct bridge *bridge;
    struct buf answer; /* its memory is kept, since the next one is as long */
    struct upstream_handler handler;
    struct intake_bodies bodies;
    struct log_pace pace;
    int epoll;
    struct upstream_entry *entries; /* the one that connected or sent a request longest ago first */
    size_t count;
    bool accepting;
    int64_t resume_at; /* while it is not: when it will be again, or -1 */
    int64_t swept_at;
    size_t waiting; /* entries in UPSTREAM_PAUSE */
    int64_t retried_at;
    bool stopping;
    atomic_int_fast64_t busy_since; /* pool_thread_busy_since */
};

static int64_t now_of(const struct pool_thread *thread)
{
    return clock_steady_ms(thread->shared->clock);
}

/* Follows a change of settings. */
static void responder_renew(struct pool_thread *thread)
{
    struct pool_shared *shared = thread->shared;
    unsigned generation = atomic_load(&shared->generation);

    if (thread->responder && thread->generation == generation)
        return;
    pthread_mutex_lock(&shared->lock);
    struct program_settings *settings = program_settings_share(shared->settings);
    pthread_mutex_unlock(&shared->lock);
    responder_close(thread->responder);
    thread->responder = responder_open(settings, shared->clock, shared->log);
    thread->generation = generation;
    program_settings_release(settings);
}

/* A request on its way through the bridge. */
struct crossing {
    struct pool_thread *thread;
    const struct intake *intake;
    enum endpoint_patience patience;
    enum endpoint_result result;
};

/* A bridge_answer. */
static void crossing_answer(void *context, char *const *parameters)
{
    struct crossing *crossing = context;
    const struct intake *intake = crossing->intake;
    struct pool_thread *thread = crossing->thread;
    const struct cgi_input input = {
        .parameters = parameters,
        .body = intake->bodies->keep ? intake->body.data : NULL,
        .body_len = (int64_t)intake->body_len,
        .body_max = intake->bodies->body_max,
    };

    crossing->result =
        responder_answer(thread->responder, &input, crossing->patience, &thread->answer);
}

/* Returns 0, or -1 with the reason. A bridge that failed is replaced at the next request. */
static int crossing_run(struct crossing *crossing, struct reason *why)
{
    struct pool_thread *thread = crossing->thread;

    if (!thread->bridge)
        thread->bridge = bridge_new(why);
    if (!thread->bridge)
        return -1;
    if (bridge_run(thread->bridge, &crossing->intake->params, crossing_answer, crossing, why) < 0) {
        bridge_free(thread->bridge);
        thread->bridge = NULL;
        return -1;
    }
    if (thread->answer.overflowed)
        return reason_set(why, "the answer is longer than %zu bytes", thread->answer.max);
    return 0;
}

static void note_result(struct pool_shared *shared, enum endpoint_result result)
{
    if (result == ENDPOINT_BUSY)
        atomic_store(&shared->is_busy, true);
    else if (result == ENDPOINT_AVAILABLE)
        atomic_store(&shared->is_busy, false);
}

/* The answer of the upstream_handler. */
static enum upstream_answer thread_answer(
    void *context, const struct intake *intake, bool demanded, struct buf *records)
{
    struct pool_thread *thread = context;
    bool must = demanded || atomic_load(&thread->shared->is_busy);
    struct crossing crossing = {
        thread, intake, must ? ENDPOINT_MUST_ANSWER : ENDPOINT_MAY_DEFER, ENDPOINT_ANSWERED};
    struct reason why;

    responder_renew(thread);
    int result = crossing_run(&crossing, &why);
    if (result < 0)
        log_paced(thread->shared->log, LOG_ERROR, &thread->pace,
            "a request could not be answered: %s", why.text);
    else if (crossing.result != ENDPOINT_DEFERRED)
        intake_add_answer(records, intake->id, &thread->answer);
    buf_scrub(&thread->answer);
    if (result < 0)
        return UPSTREAM_CLOSE;
    note_result(thread->shared, crossing.result);
    return crossing.result == ENDPOINT_DEFERRED ? UPSTREAM_LATER : UPSTREAM_ANSWERED;
}

static void entry_remove(struct pool_thread *thread, struct upstream_entry *entry)
{
    thread->waiting -= entry->wait == UPSTREAM_PAUSE;
    DL_DELETE(thread->entries, entry);
    thread->count--;
    upstream_free(entry->upstream);
    free(entry);
}

static void entry_watch(struct pool_thread *thread, struct upstream_entry *entry, int operation)
{
    static const uint32_t events[] = {
        [UPSTREAM_READ] = EPOLLIN, [UPSTREAM_WRITE] = EPOLLOUT, [UPSTREAM_PAUSE] = 0};
    struct epoll_event event = {.events = events[entry->wait], .data.ptr = entry};

    if (epoll_ctl(thread->epoll, operation, upstream_fd(entry->upstream), &event) < 0)
        entry_remove(thread, entry);
}

/* Moves it behind all that have sent no request since. */
static void entry_rank(struct pool_thread *thread, struct upstream_entry *entry)
{
    uint64_t requests = upstream_requests(entry->upstream);

    if (requests == entry->requests)
        return;
    entry->requests = requests;
    DL_DELETE(thread->entries, entry);
    DL_APPEND(thread->entries, entry);
}

/* Who makes room: the first of those that have sent no request, else the one whose last request is
 * longest ago. */
static struct upstream_entry *entry_to_drop(const struct pool_thread *thread)
{
    struct upstream_entry *entry;

    DL_FOREACH (thread->entries, entry)
        if (entry->requests == 0)
            return entry;
    return thread->entries;
}

static void entry_set_wait(
    struct pool_thread *thread, struct upstream_entry *entry, enum upstream_wait wait)
{
    thread->waiting -= entry->wait == UPSTREAM_PAUSE;
    thread->waiting += wait == UPSTREAM_PAUSE;
    entry->wait = wait;
}

static void entry_settle(
    struct pool_thread *thread, struct upstream_entry *entry, enum upstream_wait wait)
{
    entry_rank(thread, entry);
    if (wait == UPSTREAM_DONE || (thread->stopping && upstream_is_idle(entry->upstream))) {
        entry_remove(thread, entry);
    } else if (wait != entry->wait) {
        entry_set_wait(thread, entry, wait);
        entry_watch(thread, entry, EPOLL_CTL_MOD);
    }
}

/* While a request waits for its answer, the only event is that the web server has given it up. */
static void entry_step(struct pool_thread *thread, struct upstream_entry *entry)
{
    bool gone = entry->wait == UPSTREAM_PAUSE;

    entry_settle(
        thread, entry, gone ? UPSTREAM_DONE : upstream_step(entry->upstream, now_of(thread)));
}

/* Steps at once: most requests arrive together with their connection. */
static void entry_add(struct pool_thread *thread, int fd)
{
    int64_t now = now_of(thread);

    if (thread->count >= thread->shared->max_connections)
        entry_remove(thread, entry_to_drop(thread));
    struct upstream_entry *entry = mem_zalloc(sizeof(*entry));
    entry->upstream = upstream_new(fd, &thread->handler, thread->shared->log, now);
    DL_APPEND(thread->entries, entry);
    thread->count++;
    if (thread->stopping)
        upstream_stop(entry->upstream, now + STOP_TIMEOUT);
    entry_set_wait(thread, entry, upstream_step(entry->upstream, now));
    entry_rank(thread, entry);
    if (entry->wait == UPSTREAM_DONE)
        entry_remove(thread, entry);
    else
        entry_watch(thread, entry, EPOLL_CTL_ADD);
}

static void accept_begin(struct pool_thread *thread)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL};

    epoll_ctl(thread->epoll, EPOLL_CTL_ADD, thread->shared->listen_fd, &event);
    thread->accepting = true;
}

static void accept_end(struct pool_thread *thread, int64_t resume_at)
{
    if (thread->accepting)
        epoll_ctl(thread->epoll, EPOLL_CTL_DEL, thread->shared->listen_fd, NULL);
    thread->accepting = false;
    thread->resume_at = resume_at;
}

/* A shortage is met many times a second, by every thread. */
static void log_shortage(struct pool_thread *thread, int error)
{
    int64_t now = now_of(thread);
    int64_t logged = atomic_load(&thread->shared->shortage_logged_at);

    if ((logged == 0 || now - logged >= SHORTAGE_LOG) &&
        atomic_compare_exchange_strong(&thread->shared->shortage_logged_at, &logged, now))
        log_error(thread->shared->log,
            "no connection can be taken, so accepting pauses: %s. Raise the limit of descriptors "
            "(LimitNOFILE), or configure fewer threads",
            strerror(error));
}

/* Takes one connection. Returns false where there is none. */
static bool accept_one(struct pool_thread *thread)
{
    int fd = accept4(thread->shared->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        entry_add(thread, fd);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        log_shortage(thread, errno);
        accept_end(thread, now_of(thread) + ACCEPT_PAUSE);
    }
    return false;
}

/* Most are answered before the next one is taken; a thread that has nothing to do may take that one
 * meanwhile. */
static void accept_some(struct pool_thread *thread)
{
    int left = ACCEPTS_MAX;

    while (left-- > 0 && accept_one(thread))
        continue;
}

static void thread_stop(struct pool_thread *thread)
{
    struct upstream_entry *entry, *next;
    int64_t deadline = now_of(thread) + STOP_TIMEOUT;

    thread->stopping = true;
    epoll_ctl(thread->epoll, EPOLL_CTL_DEL, thread->shared->stop_fd, NULL);
    accept_end(thread, -1);
    DL_FOREACH_SAFE (thread->entries, entry, next) {
        upstream_stop(entry->upstream, deadline);
        if (entry->wait != UPSTREAM_PAUSE)
            entry_step(thread, entry);
    }
    while (thread->shared->own_socket && accept_one(thread))
        continue;
    thread->resume_at = -1;
}

/* Those that have waited longest come first. */
static void retry_waiting(struct pool_thread *thread, int64_t now)
{
    struct upstream_entry *entry, *next;
    size_t left = RETRIES_MAX;

    if (thread->waiting == 0 || now - thread->retried_at < RETRY_INTERVAL)
        return;
    thread->retried_at = now;
    DL_FOREACH_SAFE (thread->entries, entry, next) {
        if (entry->wait != UPSTREAM_PAUSE)
            continue;
        if (left-- == 0)
            break;
        entry_settle(thread, entry, upstream_retry(entry->upstream, now));
    }
}

static void thread_sweep(struct pool_thread *thread)
{
    struct upstream_entry *entry, *next;
    int64_t now = now_of(thread);

    retry_waiting(thread, now);
    if (thread->resume_at >= 0 && now >= thread->resume_at) {
        thread->resume_at = -1;
        accept_begin(thread);
    }
    if (now - thread->swept_at < SWEEP_INTERVAL)
        return;
    thread->swept_at = now;
    DL_FOREACH_SAFE (thread->entries, entry, next) {
        if (upstream_deadline(entry->upstream) <= now)
            entry_remove(thread, entry);
    }
}

static int timeout_of(const struct pool_thread *thread)
{
    if (thread->waiting > 0)
        return RETRY_INTERVAL;
    if (thread->resume_at >= 0)
        return ACCEPT_PAUSE;
    return thread->count > 0 ? SWEEP_INTERVAL : -1;
}

/* Connections first: a new one may take the place of one that has an event here. */
static void events_handle(struct pool_thread *thread, const struct epoll_event *events, int count)
{
    bool connecting = false;
    bool stopping = false;

    for (int i = 0; i < count; i++) {
        if (!events[i].data.ptr)
            connecting = true;
        else if (events[i].data.ptr == thread)
            stopping = true;
        else
            entry_step(thread, events[i].data.ptr);
    }
    if (connecting)
        accept_some(thread);
    if (stopping)
        thread_stop(thread);
}

static void *thread_run(void *context)
{
    struct pool_thread *thread = context;
    struct epoll_event events[EVENTS];

    accept_begin(thread);
    while (!thread->stopping || thread->count > 0) {
        int count = epoll_wait(thread->epoll, events, EVENTS, timeout_of(thread));

        atomic_store(&thread->busy_since, now_of(thread));
        events_handle(thread, events, count > 0 ? count : 0);
        thread_sweep(thread);
        atomic_store(&thread->busy_since, -1);
    }
    return NULL;
}

static void thread_free(struct pool_thread *thread)
{
    while (thread->entries)
        entry_remove(thread, thread->entries);
    if (thread->epoll >= 0)
        close(thread->epoll);
    bridge_free(thread->bridge);
    buf_wipe(&thread->answer);
    responder_close(thread->responder);
    free(thread);
}

struct pool_thread *pool_thread_start(struct pool_shared *shared, struct reason *why)
{
    struct pool_thread *thread = mem_zalloc(sizeof(*thread));
    const struct endpoint_kind *kind = shared->settings->kind;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = thread};

    thread->shared = shared;
    thread->kind = kind;
    buf_init(&thread->answer, kind->answer_max);
    thread->bodies = (struct intake_bodies){
        .body_max = kind->body_max,
        .keep = kind->reads_body,
        .bodies_max = BODIES_KEPT * kind->body_max,
    };
    thread->handler = (struct upstream_handler){
        .answer = thread_answer,
        .refuse = kind->refuse,
        .context = thread,
        .bodies = &thread->bodies,
        .patience = shared->patience,
        .pace = &thread->pace,
    };
    thread->pace.each = 1;
    thread->resume_at = -1;
    atomic_init(&thread->busy_since, -1);
    thread->epoll = epoll_create1(EPOLL_CLOEXEC);
    bool watching =
        thread->epoll >= 0 && epoll_ctl(thread->epoll, EPOLL_CTL_ADD, shared->stop_fd, &event) == 0;
    int error = watching ? pthread_create(&thread->thread, NULL, thread_run, thread) : errno;
    if (error == 0)
        return thread;
    reason_set(why, "a thread cannot be started: %s", strerror(error));
    thread_free(thread);
    return NULL;
}

int64_t pool_thread_busy_since(const struct pool_thread *thread)
{
    return atomic_load(&thread->busy_since);
}

void pool_thread_join(struct pool_thread *thread)
{
    pthread_join(thread->thread, NULL);
    thread_free(thread);
}
