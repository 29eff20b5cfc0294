/* gateway_check: prints what the gateway would use, without starting it. */
#include "gateway/gateway.h"

#include <stdio.h>

#include "common/buf.h"
#include "common/layout.h"
#include "gateway/gateway_sandbox.h"
#include "gateway/setup.h"
#include "gateway/store/engine.h"
#include "gateway/store/engines.h"
#include "gateway/store/session_verbs.h"

#define DESCRIPTION_MAX 65536
#define SESSIONS_MS 5000

enum { EXIT_MISSING = 1, EXIT_CONFIG = 2 };

static void print_setup(const struct setup *setup)
{
    char secrets[128];
    struct buf text;

    buf_init(&text, DESCRIPTION_MAX);
    config_describe(&setup->config, &text);
    fputs(text.data, stdout);
    buf_release(&text);
    printf("# %s\n", secrets_describe(&setup->secrets, secrets, sizeof(secrets)));
    printf("# room for %zu connections\n", setup_server(setup).max_connections);
}

/* Not counted as a failure: if the session database cannot be read, the gateway still lets users
 * in. */
static void print_sessions(const struct setup *setup)
{
    struct store_settings settings = setup_store(setup, NULL);
    struct sessions *sessions = engines_new_sessions(&settings);

    if (engines_look(sessions, SESSIONS_MS) >= 0)
        printf("# sessions %s: a logout closes its connections\n", settings.session_shown);
    else
        printf("# a logout goes unnoticed until the token's end: %s\n", sessions->why.text);
    sessions->verbs->free(sessions);
}

static void print_advice(void *context, const char *sentence)
{
    (void)context;
    printf("# to be changed: %s\n", sentence);
}

/* Returns how many things should be changed, or -1 where it cannot be used. */
static int check_queue(const struct setup *setup, const struct logger *log)
{
    struct engine_check check = {
        .database = setup->config.database,
        .busy_ms = (int)setup->config.queue.busy_timeout,
        .notify = setup->config.queue.notify,
        .advise = print_advice,
    };
    struct reason why;
    int advices = engines_check(&check, &why);

    if (advices < 0)
        log_error(log, "%s", why.text);
    else
        printf("# queue %s is good%s%s\n", setup->database_shown, *check.server ? ": " : "",
            check.server);
    return advices;
}

int gateway_check(const char *config_path, char **argv)
{
    struct clock clock = clock_system();
    struct log_sink sink;
    struct logger log;
    struct reason why;
    struct setup *setup;
    int status = 0;

    (void)argv;
    log_sink_init(&sink, 2, LOG_TEXT, LOG_INFO, &clock, "belfry-gateway");
    log = logger_root(&sink);
    setup = setup_load(config_path, &log, &why);
    if (!setup) {
        log_error(&log, "%s", why.text);
        return EXIT_CONFIG;
    }
    print_setup(setup);
    gateway_sandbox_print(setup);
    if (check_queue(setup, &log) != 0)
        status = EXIT_MISSING;
    print_sessions(setup);
    if (layout_advise(&setup->config, print_advice, NULL) > 0)
        status = EXIT_MISSING;
    setup_free(setup);
    return status;
}
