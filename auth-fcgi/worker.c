#include "auth-fcgi/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utlist.h>

#include "auth-fcgi/bridge.h"
#include "auth-fcgi/endpoint.h"
#include "auth-fcgi/response.h"
#include "auth-fcgi/upstream.h"
#include "common/memory.h"

#define EVENTS 32
/* An answer in its records. */
#define ANSWER_MAX (2 * RESPONSE_MAX)
/* Milliseconds between looks at the deadlines, of a pause in accepting, and that requests under way
 * may take to arrive at the end. */
#define SWEEP_INTERVAL 500
#define ACCEPT_PAUSE 100
#define STOP_TIMEOUT 2000
/* … between two log lines about a lack of descriptors. */
#define SHORTAGE_LOG 60000
/* … and between two attempts to answer those who wait, and how many of these are made at once. */
#define RETRY_INTERVAL 20
#define RETRIES_MAX 64

struct member {
    struct upstream *peer;
    enum upstream_wait wait;
    uint64_t requests; /* of the peer, when it was looked at last */
    struct member *prev, *next;
};

struct worker {
    pthread_t thread;
    struct workplace *workplace;
    struct endpoint *endpoint;
    unsigned generation;
    struct bridge *bridge;
    struct upstream_handler handler;
    struct log_pace pace;
    int epoll;
    struct member *members; /* whoever came, or asked, the longest ago in front */
    size_t count;
    bool accepting;
    int64_t resume_at; /* where it is not: when it will be, or -1 */
    int64_t swept_at;
    size_t waiting; /* members in UPSTREAM_PAUSE */
    int64_t retried_at;
    bool stopping;
};

static int64_t now_of(const struct worker *worker)
{
    return clock_steady_ms(worker->workplace->clock);
}

/* Follows a change of settings. */
static void endpoint_renew(struct worker *worker)
{
    struct workplace *workplace = worker->workplace;
    unsigned generation = atomic_load(&workplace->generation);

    if (worker->endpoint && worker->generation == generation)
        return;
    pthread_mutex_lock(&workplace->lock);
    struct settings *settings = settings_share(workplace->settings);
    pthread_mutex_unlock(&workplace->lock);
    endpoint_free(worker->endpoint);
    worker->endpoint = endpoint_new(settings, workplace->clock, workplace->log);
    worker->generation = generation;
    settings_release(settings);
}

struct answering {
    struct worker *worker;
    size_t body;
    enum endpoint_patience patience;
    enum endpoint_result result;
};

static void endpoint_ask(void *context, char *const *parameters, struct buf *out)
{
    struct answering *answering = context;

    answering->result = endpoint_answer(
        answering->worker->endpoint, parameters, (long)answering->body, answering->patience, out);
}

static void note_lock(struct workplace *workplace, enum endpoint_result result)
{
    if (result == ENDPOINT_LOCKED)
        atomic_store(&workplace->is_locked, true);
    else if (result == ENDPOINT_SIGNED_IN)
        atomic_store(&workplace->is_locked, false);
}

/* Runs it through the bridge. Returns 0, or -1 with the reason. */
static int answering_run(struct answering *answering, uint16_t id, const struct buf *params,
    struct buf *records, struct reason *why)
{
    struct worker *worker = answering->worker;

    if (!worker->bridge)
        worker->bridge = bridge_new(why);
    if (worker->bridge &&
        bridge_run(worker->bridge, id, params, endpoint_ask, answering, records, why) == 0)
        return 0;
    bridge_free(worker->bridge);
    worker->bridge = NULL;
    return -1;
}

/* A upstream_handler's answer. A bridge that failed is replaced at the next request. */
static enum upstream_answer request_answer(void *context, uint16_t id, const struct buf *params,
    size_t body, bool demanded, struct buf *records)
{
    struct worker *worker = context;
    bool give_up = demanded || atomic_load(&worker->workplace->is_locked);
    struct answering answering = {
        worker, body, give_up ? ENDPOINT_GIVE_UP : ENDPOINT_COME_BACK, ENDPOINT_ANSWERED};
    struct buf answer;
    struct reason why;

    endpoint_renew(worker);
    buf_init(&answer, ANSWER_MAX);
    int result = answering_run(&answering, id, params, &answer, &why);
    if (result < 0)
        log_paced(worker->workplace->log, LOG_ERROR, &worker->pace,
            "a request could not be answered: %s", why.text);
    else if (answering.result != ENDPOINT_LATER)
        buf_add(records, answer.data, answer.len);
    buf_wipe(&answer);
    if (result < 0)
        return UPSTREAM_CLOSE;
    note_lock(worker->workplace, answering.result);
    return answering.result == ENDPOINT_LATER ? UPSTREAM_LATER : UPSTREAM_ANSWERED;
}

static void member_remove(struct worker *worker, struct member *member)
{
    worker->waiting -= member->wait == UPSTREAM_PAUSE;
    DL_DELETE(worker->members, member);
    worker->count--;
    upstream_free(member->peer);
    free(member);
}

static void member_watch(struct worker *worker, struct member *member, int operation)
{
    static const uint32_t events[] = {
        [UPSTREAM_READ] = EPOLLIN, [UPSTREAM_WRITE] = EPOLLOUT, [UPSTREAM_PAUSE] = 0};
    struct epoll_event event = {.events = events[member->wait], .data.ptr = member};

    if (epoll_ctl(worker->epoll, operation, upstream_fd(member->peer), &event) < 0)
        member_remove(worker, member);
}

/* Whoever has asked stands behind those who have not since. */
static void member_rank(struct worker *worker, struct member *member)
{
    uint64_t requests = upstream_requests(member->peer);

    if (requests == member->requests)
        return;
    member->requests = requests;
    DL_DELETE(worker->members, member);
    DL_APPEND(worker->members, member);
}

/* Who makes room: of those that have asked nothing the first, else who asked the longest ago. */
static struct member *member_least_missed(const struct worker *worker)
{
    struct member *member;

    DL_FOREACH (worker->members, member)
        if (member->requests == 0)
            return member;
    return worker->members;
}

static void member_set_wait(struct worker *worker, struct member *member, enum upstream_wait wait)
{
    worker->waiting -= member->wait == UPSTREAM_PAUSE;
    worker->waiting += wait == UPSTREAM_PAUSE;
    member->wait = wait;
}

static void member_settle(struct worker *worker, struct member *member, enum upstream_wait wait)
{
    member_rank(worker, member);
    if (wait == UPSTREAM_DONE || (worker->stopping && upstream_is_idle(member->peer))) {
        member_remove(worker, member);
    } else if (wait != member->wait) {
        member_set_wait(worker, member, wait);
        member_watch(worker, member, EPOLL_CTL_MOD);
    }
}

/* Of one that waits for its answer, the only event is that the web server gave it up. */
static void member_step(struct worker *worker, struct member *member)
{
    bool gone = member->wait == UPSTREAM_PAUSE;

    member_settle(
        worker, member, gone ? UPSTREAM_DONE : upstream_step(member->peer, now_of(worker)));
}

/* Most requests are there with their connection and are answered at once. */
static void member_add(struct worker *worker, int fd)
{
    int64_t now = now_of(worker);

    if (worker->count >= worker->workplace->max_peers)
        member_remove(worker, member_least_missed(worker));
    struct member *member = mem_zalloc(sizeof(*member));
    member->peer = upstream_new(fd, &worker->handler, worker->workplace->log, now);
    DL_APPEND(worker->members, member);
    worker->count++;
    if (worker->stopping)
        upstream_stop(member->peer, now + STOP_TIMEOUT);
    member_set_wait(worker, member, upstream_step(member->peer, now));
    member_rank(worker, member);
    if (member->wait == UPSTREAM_DONE)
        member_remove(worker, member);
    else
        member_watch(worker, member, EPOLL_CTL_ADD);
}

static void accept_begin(struct worker *worker)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL};

    epoll_ctl(worker->epoll, EPOLL_CTL_ADD, worker->workplace->listen_fd, &event);
    worker->accepting = true;
}

static void accept_end(struct worker *worker, int64_t resume_at)
{
    if (worker->accepting)
        epoll_ctl(worker->epoll, EPOLL_CTL_DEL, worker->workplace->listen_fd, NULL);
    worker->accepting = false;
    worker->resume_at = resume_at;
}

/* A shortage comes back many times a second, and to every worker. */
static void tell_of_shortage(struct worker *worker, int error)
{
    int64_t now = now_of(worker);
    int64_t told = atomic_load(&worker->workplace->shortage_told_at);

    if ((told == 0 || now - told >= SHORTAGE_LOG) &&
        atomic_compare_exchange_strong(&worker->workplace->shortage_told_at, &told, now))
        log_error(worker->workplace->log,
            "no connection can be taken, accepting pauses: %s. Raise the limit of descriptors "
            "(LimitNOFILE), or lower threads",
            strerror(error));
}

/* Takes one connection: the next may be another worker's, who has nothing to do. Returns false
 * where there is none. */
static bool accept_one(struct worker *worker)
{
    int fd = accept4(worker->workplace->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        member_add(worker, fd);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        tell_of_shortage(worker, errno);
        accept_end(worker, now_of(worker) + ACCEPT_PAUSE);
    }
    return false;
}

static void stop(struct worker *worker)
{
    struct member *member, *next;
    int64_t deadline = now_of(worker) + STOP_TIMEOUT;

    worker->stopping = true;
    epoll_ctl(worker->epoll, EPOLL_CTL_DEL, worker->workplace->stop_fd, NULL);
    accept_end(worker, -1);
    DL_FOREACH_SAFE (worker->members, member, next) {
        upstream_stop(member->peer, deadline);
        if (member->wait != UPSTREAM_PAUSE)
            member_step(worker, member);
    }
    while (worker->workplace->own_listener && accept_one(worker))
        continue;
    worker->resume_at = -1;
}

/* Those who have waited for longest first. */
static void retry(struct worker *worker, int64_t now)
{
    struct member *member, *next;
    size_t left = RETRIES_MAX;

    if (worker->waiting == 0 || now - worker->retried_at < RETRY_INTERVAL)
        return;
    worker->retried_at = now;
    DL_FOREACH_SAFE (worker->members, member, next) {
        if (member->wait != UPSTREAM_PAUSE)
            continue;
        if (left-- == 0)
            break;
        member_settle(worker, member, upstream_retry(member->peer, now));
    }
}

static void sweep(struct worker *worker)
{
    struct member *member, *next;
    int64_t now = now_of(worker);

    retry(worker, now);
    if (worker->resume_at >= 0 && now >= worker->resume_at) {
        worker->resume_at = -1;
        accept_begin(worker);
    }
    if (now - worker->swept_at < SWEEP_INTERVAL)
        return;
    worker->swept_at = now;
    DL_FOREACH_SAFE (worker->members, member, next) {
        if (upstream_deadline(member->peer) <= now)
            member_remove(worker, member);
    }
}

static int timeout_of(const struct worker *worker)
{
    if (worker->waiting > 0)
        return RETRY_INTERVAL;
    if (worker->resume_at >= 0)
        return ACCEPT_PAUSE;
    return worker->count > 0 ? SWEEP_INTERVAL : -1;
}

/* Peers first: a new connection may push one of them out. */
static void events_handle(struct worker *worker, const struct epoll_event *events, int count)
{
    bool called = false;
    bool stopped = false;

    for (int i = 0; i < count; i++) {
        if (!events[i].data.ptr)
            called = true;
        else if (events[i].data.ptr == worker)
            stopped = true;
        else
            member_step(worker, events[i].data.ptr);
    }
    if (called)
        accept_one(worker);
    if (stopped)
        stop(worker);
}

static void *worker_run(void *context)
{
    struct worker *worker = context;
    struct epoll_event events[EVENTS];

    accept_begin(worker);
    while (!worker->stopping || worker->count > 0) {
        int count = epoll_wait(worker->epoll, events, EVENTS, timeout_of(worker));

        events_handle(worker, events, count > 0 ? count : 0);
        sweep(worker);
    }
    return NULL;
}

static void worker_free(struct worker *worker)
{
    while (worker->members)
        member_remove(worker, worker->members);
    if (worker->epoll >= 0)
        close(worker->epoll);
    bridge_free(worker->bridge);
    endpoint_free(worker->endpoint);
    free(worker);
}

struct worker *fcgi_worker_start(struct workplace *workplace, struct reason *why)
{
    struct worker *worker = mem_zalloc(sizeof(*worker));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = worker};

    worker->workplace = workplace;
    worker->handler = (struct upstream_handler){request_answer, worker, &worker->pace};
    worker->pace.each = 1;
    worker->resume_at = -1;
    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    bool watching = worker->epoll >= 0 &&
                    epoll_ctl(worker->epoll, EPOLL_CTL_ADD, workplace->stop_fd, &event) == 0;
    int error = watching ? pthread_create(&worker->thread, NULL, worker_run, worker) : errno;
    if (error == 0)
        return worker;
    reason_set(why, "a thread cannot be started: %s", strerror(error));
    worker_free(worker);
    return NULL;
}

void fcgi_worker_join(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
    worker_free(worker);
}

void workplace_change(struct workplace *workplace, struct settings *settings)
{
    pthread_mutex_lock(&workplace->lock);
    struct settings *old = workplace->settings;
    workplace->settings = settings;
    atomic_fetch_add(&workplace->generation, 1);
    pthread_mutex_unlock(&workplace->lock);
    settings_release(old);
}
