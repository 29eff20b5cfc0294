#include "fcgi/program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/core_dump.h"
#include "common/gateway_interface.h"
#include "common/version.h"
#include "fcgi/cgi.h"
#include "fcgi/fastcgi.h"
#include "fcgi/program_check.h"
#include "fcgi/program_options.h"
#include "fcgi/program_sandbox.h"

enum { EXIT_WRONG_USE = 2 };

struct program {
    const struct endpoint_kind *kind;
    struct program_options options;
    struct clock clock;
    struct log_sink sink;
    struct logger log;
    struct program_settings *settings;
};

static int exit_status(int result)
{
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int serve(struct program *program, struct server_socket *socket)
{
    struct reason why;
    const struct endpoint_service service = program->kind->service(&program->settings->config);
    const struct fastcgi fastcgi = {
        .socket = socket,
        .settings = program_settings_share(program->settings),
        .config_path = program->options.config,
        .threads = program->options.threads ? program->options.threads : service.threads,
        .clock = &program->clock,
        .log = &program->log,
        .sink = &program->sink,
        .in_force = &program->settings->config,
    };

    program_check_log(program->settings, &program->clock, &program->log);
    program_sandbox_enter(program->settings, socket, &program->log);
    int result = fastcgi_serve(&fastcgi, &why);
    if (result < 0)
        log_error(&program->log, "%s", why.text);
    server_socket_close(socket);
    return exit_status(result);
}

static int listen_and_serve(struct program *program, const char *path, const char *group)
{
    struct server_socket socket;
    struct reason why;

    if (server_socket_open(&socket, path, group, &why) == 0)
        return serve(program, &socket);
    log_error(&program->log, "%s", why.text);
    return EXIT_FAILURE;
}

static int explain_use(struct program *program)
{
    log_error(&program->log,
        "there is nothing to serve: descriptor 0 is not a listening socket (FastCGI), and there is "
        "no REQUEST_METHOD in the environment (CGI). Let a web server start this program, or give "
        "it --socket PATH, or set socket under [%s]; --check shows what would be used",
        program->kind->section);
    return EXIT_WRONG_USE;
}

static int run(struct program *program)
{
    struct server_socket socket;
    struct reason why;
    const struct endpoint_service service = program->kind->service(&program->settings->config);

    if (program->options.check)
        return exit_status(program_check_print(program->settings, &program->clock, &program->log));
    if (program->options.socket)
        return listen_and_serve(program, program->options.socket, service.socket_group);
    int inherited = server_socket_inherit(&socket, &why);
    if (inherited > 0)
        return serve(program, &socket);
    if (inherited < 0) {
        log_error(&program->log, "%s", why.text);
        return EXIT_FAILURE;
    }
    if (gateway_interface_is_set())
        return exit_status(
            cgi_serve(program->kind, program->settings, &program->clock, &program->log));
    return *service.socket ? listen_and_serve(program, service.socket, service.socket_group)
                           : explain_use(program);
}

static void log_begin(struct program *program, enum log_format format, enum log_level level)
{
    log_sink_init(
        &program->sink, STDERR_FILENO, format, level, &program->clock, program->kind->program);
    program->log = logger_root(&program->sink);
}

/* Under CGI, a wrong configuration is answered as well, since a visitor waits. */
static int configure_and_run(struct program *program)
{
    struct reason why;

    log_begin(program, LOG_TEXT, LOG_INFO);
    program->settings =
        program_settings_load(program->kind, program->options.config, &program->log, &why);
    if (!program->settings) {
        log_error(&program->log, "%s", why.text);
        if (gateway_interface_is_set())
            (void)cgi_serve(program->kind, NULL, &program->clock, &program->log);
        return EXIT_WRONG_USE;
    }
    const struct config *config = &program->settings->config;
    log_begin(program, config->log_format, config->log_level);
    int status = run(program);
    program_settings_release(program->settings);
    return status;
}

/* Under CGI there is no command line, whatever the web server made of the query string. */
static int arguments_read(
    struct program_options *options, int argc, char **argv, struct reason *why)
{
    *options = (struct program_options){.config = NULL};
    return gateway_interface_is_set() ? 0 : program_options_parse(options, argc, argv, why);
}

int program_main(const struct endpoint_kind *kind, int argc, char **argv)
{
    struct reason why;
    struct program program = {.kind = kind, .clock = clock_system()};

    core_dump_forbid();
    signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error like a full disk */
    if (arguments_read(&program.options, argc, argv, &why) < 0) {
        fprintf(stderr, "%s: %s\n", kind->program, why.text);
        program_options_usage(kind->program, kind->purpose, stderr);
        return EXIT_WRONG_USE;
    }
    if (program.options.help) {
        program_options_usage(kind->program, kind->purpose, stdout);
        return EXIT_SUCCESS;
    }
    if (program.options.version) {
        printf("%s %s\n", kind->program, version_text);
        return EXIT_SUCCESS;
    }
    return configure_and_run(&program);
}
