/* Short and long parameters, bodies and answers. */
#include "tests/unit/fcgi/pool_scene.h"

#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/intake.h"
#include "tests/unit/fcgi/echo_endpoint.h"
#include "tests/unit/fcgi/fcgi_records.h"

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
    struct pool_scene scene;
    char answer[4096];

    (void)state;
    pool_scene_start(&scene, 64, 2);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        int fd = pool_rig_connect(&scene.rig);
        body_send(fd, bodies[i].len, true);
        pool_rig_hear(fd, answer, sizeof(answer));
        if (!strstr(answer + 8, bodies[i].expected))
            fail_msg("no %s in %s", bodies[i].expected, answer + 8);
        close(fd);
    }
    pool_scene_stop(&scene);
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
    struct pool_scene scene;
    struct buf bytes;
    char answer[4096];

    (void)state;
    pool_scene_start(&scene, 64, 1);
    buf_init(&bytes, 2 * INTAKE_PARAMS_MAX);
    request_add_longest(&bytes);
    for (int i = 0; i < 3; i++) {
        int fd = pool_rig_connect(&scene.rig);
        assert_int_equal(send(fd, bytes.data, bytes.len, MSG_NOSIGNAL), bytes.len);
        pool_rig_hear(fd, answer, sizeof(answer));
        assert_non_null(strstr(answer + 8, "Status: 200 OK"));
        close(fd);
    }
    buf_release(&bytes);
    pool_scene_stop(&scene);
}

static void gives_answers_as_long_as_any_may_be(void **state)
{
    static char answer[2 * ENDPOINT_ANSWER_LIMIT];
    struct pool_scene scene;

    (void)state;
    pool_scene_start(&scene, 64, 1);
    for (int i = 0; i < 3; i++) {
        int fds[1];
        pool_rig_ask_many(&scene.rig, ECHO_LONG, fds, 1);
        size_t len = pool_rig_hear(fds[0], answer, sizeof(answer));
        assert_non_null(strstr(answer + 8, "Status: 200 OK"));
        assert_true(len > ENDPOINT_ANSWER_LIMIT - 1024);
        close(fds[0]);
    }
    pool_scene_stop(&scene);
}

/* Half an answer would be taken for a whole one, or hold the web server up. */
static void gives_nothing_of_an_answer_that_is_too_long(void **state)
{
    struct pool_scene scene;
    char answer[4096];
    int fds[1];

    (void)state;
    pool_scene_start(&scene, 64, 1);
    for (int i = 0; i < 2; i++) {
        pool_rig_ask_many(&scene.rig, ECHO_TOO_LONG, fds, 1);
        assert_int_equal(pool_rig_hear(fds[0], answer, sizeof(answer)), 0);
        close(fds[0]);
        assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    }
    char *log = pool_scene_logged(&scene);
    assert_non_null(strstr(log, "the answer is longer than 163840 bytes"));
    free(log);
    pool_scene_stop(&scene);
}

/* A thread keeps the memory of its answers. */
static void gives_nothing_of_an_earlier_answer(void **state)
{
    static char answer[2 * ENDPOINT_ANSWER_LIMIT];
    static const char *const cookies[] = {ECHO_LONG, COOKIE, NULL};
    struct pool_scene scene;
    int fds[1];
    size_t lens[3];

    (void)state;
    pool_scene_start(&scene, 64, 1);
    for (int round = 0; round < 2; round++)
        for (int i = 2; i >= 0; i--) {
            pool_rig_ask_many(&scene.rig, cookies[i], fds, 1);
            size_t len = pool_rig_hear(fds[0], answer, sizeof(answer));
            assert_true(round == 0 || len == lens[i]);
            lens[i] = len;
            close(fds[0]);
        }
    assert_true(lens[0] > lens[1] && lens[1] > lens[2]);
    pool_scene_stop(&scene);
}

/* Sends small bodies until one is answered with this status: the thread reads a little of each
 * connection in turn, so earlier data may not have been read yet. */
static void await_answer_to_body(const struct pool_scene *scene, const char *status)
{
    char answer[4096] = "";
    int64_t deadline = clock_steady_ms(&scene->system) + 8000;

    while (!strstr(answer + 8, status)) {
        if (clock_steady_ms(&scene->system) > deadline)
            fail_msg("no %s, but %s", status, answer + 8);
        int fd = pool_rig_connect(&scene->rig);
        body_send(fd, 1, true);
        pool_rig_hear(fd, answer, sizeof(answer));
        close(fd);
    }
}

/* With one thread, since each has its own memory for bodies. */
static void refuses_bodies_where_too_many_are_arriving(void **state)
{
    struct pool_scene scene;
    int arriving[32];

    (void)state;
    pool_scene_start(&scene, 64, 1);
    for (size_t i = 0; i < 32; i++) {
        arriving[i] = pool_rig_connect(&scene.rig);
        body_send(arriving[i], ECHO_BODY_MAX, false);
    }
    await_answer_to_body(&scene, "Status: 503");
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    for (size_t i = 0; i < 32; i++)
        close(arriving[i]);
    await_answer_to_body(&scene, "Status: 200");
    pool_scene_stop(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_bodies_up_to_their_limit),
        cmocka_unit_test(takes_parameters_as_long_as_any_may_be),
        cmocka_unit_test(gives_answers_as_long_as_any_may_be),
        cmocka_unit_test(gives_nothing_of_an_answer_that_is_too_long),
        cmocka_unit_test(gives_nothing_of_an_earlier_answer),
        cmocka_unit_test(refuses_bodies_where_too_many_are_arriving),
    };
    return cmocka_run_group_tests_name("pool_sizes", tests, NULL, NULL);
}
