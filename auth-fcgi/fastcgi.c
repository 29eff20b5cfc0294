#include "auth-fcgi/fastcgi.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auth-fcgi/bridge.h"
#include "auth-fcgi/endpoint.h"
#include "auth-fcgi/worker.h"
#include "common/memory.h"

#define THREADS_MAX 64
/* Connections of one worker, and descriptors that it needs for its own work. */
#define PEERS_MIN 8
#define PEERS_MAX 1024
#define OWN_DESCRIPTORS 16

struct crew {
    struct worker *workers[THREADS_MAX];
    size_t count;
};

static size_t peers_allowed(int64_t threads)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return PEERS_MAX;
    int64_t each = (int64_t)limit.rlim_cur / threads - OWN_DESCRIPTORS;
    if (each < PEERS_MIN)
        return PEERS_MIN;
    return each > PEERS_MAX ? PEERS_MAX : (size_t)each;
}

static void signals_block(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGUSR1);
    sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void warn(void *context, const char *sentence)
{
    log_warn((const struct logger *)context, "%s", sentence);
}

/* Returns 0, or -1 with the reason where every request would be answered that the server is
 * misconfigured. */
static int settings_judge(
    const struct fastcgi *fastcgi, struct settings *settings, struct reason *why)
{
    struct endpoint *endpoint = endpoint_new(settings, fastcgi->clock, fastcgi->log);
    const char *fault = endpoint_fault(endpoint);
    int result = fault ? reason_set(why, "%s", fault) : 0;

    endpoint_free(endpoint);
    return result;
}

static void settings_renew(const struct fastcgi *fastcgi, struct workplace *workplace)
{
    struct reason why;
    char described[256];
    struct settings *settings =
        settings_load(fastcgi->config_path, warn, (void *)fastcgi->log, &why);

    if (!settings || settings_judge(fastcgi, settings, &why) < 0) {
        log_error(fastcgi->log, "SIGHUP: what was configured before stays: %s", why.text);
        settings_release(settings);
        return;
    }
    log_info(fastcgi->log, "SIGHUP: configuration read again, %s",
        secrets_describe(&settings->secrets, described, sizeof(described)));
    workplace_change(workplace, settings);
}

static int crew_start(
    struct crew *crew, struct workplace *workplace, int64_t threads, struct reason *why)
{
    while (crew->count < (size_t)threads && crew->count < THREADS_MAX) {
        struct worker *worker = fcgi_worker_start(workplace, why);

        if (!worker)
            return -1;
        crew->workers[crew->count++] = worker;
    }
    return 0;
}

static void crew_stop(struct crew *crew, const struct workplace *workplace)
{
    const uint64_t one = 1;

    if (write(workplace->stop_fd, &one, sizeof(one)) < 0)
        return;
    while (crew->count > 0)
        fcgi_worker_join(crew->workers[--crew->count]);
}

static void signals_wait(
    const struct fastcgi *fastcgi, struct workplace *workplace, const sigset_t *signals)
{
    int signal_number = 0;

    while (sigwait(signals, &signal_number) == 0 && signal_number == SIGHUP)
        settings_renew(fastcgi, workplace);
    log_info(fastcgi->log, "signal %d: no new requests", signal_number);
}

int fastcgi_serve(const struct fastcgi *fastcgi, struct reason *why)
{
    sigset_t signals;
    struct crew crew = {.count = 0};
    char listening[256];
    struct workplace workplace = {
        .listen_fd = fastcgi->listener->fd,
        .own_listener = fastcgi->listener->path != NULL,
        .stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .max_peers = peers_allowed(fastcgi->threads),
        .clock = fastcgi->clock,
        .log = fastcgi->log,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .settings = fastcgi->settings,
    };

    signals_block(&signals);
    int result =
        workplace.stop_fd < 0 ? reason_set(why, "eventfd: %s", strerror(errno)) : bridge_init(why);
    if (result == 0)
        result = crew_start(&crew, &workplace, fastcgi->threads, why);
    if (result == 0) {
        log_info(fastcgi->log, "listening on %s",
            fcgi_listener_describe(fastcgi->listener, listening, sizeof(listening)));
        signals_wait(fastcgi, &workplace, &signals);
    }
    fcgi_listener_hide(fastcgi->listener);
    crew_stop(&crew, &workplace);
    if (workplace.stop_fd >= 0)
        close(workplace.stop_fd);
    settings_release(workplace.settings);
    return result;
}
