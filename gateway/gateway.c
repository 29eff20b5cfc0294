#include "gateway/gateway.h"

#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "build-config.h"
#include "common/container_of.h"
#include "common/layout.h"
#include "common/notify.h"
#include "gateway/gateway_sandbox.h"
#include "gateway/ops/ops.h"
#include "gateway/ops/watchdog.h"
#include "gateway/process/inherited.h"
#include "gateway/process/listening.h"
#include "gateway/process/predecessor.h"
#include "gateway/process/program_file.h"
#include "gateway/process/spawner.h"
#include "gateway/process/succession.h"
#include "gateway/setup.h"

enum { EXIT_MISSING = 1, EXIT_CONFIG = 2 };

static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))
/* How long to wait for the queue at the end, in case its disk does not answer. */
#define END_AWAITED_MS 3000
/* Signals to stop that come this close together are one: a supervisor and a shell may both send it.
 */
#define SAME_STOP_MS 500

struct gateway {
    const char *config_path;
    uv_loop_t loop;
    struct clock clock;
    struct log_sink sink;
    struct logger log;
    struct setup *setup;
    struct setup *first; /* what the store was made with, and borrows until it ends */
    char instance[64];
    struct wheel *wheel;
    struct realtime *realtime;
    struct store *store;
    struct framings *framings;
    struct server *server;
    struct ops *ops;
    uv_signal_t watches[SIGNALS];
    struct watchdog watchdog;
    struct inherited inherited; /* until the gateway listens */
    struct program_file program;
    struct spawner spawner;
    struct predecessor predecessor;
    struct succession succession;
    struct wheel_entry end_awaited; /* runs while the queue is to end */
    bool stopping;
    int64_t told_to_stop_at; /* steady ms: the first signal to stop, or 0 */
    struct reason unready;   /* lent to the last caller of `unready` */
    int status;
};

static void on_metrics(void *context, struct metrics *metrics)
{
    struct gateway *gateway = context;

    metrics->net = *server_counters(gateway->server);
    metrics->framing = *framings_counters(gateway->framings);
    metrics->directory = *framings_directory_counters(gateway->framings);
    realtime_counters(gateway->realtime, &metrics->realtime);
    store_counters(gateway->store, &metrics->store);
}

static const char *on_unready(void *context)
{
    struct gateway *gateway = context;
    const char *trouble = gateway->stopping ? NULL : store_trouble(gateway->store);

    if (gateway->stopping)
        return "draining";
    if (!trouble)
        return NULL;
    reason_set(&gateway->unready, "queue unavailable: %s", trouble);
    return gateway->unready.text;
}

static void on_connections(void *context, const struct connection_query *query, struct buf *out)
{
    struct gateway *gateway = context;

    connection_page_write(
        query, gateway->framings, gateway->realtime, clock_wall_ms(&gateway->clock), out);
}

static const struct ops_source ops_source = {
    .metrics = on_metrics, .unready = on_unready, .connections = on_connections};

static void stop_watching(struct gateway *gateway)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_close((uv_handle_t *)&gateway->watches[i], NULL);
        /* A signal from here on must not turn a clean exit into a failure. */
        signal(signals[i], SIG_IGN);
    }
}

/* The store has ended, so no more calls come: closes the last handles. */
static void on_ended(void *context)
{
    struct gateway *gateway = context;

    gateway->store = NULL;
    watchdog_stop(&gateway->watchdog);
    succession_stop(&gateway->succession);
    predecessor_stop(&gateway->predecessor);
    inherited_close(&gateway->inherited);
    wheel_stop(&gateway->end_awaited);
    framings_free(gateway->framings);
    realtime_free(gateway->realtime);
    wheel_free(gateway->wheel);
    stop_watching(gateway);
}

static void on_end_awaited(struct wheel_entry *entry)
{
    struct gateway *gateway = container_of(entry, struct gateway, end_awaited);
    const char *trouble = store_trouble(gateway->store);

    log_warn(&gateway->log,
        "not ended yet: the queue is not done with its file%s%s. It ends once that is done; a "
        "second signal ends it at once, if the system lets it. What is not confirmed stays pending",
        trouble ? ": " : "", trouble ? trouble : "");
}

static void on_drained(void *context)
{
    struct gateway *gateway = context;

    log_info(&gateway->log, "drained: no connection is left");
    ops_free(gateway->ops);
    framings_end(gateway->framings);
    server_free(gateway->server);
    realtime_end(gateway->realtime);
    wheel_start(gateway->wheel, &gateway->end_awaited, END_AWAITED_MS, on_end_awaited);
    store_end(gateway->store, on_ended, gateway);
}

static size_t on_left(void *context)
{
    return framings_sessions(((struct gateway *)context)->framings);
}

static void on_close(void *context, size_t count)
{
    framings_close(((struct gateway *)context)->framings, count, CLOSE_SERVICE_RESTART,
        "server is shutting down");
}

static void on_end(void *context)
{
    framings_end(((struct gateway *)context)->framings);
}

static bool on_goes_on(void *context, const struct http_request *request)
{
    return framings_goes_on(((struct gateway *)context)->framings, request);
}

static const struct drain_user drain_user = {
    .drained = on_drained,
    .left = on_left,
    .close = on_close,
    .end = on_end,
    .goes_on = on_goes_on,
};

static int64_t on_store_busy(void *context)
{
    const struct gateway *gateway = context;

    return gateway->store ? store_busy_ms(gateway->store) : 0;
}

static bool has_successor(const struct gateway *gateway)
{
    return gateway->succession.state == SUCCESSION_OVER;
}

/* systemd listens to the main process alone. */
static void tell_systemd(const struct gateway *gateway, const char *state)
{
    if (!has_successor(gateway))
        notify(state);
}

static void tell_ready(struct gateway *gateway)
{
    notifyf("READY=1\nSTATUS=Serves %s", gateway->setup->database_shown);
    watchdog_start(&gateway->watchdog, gateway->wheel, on_store_busy, gateway);
}

/* Whether a signal to stop came before this one, and is not the same. */
static bool is_told_again(struct gateway *gateway)
{
    int64_t now = clock_steady_ms(&gateway->clock);

    if (gateway->told_to_stop_at == 0)
        gateway->told_to_stop_at = now;
    return now - gateway->told_to_stop_at >= SAME_STOP_MS;
}

static void gateway_stop(struct gateway *gateway, int signal)
{
    if (is_told_again(gateway)) {
        log_warn(&gateway->log, "%s again: ending at once; what is not confirmed stays pending",
            strsignal(signal));
        _exit(EXIT_MISSING);
    }
    if (gateway->stopping)
        return;
    size_t sessions = framings_sessions(gateway->framings);

    gateway->stopping = true;
    succession_stop(&gateway->succession);
    realtime_stay(gateway->realtime);
    tell_systemd(gateway, "STOPPING=1\nSTATUS=Drains its connections");
    log_info(&gateway->log, "%s: draining %zu connection%s over %" PRId64 " s", strsignal(signal),
        sessions, sessions == 1 ? "" : "s", gateway->setup->config.gateway.drain / 1000);
    server_drain(gateway->server, gateway->setup->config.gateway.drain, &drain_user, gateway);
}

/* Replacement by a new process */

static void on_departed(void *context)
{
    struct gateway *gateway = context;

    gateway->stopping = true;
    server_drain(gateway->server, 0, &drain_user, gateway);
}

static void on_main_named(void *context, long pid)
{
    (void)context;
    notifyf("MAINPID=%ld", pid);
}

static void on_handed_over(void *context, long pid)
{
    struct gateway *gateway = context;
    const struct config *config = &gateway->setup->config;
    size_t sessions = framings_sessions(gateway->framings);

    watchdog_stop(&gateway->watchdog);
    server_leave(gateway->server);
    server_leave(ops_server(gateway->ops));
    log_info(&gateway->log,
        "process %ld serves from now on: %zu connection%s sent there over %" PRId64 " s", pid,
        sessions, sessions == 1 ? " is" : "s are", config->gateway.drain / 1000);
    realtime_depart(gateway->realtime, config->gateway.drain, config->gateway.ping_timeout,
        on_departed, gateway);
}

static void begin_succession(struct gateway *gateway)
{
    struct succession *succession = &gateway->succession;

    succession->loop = &gateway->loop;
    succession->wheel = gateway->wheel;
    succession->log = &gateway->log;
    succession->spawner = &gateway->spawner;
    succession->store = gateway->store;
    succession->clients = gateway->server;
    succession->operators = ops_server(gateway->ops);
    succession->name_main = on_main_named;
    succession->handed_over = on_handed_over;
    succession->context = gateway;
    succession_begin(succession);
}

static void on_released(void *context, bool yes)
{
    struct gateway *gateway = context;

    if (yes) {
        tell_ready(gateway);
        return;
    }
    log_error(
        &gateway->log, "the process that this one was to replace has given up waiting for it");
    gateway->status = EXIT_MISSING;
    if (!gateway->stopping)
        gateway_stop(gateway, SIGTERM);
}

static void log_advice(void *context, const char *sentence)
{
    log_warn((const struct logger *)context, "to be changed: %s", sentence);
}

/* What was made with the first settings stays as it is. */
static void log_fixed_changes(const struct gateway *gateway)
{
    struct buf names;

    buf_init(&names, SIZE_MAX);
    if (config_fixed_changes(
            &gateway->first->config, &gateway->setup->config, CONFIG_GATEWAY, &names) > 0)
        log_warn(&gateway->log, "changed, but in force only after a restart: %s", names.data);
    buf_release(&names);
}

/* Puts the fresh settings in the place of the old ones. */
static void gateway_apply(struct gateway *gateway, struct setup *fresh)
{
    struct setup *old = gateway->setup;
    struct server_settings server = setup_server(fresh);
    struct framing_settings framing = setup_framings(fresh);
    struct realtime_settings realtime = setup_realtime(fresh);

    gateway->setup = fresh;
    log_sink_change(&gateway->sink, fresh->config.log_format, fresh->config.log_level);
    server_settings_update(gateway->server, &server);
    framings_settings_update(gateway->framings, &framing);
    realtime_update(gateway->realtime, &realtime);
    if (old != gateway->first)
        setup_free(old);
}

static void gateway_reload(struct gateway *gateway)
{
    struct reason why;
    struct setup *fresh;
    char secrets[128];

    if (!has_successor(gateway))
        notify_reloading();
    fresh = setup_load(gateway->config_path, &gateway->log, &why);
    if (fresh) {
        gateway_apply(gateway, fresh);
        log_info(&gateway->log, "configuration read again: %s",
            secrets_describe(&fresh->secrets, secrets, sizeof(secrets)));
        log_fixed_changes(gateway);
        layout_advise(&fresh->config, log_advice, &gateway->log);
    } else {
        log_error(
            &gateway->log, "configuration not reloaded, the old one stays in force: %s", why.text);
    }
    tell_systemd(gateway, "READY=1");
}

static void on_signal(uv_signal_t *watch, int signal)
{
    struct gateway *gateway = watch->data;

    if (signal == SIGTERM || signal == SIGINT)
        gateway_stop(gateway, signal);
    else if (gateway->stopping || !gateway->store)
        log_warn(&gateway->log, "%s: this process is about to end", strsignal(signal));
    else if (signal == SIGUSR2 || program_file_is_replaced(&gateway->program))
        begin_succession(gateway);
    else
        gateway_reload(gateway);
}

static void watch_signals(struct gateway *gateway)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(&gateway->loop, &gateway->watches[i]);
        gateway->watches[i].data = gateway;
        uv_signal_start(&gateway->watches[i], on_signal, signals[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error like a full disk */
}

/* The name of this process in the tables `gateways` and `presence`. */
static void name_instance(struct gateway *gateway)
{
    char host[32] = "localhost";

    gethostname(host, sizeof(host) - 1);
    snprintf(gateway->instance, sizeof(gateway->instance), "%s:%ld:%" PRId64, host, (long)getpid(),
        clock_wall_ms(&gateway->clock));
}

static int open_store(struct gateway *gateway, struct reason *why)
{
    struct store_settings settings = setup_store(gateway->setup, gateway->instance);

    if (gateway->predecessor.channel >= 0)
        settings.locks = &gateway->predecessor.locks;
    gateway->store = store_new(&gateway->loop, &gateway->clock, &gateway->log, &settings,
        &realtime_news, gateway->realtime, why);
    if (!gateway->store)
        return -1;
    predecessor_close_locks(&gateway->predecessor);
    realtime_set_store(gateway->realtime, gateway->store);
    return 0;
}

static void gateway_build(struct gateway *gateway)
{
    struct server_settings server = setup_server(gateway->setup);
    struct framing_settings framing = setup_framings(gateway->setup);
    struct realtime_settings realtime = setup_realtime(gateway->setup);

    gateway->wheel = wheel_new(&gateway->loop, &gateway->clock);
    gateway->realtime =
        realtime_new(&gateway->loop, gateway->wheel, &gateway->clock, &gateway->log, &realtime);
    gateway->framings = framings_new(gateway->wheel, &gateway->clock, &gateway->log, &framing,
        &realtime_peers, gateway->realtime);
    gateway->server = server_new(&gateway->loop, gateway->wheel, &gateway->clock, &gateway->log,
        &server, framings_request, gateway->framings);
    server_set_refusing(gateway->server, framings_refusing);
    gateway->ops = ops_new(&gateway->loop, gateway->wheel, &gateway->clock, &gateway->log,
        setup_descriptors(gateway->setup).operators, &ops_source, gateway);
}

static int listen_all(struct gateway *gateway, struct reason *why)
{
    const struct config *config = &gateway->setup->config;
    const struct listening listening = {
        gateway->server, ops_server(gateway->ops), config, &gateway->log};

    if (gateway->predecessor.channel < 0 &&
        inherited_from_systemd(&gateway->inherited, &config->gateway.ops_listen, why) < 0)
        return -1;
    return listening_begin(&listening, &gateway->inherited, why);
}

/* Takes down what gateway_build() made, for a gateway that never served. */
static void gateway_dismantle(struct gateway *gateway)
{
    ops_free(gateway->ops);
    server_free(gateway->server);
    if (gateway->store)
        store_end(gateway->store, on_ended, gateway);
    else
        on_ended(gateway);
}

/* Makes the loop within the sandbox: libuv 1.46 and newer make an io_uring with it where they can,
 * and abort when the sandbox then refuses its use. */
static void gateway_begin(struct gateway *gateway)
{
    char secrets[128];

    log_info(&gateway->log, "belfry-gateway %s, queue %s, %s", PACKAGE_VERSION,
        gateway->setup->database_shown,
        secrets_describe(&gateway->setup->secrets, secrets, sizeof(secrets)));
    layout_advise(&gateway->setup->config, log_advice, &gateway->log);
    gateway_sandbox_enter(gateway->setup, &gateway->log);
    uv_loop_init(&gateway->loop);
}

static void gateway_serve(struct gateway *gateway)
{
    struct reason why;

    watch_signals(gateway);
    gateway_build(gateway);
    if (open_store(gateway, &why) < 0 || listen_all(gateway, &why) < 0) {
        log_error(&gateway->log, "%s", why.text);
        gateway->status = EXIT_MISSING;
        gateway_dismantle(gateway);
    } else if (gateway->predecessor.channel >= 0) {
        predecessor_ready(&gateway->predecessor, &gateway->loop, on_released, gateway);
    } else {
        tell_ready(gateway);
    }
    uv_run(&gateway->loop, UV_RUN_DEFAULT);
}

/* What must be done before there is a loop. An upgrade that cannot be made is no reason not to
 * serve. -1 with the reason: the gateway that started this process has left nothing. */
static int find_process(struct gateway *gateway, char **argv, struct reason *why)
{
    gateway->succession.channel = -1;
    signal(SIGUSR2, SIG_IGN); /* until it can be handled */
    if (getpid() != 1)        /* which nothing can take the place of: succession.c */
        program_file_note(&gateway->program, argv[0]);
    if (predecessor_find(&gateway->predecessor, &gateway->inherited, why) < 0)
        return -1;
    if (spawner_start(&gateway->spawner, argv, why) < 0)
        log_warn(&gateway->log, "SIGUSR2 will not work: %s", why->text);
    return 0;
}

static void forget_process(struct gateway *gateway)
{
    spawner_stop(&gateway->spawner);
    predecessor_stop(&gateway->predecessor);
    inherited_close(&gateway->inherited);
}

int gateway_run(const char *config_path, char **argv)
{
    struct gateway gateway = {.config_path = config_path, .clock = clock_system()};
    struct reason why;

    log_sink_init(
        &gateway.sink, STDERR_FILENO, LOG_TEXT, LOG_INFO, &gateway.clock, "belfry-gateway");
    gateway.log = logger_root(&gateway.sink);
    if (find_process(&gateway, argv, &why) < 0) {
        log_error(&gateway.log, "%s", why.text);
        return EXIT_MISSING;
    }
    gateway.setup = setup_load(config_path, &gateway.log, &why);
    if (!gateway.setup) {
        log_error(&gateway.log, "%s", why.text);
        forget_process(&gateway);
        return EXIT_CONFIG;
    }
    gateway.first = gateway.setup;
    log_sink_change(
        &gateway.sink, gateway.setup->config.log_format, gateway.setup->config.log_level);
    name_instance(&gateway);
    gateway_begin(&gateway);
    gateway_serve(&gateway);
    if (uv_loop_close(&gateway.loop) != 0) {
        log_error(&gateway.log, "a handle was left open: please report this");
        gateway.status = EXIT_MISSING;
    }
    forget_process(&gateway);
    if (gateway.setup != gateway.first)
        setup_free(gateway.setup);
    setup_free(gateway.first);
    if (gateway.status == 0)
        log_info(&gateway.log, "ended");
    return gateway.status;
}
