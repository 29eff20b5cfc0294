#include "tests/unit/fcgi/pool_rig.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/intake.h"
#include "tests/unit/fcgi/echo_endpoint.h"
#include "tests/unit/fcgi/fcgi_records.h"

#define THREADS 2
#define COOKIE "a=1"
#define MANY 40
#define LOG_MAX 65536

struct scene {
    char *folder;
    char *log_path;
    int looks; /* an eventfd that counts how often the pool looks at the clock */
    struct clock system;
    struct clock clock; /* the system's, counted */
    struct log_sink sink;
    struct logger log;
    struct pool_rig rig;
};

static int64_t counted_steady(const struct clock *clock)
{
    const struct scene *scene = clock->context;
    const uint64_t one = 1;

    (void)!write(scene->looks, &one, sizeof(one));
    return clock_steady_ms(&scene->system);
}

static int64_t system_wall(const struct clock *clock)
{
    const struct scene *scene = clock->context;

    return clock_wall_ms(&scene->system);
}

static void await_looks_at_the_clock(const struct scene *scene, uint64_t wanted)
{
    struct pollfd looks = {.fd = scene->looks, .events = POLLIN};
    uint64_t seen = 0, more = 0;

    assert_true(read(scene->looks, &more, sizeof(more)) == sizeof(more));
    while (seen < wanted) {
        assert_int_equal(poll(&looks, 1, 10000), 1);
        assert_true(read(scene->looks, &more, sizeof(more)) == sizeof(more));
        seen += more;
    }
}

static struct program_settings *settings_of(const struct scene *scene, const char *ini)
{
    struct reason why;
    char *path = path_in(scene->folder, "belfry.conf");

    file_write(path, ini, strlen(ini));
    struct program_settings *settings =
        program_settings_load(&echo_endpoint, path, &scene->log, &why);
    assert_non_null(settings);
    free(path);
    return settings;
}

static void start(struct scene *scene, size_t max_connections, int64_t threads)
{
    scene->folder = folder_new();
    scene->log_path = path_in(scene->folder, "log");
    scene->looks = eventfd(0, EFD_CLOEXEC);
    scene->system = clock_system();
    scene->clock = (struct clock){system_wall, counted_steady, scene};
    int fd = open(scene->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    log_sink_init(&scene->sink, fd, LOG_TEXT, LOG_DEBUG, &scene->clock, "belfry-echo");
    scene->log = logger_root(&scene->sink);
    const struct pool_options options = {
        .threads = threads,
        .max_connections = max_connections,
        .clock = &scene->clock,
        .log = &scene->log,
    };
    pool_rig_start(&scene->rig, scene->folder, options, settings_of(scene, ""));
}

static void stop(struct scene *scene)
{
    pool_rig_stop(&scene->rig);
    close(scene->sink.fd);
    close(scene->looks);
    folder_remove(scene->folder);
    free(scene->log_path);
    free(scene->folder);
}

static char *file_text(const char *path)
{
    char *text = calloc(1, LOG_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(read(fd, text, LOG_MAX - 1) >= 0);
    close(fd);
    return text;
}

static void serves_requests(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, 64, THREADS);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
        assert_int_equal(pool_rig_ask(&scene.rig, NULL), 401);
    }
    int kept = pool_rig_connect(&scene.rig);
    for (int i = 0; i < 50; i++)
        assert_int_equal(pool_rig_ask_over(kept, true, COOKIE), 200);
    close(kept);
    stop(&scene);
}

static void serves_others_while_many_are_slow(void **state)
{
    struct scene scene;
    int slow[128];

    (void)state;
    start(&scene, 128, THREADS);
    for (size_t i = 0; i < 128; i++) {
        slow[i] = pool_rig_connect(&scene.rig);
        if (i % 2)
            assert_int_equal(send(slow[i], "\x01\x01\x00\x01\x00\x08", 6, MSG_NOSIGNAL), 6);
    }
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    for (size_t i = 0; i < 128; i++)
        close(slow[i]);
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    stop(&scene);
}

static void lets_the_oldest_go_where_there_are_too_many(void **state)
{
    struct scene scene;
    int silent[40];

    (void)state;
    start(&scene, 8, THREADS);
    for (size_t i = 0; i < 40; i++)
        silent[i] = pool_rig_connect(&scene.rig);
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    char byte;
    assert_int_equal(recv(silent[0], &byte, 1, 0), 0);
    for (size_t i = 0; i < 40; i++)
        close(silent[i]);
    stop(&scene);
}

/* With one worker, since otherwise it is random which one accepts a connection. */
static void keeps_who_is_served_where_others_are_silent(void **state)
{
    struct scene scene;
    int served[3], silent[40];

    (void)state;
    start(&scene, 8, 1);
    for (size_t i = 0; i < 3; i++) {
        served[i] = pool_rig_connect(&scene.rig);
        assert_int_equal(pool_rig_ask_over(served[i], true, COOKIE), 200);
    }
    for (size_t i = 0; i < 40; i++)
        silent[i] = pool_rig_connect(&scene.rig);
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pool_rig_ask_over(served[i], true, COOKIE), 200);
    for (size_t i = 0; i < 40; i++)
        close(silent[i]);
    for (size_t i = 0; i < 3; i++)
        close(served[i]);
    stop(&scene);
}

static void lets_who_asked_the_longest_ago_go_where_all_have(void **state)
{
    struct scene scene;
    int kept[9];
    char byte;

    (void)state;
    start(&scene, 8, 1);
    for (size_t i = 0; i < 8; i++) {
        kept[i] = pool_rig_connect(&scene.rig);
        assert_int_equal(pool_rig_ask_over(kept[i], true, COOKIE), 200);
    }
    assert_int_equal(pool_rig_ask_over(kept[0], true, COOKIE), 200);
    kept[8] = pool_rig_connect(&scene.rig);
    assert_int_equal(pool_rig_ask_over(kept[8], true, COOKIE), 200);
    assert_int_equal(recv(kept[1], &byte, 1, 0), 0);
    assert_int_equal(pool_rig_ask_over(kept[0], true, COOKIE), 200);
    for (size_t i = 0; i < 9; i++)
        close(kept[i]);
    stop(&scene);
}

static void survives_web_servers_that_go_away(void **state)
{
    struct scene scene;
    const struct linger reset = {1, 0};
    struct buf bytes;

    (void)state;
    start(&scene, 64, THREADS);
    buf_init(&bytes, 65536);
    request_add(&bytes, 1, true, COOKIE);
    for (size_t len = 0; len <= bytes.len; len++) {
        int fd = pool_rig_connect(&scene.rig);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        assert_int_equal(send(fd, bytes.data, len, MSG_NOSIGNAL), len);
        close(fd);
    }
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    buf_release(&bytes);
    stop(&scene);
}

/* Reads the response to a request over the connection, up to its end. Returns its length. */
static size_t hear(int fd, char *answer, size_t size)
{
    size_t len = 0;
    ssize_t got;

    while ((got = recv(fd, answer + len, size - 1 - len, 0)) > 0)
        len += (size_t)got;
    answer[len] = '\0';
    return len;
}

static void takes_new_settings_between_two_requests(void **state)
{
    struct scene scene;
    char answer[4096];
    int fds[1];

    (void)state;
    start(&scene, 64, THREADS);
    int kept = pool_rig_connect(&scene.rig);
    assert_int_equal(pool_rig_ask_over(kept, true, COOKIE), 200);
    pool_change(scene.rig.pool, settings_of(&scene, "[auth]\nsubject = email\n"));
    pool_rig_ask_many(&scene.rig, COOKIE, fds, 1);
    hear(fds[0], answer, sizeof(answer));
    assert_non_null(strstr(answer + 8, "\"subject\":\"email\""));
    assert_int_equal(pool_rig_ask_over(kept, true, COOKIE), 200);
    close(fds[0]);
    close(kept);
    stop(&scene);
}

static void answers_what_was_asked_before_the_end(void **state)
{
    struct scene scene;
    struct buf bytes;
    char answer[64] = "";

    (void)state;
    start(&scene, 64, THREADS);
    int half = pool_rig_connect(&scene.rig);
    buf_init(&bytes, 65536);
    request_add(&bytes, 1, true, COOKIE);
    assert_int_equal(send(half, bytes.data, 20, MSG_NOSIGNAL), 20);
    int idle = pool_rig_connect(&scene.rig);
    assert_int_equal(pool_rig_ask_over(idle, true, COOKIE), 200);
    pool_close(scene.rig.pool);
    char rest[8192];
    while (recv(idle, rest, sizeof(rest), 0) > 0)
        continue;
    assert_int_equal(send(half, bytes.data + 20, bytes.len - 20, MSG_NOSIGNAL), bytes.len - 20);
    assert_true(recv(half, answer, sizeof(answer) - 1, 0) > 16);
    assert_memory_equal(answer + 8, "Status: 200", 11);
    close(half);
    close(idle);
    buf_release(&bytes);
    stop(&scene);
}

/* A web server connects first and sends its request then: in between, a request is under way. */
static void answers_whoever_had_connected_before_the_end(void **state)
{
    struct scene scene;
    int fresh[16];
    char byte;

    (void)state;
    start(&scene, 64, THREADS);
    for (size_t i = 0; i < 16; i++)
        fresh[i] = pool_rig_connect(&scene.rig);
    int idle = pool_rig_connect(&scene.rig);
    assert_int_equal(pool_rig_ask_over(idle, true, COOKIE), 200);
    pool_close(scene.rig.pool);
    while (recv(idle, &byte, 1, 0) > 0)
        continue;
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(pool_rig_ask_over(fresh[i], true, COOKIE), 200);
        close(fresh[i]);
    }
    close(idle);
    stop(&scene);
}

static void waits_where_descriptors_run_out(void **state)
{
    struct scene scene;
    struct rlimit before, tight;
    int spare[256];
    size_t count = 0;

    (void)state;
    start(&scene, 64, THREADS);
    int waiting = pool_rig_connect(&scene.rig);
    assert_int_equal(pool_rig_ask_over(waiting, true, COOKIE), 200);
    close(waiting);
    int caller = pool_rig_connect(&scene.rig);
    getrlimit(RLIMIT_NOFILE, &before);
    tight = before;
    tight.rlim_cur = 100;
    setrlimit(RLIMIT_NOFILE, &tight);
    while (count < 256 && (spare[count] = dup(0)) >= 0)
        count++;
    close(spare[--count]);
    int first = pool_rig_connect(&scene.rig);
    /* Each thread reads the clock when it retries: several retries share one log line. */
    await_looks_at_the_clock(&scene, 20);
    while (count > 0)
        close(spare[--count]);
    close(caller);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(pool_rig_ask_over(first, false, COOKIE), 200);
    close(first);
    char *logged = file_text(scene.log_path);
    char *line = strstr(logged, "no connection can be taken");
    assert_non_null(line);
    assert_null(strstr(line + 1, "no connection can be taken"));
    free(logged);
    stop(&scene);
}

/* A POST with a body of that many bytes, or the beginning of one. */
static void body_send(int fd, size_t len, bool complete)
{
    struct buf request, params;
    char piece[32768];

    memset(piece, 'x', sizeof(piece));
    buf_init(&params, 1024);
    param_add(&params, "REQUEST_METHOD", "POST");
    param_add(&params, "HTTP_COOKIE", COOKIE);
    buf_init(&request, 2 * ECHO_BODY_MAX);
    record_begin(&request, 1, false);
    record_add(&request, FCGI_PARAMS, 1, params.data, params.len);
    record_add(&request, FCGI_PARAMS, 1, "", 0);
    for (size_t part; len > 0; len -= part) {
        part = len < sizeof(piece) ? len : sizeof(piece);
        record_add(&request, FCGI_STDIN, 1, piece, part);
    }
    if (complete)
        record_add(&request, FCGI_STDIN, 1, "", 0);
    (void)!send(fd, request.data, request.len, MSG_NOSIGNAL);
    buf_release(&request);
    buf_release(&params);
}

static void reads_bodies_up_to_their_limit(void **state)
{
    static const struct {
        size_t len;
        const char *expected;
    } bodies[] = {
        {0, "\"length\":0,\"first\":\"\",\"last\":\"\",\"by\":\"fastcgi\""},
        {1, "\"length\":1,\"first\":\"x\",\"last\":\"x\""},
        {ECHO_BODY_MAX, "\"length\":1048576,\"first\":\"x\",\"last\":\"x\""},
        {ECHO_BODY_MAX + 1, "Status: 413 Content Too Large"},
    };
    struct scene scene;
    char answer[4096];

    (void)state;
    start(&scene, 64, THREADS);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        int fd = pool_rig_connect(&scene.rig);
        body_send(fd, bodies[i].len, true);
        hear(fd, answer, sizeof(answer));
        if (!strstr(answer + 8, bodies[i].expected))
            fail_msg("no %s in %s", bodies[i].expected, answer + 8);
        close(fd);
    }
    stop(&scene);
}

static void request_add_longest(struct buf *bytes)
{
    static char filler[INTAKE_PARAMS_MAX];
    struct buf params;

    buf_init(&params, INTAKE_PARAMS_MAX);
    param_add(&params, "REQUEST_METHOD", "GET");
    param_add(&params, "HTTP_COOKIE", COOKIE);
    memset(filler, 'x', INTAKE_PARAMS_MAX - params.len - 5 - strlen("FILLER"));
    param_add(&params, "FILLER", filler);
    assert_int_equal(params.len, INTAKE_PARAMS_MAX);
    record_begin(bytes, 1, false);
    record_add(bytes, FCGI_PARAMS, 1, params.data, params.len);
    record_add(bytes, FCGI_PARAMS, 1, "", 0);
    record_add(bytes, FCGI_STDIN, 1, "", 0);
    buf_release(&params);
}

static void takes_parameters_as_long_as_any_may_be(void **state)
{
    struct scene scene;
    struct buf bytes;
    char answer[4096];

    (void)state;
    start(&scene, 64, 1);
    buf_init(&bytes, 2 * INTAKE_PARAMS_MAX);
    request_add_longest(&bytes);
    for (int i = 0; i < 3; i++) {
        int fd = pool_rig_connect(&scene.rig);
        assert_int_equal(send(fd, bytes.data, bytes.len, MSG_NOSIGNAL), bytes.len);
        hear(fd, answer, sizeof(answer));
        assert_non_null(strstr(answer + 8, "Status: 200 OK"));
        close(fd);
    }
    buf_release(&bytes);
    stop(&scene);
}

static void gives_answers_as_long_as_any_may_be(void **state)
{
    static char answer[2 * ENDPOINT_ANSWER_LIMIT];
    struct scene scene;

    (void)state;
    start(&scene, 64, 1);
    for (int i = 0; i < 3; i++) {
        int fds[1];
        pool_rig_ask_many(&scene.rig, ECHO_LONG, fds, 1);
        size_t len = hear(fds[0], answer, sizeof(answer));
        assert_non_null(strstr(answer + 8, "Status: 200 OK"));
        assert_true(len > ENDPOINT_ANSWER_LIMIT - 1024);
        close(fds[0]);
    }
    stop(&scene);
}

/* Half an answer would be taken for a whole one, or hold the web server up. */
static void gives_nothing_of_an_answer_that_is_too_long(void **state)
{
    struct scene scene;
    char answer[4096];
    int fds[1];

    (void)state;
    start(&scene, 64, 1);
    for (int i = 0; i < 2; i++) {
        pool_rig_ask_many(&scene.rig, ECHO_TOO_LONG, fds, 1);
        assert_int_equal(hear(fds[0], answer, sizeof(answer)), 0);
        close(fds[0]);
        assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    }
    char *log = file_text(scene.log_path);
    assert_non_null(strstr(log, "the answer is longer than 163840 bytes"));
    free(log);
    stop(&scene);
}

/* A thread keeps the memory of its answers. */
static void gives_nothing_of_an_earlier_answer(void **state)
{
    static char answer[2 * ENDPOINT_ANSWER_LIMIT];
    static const char *const cookies[] = {ECHO_LONG, COOKIE, NULL};
    struct scene scene;
    int fds[1];
    size_t lens[3];

    (void)state;
    start(&scene, 64, 1);
    for (int round = 0; round < 2; round++)
        for (int i = 2; i >= 0; i--) {
            pool_rig_ask_many(&scene.rig, cookies[i], fds, 1);
            size_t len = hear(fds[0], answer, sizeof(answer));
            assert_true(round == 0 || len == lens[i]);
            lens[i] = len;
            close(fds[0]);
        }
    assert_true(lens[0] > lens[1] && lens[1] > lens[2]);
    stop(&scene);
}

/* Sends small bodies until one is answered with this status: the thread reads a little of each
 * connection in turn, so earlier data may not have been read yet. */
static void await_answer_to_body(const struct scene *scene, const char *status)
{
    char answer[4096] = "";
    int64_t deadline = clock_steady_ms(&scene->system) + 8000;

    while (!strstr(answer + 8, status)) {
        if (clock_steady_ms(&scene->system) > deadline)
            fail_msg("no %s, but %s", status, answer + 8);
        int fd = pool_rig_connect(&scene->rig);
        body_send(fd, 1, true);
        hear(fd, answer, sizeof(answer));
        close(fd);
    }
}

/* With one thread, since each has its own memory for bodies. */
static void refuses_bodies_where_too_many_are_arriving(void **state)
{
    struct scene scene;
    int arriving[32];

    (void)state;
    start(&scene, 64, 1);
    for (size_t i = 0; i < 32; i++) {
        arriving[i] = pool_rig_connect(&scene.rig);
        body_send(arriving[i], ECHO_BODY_MAX, false);
    }
    await_answer_to_body(&scene, "Status: 503");
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    for (size_t i = 0; i < 32; i++)
        close(arriving[i]);
    await_answer_to_body(&scene, "Status: 200");
    stop(&scene);
}

static int64_t steady(const struct scene *scene)
{
    return clock_steady_ms(&scene->clock);
}

static void makes_nobody_wait_but_once_for_what_cannot_be_had(void **state)
{
    struct scene scene;
    int fds[MANY];

    (void)state;
    start(&scene, 64, THREADS);
    atomic_store(&echo_is_busy, true);
    int64_t begun = steady(&scene);
    pool_rig_ask_many(&scene.rig, COOKIE, fds, MANY);
    for (int i = 0; i < 10; i++)
        assert_int_equal(pool_rig_ask(&scene.rig, NULL), 401);
    assert_true(steady(&scene) - begun < 1900);
    pool_rig_hear_many(fds, MANY, 503);
    int64_t over = steady(&scene);
    assert_true(over - begun >= 2000 && over - begun < 4000);
    for (int i = 0; i < 10; i++)
        assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 503);
    assert_true(steady(&scene) - over < 1900);
    atomic_store(&echo_is_busy, false);
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    atomic_store(&echo_is_busy, true);
    pool_rig_ask_many(&scene.rig, COOKIE, fds, MANY);
    assert_int_equal(pool_rig_ask(&scene.rig, NULL), 401);
    atomic_store(&echo_is_busy, false);
    pool_rig_hear_many(fds, MANY, 200);
    stop(&scene);
}

static void forgets_web_servers_that_give_up_while_they_wait(void **state)
{
    struct scene scene;
    int fds[MANY];

    (void)state;
    start(&scene, 64, THREADS);
    atomic_store(&echo_is_busy, true);
    pool_rig_ask_many(&scene.rig, COOKIE, fds, MANY);
    assert_int_equal(pool_rig_ask(&scene.rig, NULL), 401);
    for (size_t i = 0; i < MANY; i++)
        close(fds[i]);
    assert_int_equal(pool_rig_ask(&scene.rig, NULL), 401);
    atomic_store(&echo_is_busy, false);
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    atomic_store(&echo_is_busy, true);
    pool_rig_ask_many(&scene.rig, COOKIE, fds, 4);
    stop(&scene);
    pool_rig_hear_many(fds, 4, 503);
    atomic_store(&echo_is_busy, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_requests),
        cmocka_unit_test(serves_others_while_many_are_slow),
        cmocka_unit_test(lets_the_oldest_go_where_there_are_too_many),
        cmocka_unit_test(keeps_who_is_served_where_others_are_silent),
        cmocka_unit_test(lets_who_asked_the_longest_ago_go_where_all_have),
        cmocka_unit_test(survives_web_servers_that_go_away),
        cmocka_unit_test(takes_new_settings_between_two_requests),
        cmocka_unit_test(answers_what_was_asked_before_the_end),
        cmocka_unit_test(answers_whoever_had_connected_before_the_end),
        cmocka_unit_test(waits_where_descriptors_run_out),
        cmocka_unit_test(reads_bodies_up_to_their_limit),
        cmocka_unit_test(takes_parameters_as_long_as_any_may_be),
        cmocka_unit_test(gives_answers_as_long_as_any_may_be),
        cmocka_unit_test(gives_nothing_of_an_answer_that_is_too_long),
        cmocka_unit_test(gives_nothing_of_an_earlier_answer),
        cmocka_unit_test(refuses_bodies_where_too_many_are_arriving),
        cmocka_unit_test(makes_nobody_wait_but_once_for_what_cannot_be_had),
        cmocka_unit_test(forgets_web_servers_that_give_up_while_they_wait),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
