/*
 * belfry-auth: decides what this process is, FastCGI, CGI or a question on the
 * command line, and lets it be that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth-fcgi/cgi.h"
#include "auth-fcgi/check.h"
#include "auth-fcgi/fastcgi.h"
#include "auth-fcgi/listener.h"
#include "auth-fcgi/options.h"
#include "auth-fcgi/settings.h"
#include "build-config.h"
#include "common/clock.h"
#include "common/core_dump.h"
#include "common/gateway_interface.h"
#include "common/log.h"

enum { EXIT_WRONG_USE = 2 };

struct program {
    struct options options;
    struct clock clock;
    struct log_sink sink;
    struct logger log;
    struct settings *settings;
};

static void warn(void *context, const char *sentence)
{
    log_warn((const struct logger *)context, "%s", sentence);
}

static int serve(struct program *program, struct fcgi_listener *listener)
{
    struct reason why;
    const struct fastcgi fastcgi = {
        .listener = listener,
        .settings = settings_share(program->settings),
        .config_path = program->options.config,
        .threads = program->options.threads ? program->options.threads
                                            : program->settings->config.auth.threads,
        .clock = &program->clock,
        .log = &program->log,
    };

    check_log(program->settings, &program->clock, &program->log);
    int result = fastcgi_serve(&fastcgi, &why);
    if (result < 0)
        log_error(&program->log, "%s", why.text);
    fcgi_listener_close(listener);
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int listen_and_serve(struct program *program, const char *path)
{
    struct fcgi_listener listener;
    struct reason why;

    if (fcgi_listener_open(&listener, path, program->settings->config.auth.socket_group, &why) == 0)
        return serve(program, &listener);
    log_error(&program->log, "%s", why.text);
    return EXIT_FAILURE;
}

static int explain_use(struct program *program)
{
    log_error(&program->log,
        "nobody called: descriptor 0 is no listening socket, and there is no REQUEST_METHOD as "
        "under CGI. Let a web server start this program, or give it --socket PATH, or set socket "
        "under [auth]; --check shows what would be used");
    return EXIT_WRONG_USE;
}

/* What the command line says comes first, then what whoever started the process left for it, then
 * the configuration. */
static int run(struct program *program)
{
    struct fcgi_listener listener;
    struct reason why;
    const char *path = program->settings->config.auth.socket;

    if (program->options.check)
        return check_print(program->settings, &program->clock, &program->log) < 0 ? EXIT_FAILURE
                                                                                  : EXIT_SUCCESS;
    if (program->options.socket)
        return listen_and_serve(program, program->options.socket);
    int inherited = fcgi_listener_inherit(&listener, &why);
    if (inherited > 0)
        return serve(program, &listener);
    if (inherited < 0) {
        log_error(&program->log, "%s", why.text);
        return EXIT_FAILURE;
    }
    if (gateway_interface_is_set())
        return cgi_answer(program->settings, &program->clock, &program->log) < 0 ? EXIT_FAILURE
                                                                                 : EXIT_SUCCESS;
    return *path ? listen_and_serve(program, path) : explain_use(program);
}

/* Under CGI even this is answered, since a visitor waits. */
static int fail_to_configure(struct program *program, const struct reason *why)
{
    log_error(&program->log, "%s", why->text);
    if (gateway_interface_is_set())
        (void)cgi_answer(NULL, &program->clock, &program->log);
    return EXIT_WRONG_USE;
}

static void log_begin(struct program *program, enum log_format format, enum log_level level)
{
    log_sink_init(&program->sink, STDERR_FILENO, format, level, &program->clock, "belfry-auth");
    program->log = logger_root(&program->sink);
}

static int configure_and_run(struct program *program)
{
    struct reason why;

    log_begin(program, LOG_TEXT, LOG_INFO);
    program->settings = settings_load(program->options.config, warn, &program->log, &why);
    if (!program->settings)
        return fail_to_configure(program, &why);
    log_begin(program, program->settings->config.log_format, program->settings->config.log_level);
    int status = run(program);
    settings_release(program->settings);
    return status;
}

/* Under CGI there is no command line, whatever the web server made of the query string. */
static int arguments_read(struct options *options, int argc, char **argv, struct reason *why)
{
    *options = (struct options){.config = NULL};
    return gateway_interface_is_set() ? 0 : options_parse(options, argc, argv, why);
}

int main(int argc, char **argv)
{
    struct reason why;
    struct program program = {.clock = clock_system()};

    core_dump_forbid();
    if (arguments_read(&program.options, argc, argv, &why) < 0) {
        fprintf(stderr, "belfry-auth: %s\n", why.text);
        options_usage(stderr);
        return EXIT_WRONG_USE;
    }
    if (program.options.help) {
        options_usage(stdout);
        return EXIT_SUCCESS;
    }
    if (program.options.version) {
        puts("belfry-auth " PACKAGE_VERSION);
        return EXIT_SUCCESS;
    }
    return configure_and_run(&program);
}
