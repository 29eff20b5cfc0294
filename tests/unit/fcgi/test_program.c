/* All of fcgi/: a program that contains nothing of belfry-auth. */
#include "tests/unit/files.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fcgi/program.h"
#include "tests/unit/fcgi/echo_endpoint.h"
#include "tests/unit/fcgi/pool_rig.h"

#define OUTPUT_MAX 65536
#define DEADLINE 10000

static char *folder;
static char *config;

static int set_up(void **state)
{
    (void)state;
    folder = folder_new();
    config = path_in(folder, "belfry.conf");
    file_write(config, "", 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    free(config);
    free(folder);
    return 0;
}

/* A process that runs program_main. */
struct child {
    pid_t pid;
    int in, out, err; /* this test's ends of its standard streams */
};

/* `environment` is "NAME=value" each; `arguments` follow the program's name. Both end with NULL. */
static struct child child_start(const char *const *environment, const char *const *arguments)
{
    int in[2], out[2], err[2];
    char *argv[8] = {(char *)"belfry-echo"};
    int argc = 1;

    assert_int_equal(pipe(in) | pipe(out) | pipe(err), 0);
    fflush(stdout);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0) {
        close(in[0]);
        close(out[1]);
        close(err[1]);
        return (struct child){pid, in[1], out[0], err[0]};
    }
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    close(in[1]);
    close(out[0]);
    close(err[0]);
    for (; *environment; environment++)
        putenv((char *)*environment);
    for (; *arguments; arguments++)
        argv[argc++] = (char *)*arguments;
    int status = program_main(&echo_endpoint, argc, argv);
    fflush(stdout);
    _exit(status);
}

/* Reads up to the end of file, or up to `text`. */
static void read_to(int fd, const char *text, char *output)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    size_t len = 0;
    ssize_t got = 1;

    output[0] = '\0';
    while (got > 0 && !(text && strstr(output, text))) {
        assert_int_equal(poll(&ready, 1, DEADLINE), 1);
        got = read(fd, output + len, OUTPUT_MAX - 1 - len);
        len += got > 0 ? (size_t)got : 0;
        output[len] = '\0';
    }
    if (text && !strstr(output, text))
        fail_msg("no \"%s\" in: %s", text, output);
}

/* Waits for it; returns its exit status. */
static int child_end(struct child *child)
{
    int status = 0;

    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    close(child->out);
    close(child->err);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static char output[OUTPUT_MAX];
static char errors[OUTPUT_MAX];

/* Runs it until it exits, with this on standard input. Returns the exit status. */
static int run(const char *const *environment, const char *const *arguments, const char *input)
{
    struct child child = child_start(environment, arguments);

    assert_int_equal(write(child.in, input, strlen(input)), strlen(input));
    close(child.in);
    read_to(child.out, NULL, output);
    read_to(child.err, NULL, errors);
    return child_end(&child);
}

static const char *const none[] = {NULL};

static void has(const char *text, const char *expected)
{
    if (!strstr(text, expected))
        fail_msg("no \"%s\" in: %s", expected, text);
}

static char *belfry_config(void)
{
    static char variable[512];

    snprintf(variable, sizeof(variable), "BELFRY_CONFIG=%s", config);
    return variable;
}

static void answers_a_post_by_cgi(void **state)
{
    const char *const post[] = {belfry_config(), "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=POST",
        "HTTP_COOKIE=a=1", "CONTENT_LENGTH=5", NULL};

    (void)state;
    assert_int_equal(run(post, none, "hello"), 0);
    has(output, "Status: 200 OK\r\n");
    has(output,
        "\"method\":\"POST\",\"subject\":\"id\",\"length\":5,\"first\":\"h\",\"last\":\"o\"");
    has(output, "\"by\":\"cgi\"");
}

static void refuses_a_body_by_cgi_that_is_not_as_announced(void **state)
{
    const char *const longer[] = {
        belfry_config(), "REQUEST_METHOD=POST", "HTTP_COOKIE=a=1", "CONTENT_LENGTH=1048577", NULL};
    const char *const cut[] = {
        belfry_config(), "REQUEST_METHOD=POST", "HTTP_COOKIE=a=1", "CONTENT_LENGTH=6", NULL};

    (void)state;
    assert_int_equal(run(longer, none, "hello"), 0);
    has(output, "Status: 413 Content Too Large\r\n");
    assert_int_equal(run(cut, none, "hello"), 0);
    has(output, "Status: 400 Bad Request\r\n");
    has(errors, "announces 6 bytes, but 5 came");
}

/* Some web servers pass a query string as arguments. */
static void takes_no_arguments_under_cgi(void **state)
{
    const char *const get[] = {belfry_config(), "REQUEST_METHOD=GET", "HTTP_COOKIE=a=1", NULL};
    const char *const arguments[] = {"--check", "--nonsense", NULL};

    (void)state;
    assert_int_equal(run(get, arguments, ""), 0);
    has(output, "Status: 200 OK\r\n");
}

static void answers_by_cgi_even_where_the_configuration_is_wrong(void **state)
{
    const char *const get[] = {belfry_config(), "REQUEST_METHOD=GET", NULL};

    (void)state;
    file_write(config, "[auth]\nsession_cookie = wrong\n", 30);
    assert_int_equal(run(get, none, ""), 2);
    has(output, "Status: 500 Internal Server Error\r\n");
    has(errors, "belfry.conf: session_cookie: this one is wrong");
}

static void says_what_it_is_and_how_to_use_it(void **state)
{
    const char *const help[] = {"--help", NULL};
    const char *const version[] = {"--version", NULL};
    const char *const wrong[] = {"--nonsense", NULL};

    (void)state;
    assert_int_equal(run(none, help, ""), 0);
    has(output, "usage: belfry-echo [--config FILE]");
    has(output, "An endpoint for tests.");
    assert_int_equal(run(none, version, ""), 0);
    has(output, "belfry-echo ");
    assert_int_equal(run(none, wrong, ""), 2);
    has(errors, "belfry-echo: --nonsense is not an option of this program\n");
}

static void checks_what_is_configured(void **state)
{
    const char *const check[] = {"--config", config, "--check", NULL};

    (void)state;
    run(none, check, "");
    has(output, "auth.threads = 4");
    has(output, "echo of subject id\n");
}

static void says_why_it_has_nothing_to_do(void **state)
{
    const char *const arguments[] = {"--config", config, NULL};

    (void)state;
    assert_int_equal(run(none, arguments, ""), 2);
    has(errors, "there is nothing to serve");
    has(errors, "set socket under [auth]");
}

static void serves_by_fastcgi_until_a_signal_ends_it(void **state)
{
    struct pool_rig rig = {.path = path_in(folder, "echo.sock")};
    const char *const arguments[] = {"--config", config, "--socket", rig.path, NULL};

    (void)state;
    struct child child = child_start(none, arguments);
    read_to(child.err, "listening on ", errors);
    has(errors, "echo of subject id\n");
    assert_int_equal(pool_rig_ask(&rig, "a=1"), 200);
    assert_int_equal(pool_rig_ask(&rig, NULL), 401);

    file_write(config, "[auth]\nsession_cookie = wrong\n", 30);
    kill(child.pid, SIGHUP);
    read_to(child.err, "SIGHUP: the previous configuration stays in use: ", errors);
    assert_int_equal(pool_rig_ask(&rig, "a=1"), 200);

    file_write(config, "[auth]\nsubject = email\n", 23);
    kill(child.pid, SIGHUP);
    read_to(child.err, "SIGHUP: configuration read again, subject email", errors);

    int kept = pool_rig_connect(&rig);
    assert_int_equal(pool_rig_ask_over(kept, true, "a=1"), 200);
    kill(child.pid, SIGTERM);
    close(child.in);
    assert_int_equal(child_end(&child), 0);
    close(kept);
    assert_int_equal(access(rig.path, F_OK), -1);
    free(rig.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_a_post_by_cgi, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            refuses_a_body_by_cgi_that_is_not_as_announced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_no_arguments_under_cgi, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            answers_by_cgi_even_where_the_configuration_is_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_what_it_is_and_how_to_use_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(checks_what_is_configured, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_why_it_has_nothing_to_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            serves_by_fastcgi_until_a_signal_ends_it, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
