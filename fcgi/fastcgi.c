#include "fcgi/fastcgi.h"

#include <errno.h>
#include <signal.h>

#include "common/notify.h"
#include "fcgi/pool.h"
#include "fcgi/responder.h"

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

/* Returns 0, or -1 with the reason where the endpoint could not work with them. */
static int settings_check(
    const struct fastcgi *fastcgi, struct program_settings *settings, struct reason *why)
{
    struct responder *responder = responder_open(settings, fastcgi->clock, fastcgi->log);
    const char *fault = responder_fault(responder);
    int result = fault ? reason_set(why, "%s", fault) : 0;

    responder_close(responder);
    return result;
}

static void log_fixed_changes(
    const struct fastcgi *fastcgi, const struct endpoint_kind *kind, const struct config *fresh)
{
    struct buf names;

    buf_init(&names, SIZE_MAX);
    if (config_fixed_changes(fastcgi->in_force, fresh, kind->reads, &names) > 0)
        log_warn(
            fastcgi->log, "SIGHUP: changed, but in force only after a restart: %s", names.data);
    buf_release(&names);
}

static void settings_renew(
    const struct fastcgi *fastcgi, const struct endpoint_kind *kind, struct pool *pool)
{
    struct reason why;
    char summary[256];
    struct program_settings *settings;

    notify_reloading();
    settings = program_settings_load(kind, fastcgi->config_path, fastcgi->log, &why);
    if (!settings || settings_check(fastcgi, settings, &why) < 0) {
        log_error(fastcgi->log, "SIGHUP: the previous configuration stays in use: %s", why.text);
        program_settings_release(settings);
        return;
    }
    log_sink_change(fastcgi->sink, settings->config.log_format, settings->config.log_level);
    log_info(fastcgi->log, "SIGHUP: configuration read again, %s",
        kind->summarise(settings->own, summary, sizeof(summary)));
    log_fixed_changes(fastcgi, kind, &settings->config);
    pool_change(pool, settings);
}

/* The next signal. Meanwhile tells systemd that the program lives, as long as that is true. */
static int signal_next(
    const struct fastcgi *fastcgi, const struct pool *pool, const sigset_t *signals)
{
    int64_t limit = notify_watchdog_ms();
    int64_t pause = limit / 2;
    const struct timespec most = {.tv_sec = pause / 1000, .tv_nsec = pause % 1000 * 1000000};
    int signal_number;

    do {
        if (limit > 0 && pool_lives(pool, clock_steady_ms(fastcgi->clock), limit))
            notify("WATCHDOG=1");
        signal_number = sigtimedwait(signals, NULL, limit > 0 ? &most : NULL);
    } while (signal_number < 0 && (errno == EAGAIN || errno == EINTR));
    return signal_number;
}

static void signals_wait(const struct fastcgi *fastcgi, const struct endpoint_kind *kind,
    struct pool *pool, const sigset_t *signals)
{
    int signal_number;

    while ((signal_number = signal_next(fastcgi, pool, signals)) == SIGHUP) {
        settings_renew(fastcgi, kind, pool);
        notify("READY=1");
    }
    notify("STOPPING=1");
    log_info(fastcgi->log, "signal %d: no new requests", signal_number);
}

int fastcgi_serve(const struct fastcgi *fastcgi, struct reason *why)
{
    const struct endpoint_kind *kind = fastcgi->settings->kind;
    struct server_socket *socket = fastcgi->socket;
    const struct pool_options options = {
        .listen_fd = socket->fd,
        .own_socket = socket->path != NULL,
        .threads = fastcgi->threads,
        .patience = kind->service(&fastcgi->settings->config).patience,
        .clock = fastcgi->clock,
        .log = fastcgi->log,
    };
    sigset_t signals;
    char listening[256];

    signals_block(&signals);
    struct pool *pool = pool_start(&options, fastcgi->settings, why);
    if (!pool)
        return -1;
    log_info(fastcgi->log, "listening on %s",
        server_socket_describe(socket, listening, sizeof(listening)));
    notifyf("READY=1\nSTATUS=Answers requests with %lld threads", (long long)fastcgi->threads);
    signals_wait(fastcgi, kind, pool, &signals);
    server_socket_unlink(socket);
    pool_stop(pool);
    return 0;
}
