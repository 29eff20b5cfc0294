#include "tests/unit/files.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "fcgi/endpoint.h"
#include "fcgi/response.h"
#include "fcgi/upstream.h"
#include "tests/unit/fcgi/fcgi_records.h"

#define PATIENCE 2000

struct scene {
    struct clock clock;
    struct log_sink sink;
    struct logger log;
    int server; /* the web server's end */
    struct upstream *upstream;
    struct intake_bodies bodies;
    struct upstream_handler handler;
    struct log_pace pace;
    bool is_busy; /* answers have to wait */
    int asked;
    bool demanded; /* the last time */
    int answered;
    size_t answer_len;
    struct buf sent;
    struct buf got;
};

static enum upstream_answer answer(
    void *context, const struct intake *intake, bool demanded, struct buf *records)
{
    struct scene *scene = context;
    struct buf text;

    scene->asked++;
    scene->demanded = demanded;
    if (scene->is_busy && !demanded)
        return UPSTREAM_LATER;
    scene->answered++;
    buf_init(&text, 65535);
    for (size_t i = 0; i < scene->answer_len; i++)
        buf_add_char(&text, 'x');
    intake_add_answer(records, intake->id, &text);
    buf_release(&text);
    return 0;
}

static void refuse(int status, bool head, struct buf *out)
{
    response_begin(out, status);
    response_end(out, "{}", head);
}

static int set_up(void **state)
{
    static struct scene scene;
    int sockets[2];

    scene = (struct scene){.answer_len = 5};
    scene.clock = clock_system();
    log_sink_init(&scene.sink, open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_TEXT, LOG_INFO,
        &scene.clock, "test");
    scene.log = logger_root(&scene.sink);
    scene.bodies.body_max = 65536;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets), 0);
    scene.server = sockets[0];
    scene.handler =
        (struct upstream_handler){answer, refuse, &scene, &scene.bodies, PATIENCE, &scene.pace};
    scene.pace.each = 1;
    scene.upstream = upstream_new(sockets[1], &scene.handler, &scene.log, 0);
    buf_init(&scene.sent, 4 * 1024 * 1024);
    buf_init(&scene.got, 4 * 1024 * 1024);
    *state = &scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    upstream_free(scene->upstream);
    if (scene->server >= 0)
        close(scene->server);
    buf_release(&scene->sent);
    buf_release(&scene->got);
    close(scene->sink.fd);
    return 0;
}

static void say(struct scene *scene)
{
    assert_int_equal(
        send(scene->server, scene->sent.data, scene->sent.len, MSG_NOSIGNAL), scene->sent.len);
    buf_clear(&scene->sent);
}

/* Reads what is there; true at the end of file. */
static bool hear(struct scene *scene)
{
    char octets[4096];
    ssize_t got;

    while ((got = recv(scene->server, octets, sizeof(octets), 0)) > 0)
        buf_add(&scene->got, octets, (size_t)got);
    return got == 0;
}

static void answers_a_request_and_is_done(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(upstream_step(scene->upstream, 0), UPSTREAM_READ);
    request_add(&scene->sent, 1, false, NULL);
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 0), UPSTREAM_DONE);
    assert_int_equal(scene->answered, 1);
    assert_false(hear(scene));
    assert_memory_equal(scene->got.data + 8, "xxxxx", 5);
    assert_int_equal(scene->got.len, 8 + 5 + 8 + 16);
}

static void answers_whoever_has_stopped_writing(void **state)
{
    struct scene *scene = *state;

    request_add(&scene->sent, 1, false, NULL);
    say(scene);
    shutdown(scene->server, SHUT_WR);
    assert_int_equal(upstream_step(scene->upstream, 0), UPSTREAM_DONE);
    hear(scene);
    assert_int_equal(scene->got.len, 8 + 5 + 8 + 16);
}

static void stays_where_that_was_asked(void **state)
{
    struct scene *scene = *state;

    for (int i = 1; i <= 3; i++) {
        request_add(&scene->sent, (uint16_t)i, true, NULL);
        say(scene);
        assert_int_equal(upstream_step(scene->upstream, i), UPSTREAM_READ);
        assert_int_equal(scene->answered, i);
        assert_true(upstream_is_idle(scene->upstream));
        assert_int_equal(upstream_deadline(scene->upstream), i + UPSTREAM_IDLE_TIMEOUT);
    }
    upstream_stop(scene->upstream, 100);
    assert_int_equal(upstream_deadline(scene->upstream), 100);
    request_add(&scene->sent, 4, true, NULL);
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 50), UPSTREAM_DONE);
    assert_int_equal(scene->answered, 4);
}

static void takes_several_requests_at_once(void **state)
{
    struct scene *scene = *state;

    for (int i = 1; i <= 3; i++)
        request_add(&scene->sent, (uint16_t)i, true, NULL);
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 0), UPSTREAM_READ);
    assert_int_equal(scene->answered, 3);
}

/* For example, the session store is locked. */
static void asks_again_for_an_answer_that_has_to_wait(void **state)
{
    struct scene *scene = *state;

    scene->is_busy = true;
    for (int i = 1; i <= 3; i++)
        request_add(&scene->sent, (uint16_t)i, true, NULL);
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 100), UPSTREAM_PAUSE);
    assert_int_equal(upstream_retry(scene->upstream, 200), UPSTREAM_PAUSE);
    assert_int_equal(scene->asked, 2);
    assert_false(upstream_is_idle(scene->upstream));
    scene->is_busy = false;
    assert_int_equal(upstream_retry(scene->upstream, 300), UPSTREAM_READ);
    assert_int_equal(scene->answered, 3);
    assert_false(hear(scene));
    assert_int_equal(scene->got.len, 3 * (8 + 5 + 8 + 16));
    assert_true(upstream_is_idle(scene->upstream));
    assert_int_equal(upstream_deadline(scene->upstream), 300 + UPSTREAM_IDLE_TIMEOUT);
}

static void demands_an_answer_in_the_end(void **state)
{
    struct scene *scene = *state;

    scene->is_busy = true;
    request_add(&scene->sent, 1, false, NULL);
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 100), UPSTREAM_PAUSE);
    assert_int_equal(upstream_retry(scene->upstream, 100 + PATIENCE - 1), UPSTREAM_PAUSE);
    assert_false(scene->demanded);
    assert_true(upstream_deadline(scene->upstream) > 100 + PATIENCE);
    assert_int_equal(upstream_retry(scene->upstream, 100 + PATIENCE), UPSTREAM_DONE);
    assert_true(scene->demanded);
    assert_int_equal(scene->answered, 1);
}

/* Requests that are waiting are answered, however short the time to the end. */
static void answers_what_waits_at_the_end(void **state)
{
    struct scene *scene = *state;

    scene->is_busy = true;
    request_add(&scene->sent, 1, true, NULL);
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 100), UPSTREAM_PAUSE);
    upstream_stop(scene->upstream, 200);
    assert_true(upstream_deadline(scene->upstream) > 100 + PATIENCE);
    assert_int_equal(upstream_retry(scene->upstream, 100 + PATIENCE), UPSTREAM_DONE);
    assert_int_equal(scene->answered, 1);
}

static void counts_the_time_of_a_request_from_its_first_octet(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(upstream_deadline(scene->upstream), UPSTREAM_REQUEST_TIMEOUT);
    request_add(&scene->sent, 1, true, NULL);
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 5000), UPSTREAM_READ);
    assert_int_equal(upstream_deadline(scene->upstream), 5000 + UPSTREAM_IDLE_TIMEOUT);
    buf_add_text(&scene->sent, "\x01");
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 20000), UPSTREAM_READ);
    assert_int_equal(upstream_deadline(scene->upstream), 20000 + UPSTREAM_REQUEST_TIMEOUT);
    buf_add_text(&scene->sent, "\x01");
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 25000), UPSTREAM_READ);
    assert_int_equal(upstream_deadline(scene->upstream), 20000 + UPSTREAM_REQUEST_TIMEOUT);
}

static void refuses_with_an_answer_and_drains(void **state)
{
    static const char octets[65535];
    struct scene *scene = *state;

    record_begin(&scene->sent, 1, false);
    record_add(&scene->sent, FCGI_PARAMS, 1, octets, sizeof(octets));
    record_add(&scene->sent, FCGI_PARAMS, 1, octets, 100);
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 0), UPSTREAM_READ);
    assert_true(hear(scene));
    assert_non_null(strstr(scene->got.data + 8, "Status: 431"));
    assert_int_equal(upstream_deadline(scene->upstream), UPSTREAM_DRAIN_TIMEOUT);
    buf_add(&scene->sent, octets, sizeof(octets));
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 1), UPSTREAM_READ);
    close(scene->server);
    scene->server = -1;
    assert_int_equal(upstream_step(scene->upstream, 2), UPSTREAM_DONE);
    assert_int_equal(scene->answered, 0);
}

static void hangs_up_on_what_is_no_fastcgi(void **state)
{
    struct scene *scene = *state;

    buf_add_text(&scene->sent, "GET / HTTP/1.1\r\n\r\n");
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 0), UPSTREAM_READ);
    assert_true(hear(scene));
    assert_int_equal(scene->got.len, 0);
}

static void ends_an_aborted_request(void **state)
{
    struct scene *scene = *state;

    record_begin(&scene->sent, 1, true);
    record_add(&scene->sent, FCGI_ABORT_REQUEST, 1, "", 0);
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 0), UPSTREAM_READ);
    hear(scene);
    assert_int_equal(scene->got.len, 16);
    assert_int_equal(scene->got.data[1], FCGI_END_REQUEST);
    assert_true(upstream_is_idle(scene->upstream));
    record_begin(&scene->sent, 2, false);
    record_add(&scene->sent, FCGI_ABORT_REQUEST, 2, "", 0);
    say(scene);
    assert_int_equal(upstream_step(scene->upstream, 0), UPSTREAM_DONE);
}

/* While responses wait for room in the socket, nothing more is read. */
static void waits_for_a_web_server_that_does_not_read(void **state)
{
    struct scene *scene = *state;
    enum upstream_wait wait = UPSTREAM_READ;

    scene->answer_len = 60000;
    for (int i = 0; i < 50 && wait == UPSTREAM_READ; i++) {
        request_add(&scene->sent, 1, true, NULL);
        say(scene);
        wait = upstream_step(scene->upstream, 0);
    }
    assert_int_equal(wait, UPSTREAM_WRITE);
    assert_true(scene->answered < 50);
    hear(scene);
    assert_int_equal(upstream_step(scene->upstream, 0), UPSTREAM_READ);
    hear(scene);
    assert_int_equal(scene->got.len, (size_t)scene->answered * (8 + 60000 + 8 + 16));
}

static void ends_where_too_many_answers_wait(void **state)
{
    struct scene *scene = *state;

    scene->answer_len = 60000;
    for (int i = 0; i < 100; i++)
        request_add(&scene->sent, 1, true, NULL);
    say(scene);
    assert_int_not_equal(upstream_step(scene->upstream, 0), UPSTREAM_READ);
    /* No more than four of the largest answers wait; the last may be too many. */
    assert_true(scene->answered <= 4 * ENDPOINT_ANSWER_LIMIT / 60000 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_a_request_and_is_done, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_whoever_has_stopped_writing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stays_where_that_was_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_several_requests_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            asks_again_for_an_answer_that_has_to_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(demands_an_answer_in_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_what_waits_at_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            counts_the_time_of_a_request_from_its_first_octet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_with_an_answer_and_drains, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hangs_up_on_what_is_no_fastcgi, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_an_aborted_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            waits_for_a_web_server_that_does_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_where_too_many_answers_wait, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("upstream", tests, NULL, NULL);
}
