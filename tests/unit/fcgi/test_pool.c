/* How the pool serves connections: whom it takes on, whom it lets go, and for whom it waits. (How
 * long requests and answers may be: test_pool_sizes.) */
#include "tests/unit/fcgi/pool_scene.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/fcgi/echo_endpoint.h"
#include "tests/unit/fcgi/fcgi_records.h"

#define THREADS 2
#define MANY 40

static void serves_requests(void **state)
{
    struct pool_scene scene;

    (void)state;
    pool_scene_start(&scene, 64, THREADS);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
        assert_int_equal(pool_rig_ask(&scene.rig, NULL), 401);
    }
    int kept = pool_rig_connect(&scene.rig);
    for (int i = 0; i < 50; i++)
        assert_int_equal(pool_rig_ask_over(kept, true, COOKIE), 200);
    close(kept);
    pool_scene_stop(&scene);
}

static void serves_others_while_many_are_slow(void **state)
{
    struct pool_scene scene;
    int slow[128];

    (void)state;
    pool_scene_start(&scene, 128, THREADS);
    for (size_t i = 0; i < 128; i++) {
        slow[i] = pool_rig_connect(&scene.rig);
        if (i % 2)
            assert_int_equal(send(slow[i], "\x01\x01\x00\x01\x00\x08", 6, MSG_NOSIGNAL), 6);
    }
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    for (size_t i = 0; i < 128; i++)
        close(slow[i]);
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    pool_scene_stop(&scene);
}

static void lets_the_oldest_go_where_there_are_too_many(void **state)
{
    struct pool_scene scene;
    int silent[40];

    (void)state;
    pool_scene_start(&scene, 8, THREADS);
    for (size_t i = 0; i < 40; i++)
        silent[i] = pool_rig_connect(&scene.rig);
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    char byte;
    assert_int_equal(recv(silent[0], &byte, 1, 0), 0);
    for (size_t i = 0; i < 40; i++)
        close(silent[i]);
    pool_scene_stop(&scene);
}

/* With one worker, since otherwise it is random which one accepts a connection. */
static void keeps_who_is_served_where_others_are_silent(void **state)
{
    struct pool_scene scene;
    int served[3], silent[40];

    (void)state;
    pool_scene_start(&scene, 8, 1);
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
    pool_scene_stop(&scene);
}

static void lets_who_asked_the_longest_ago_go_where_all_have(void **state)
{
    struct pool_scene scene;
    int kept[9];
    char byte;

    (void)state;
    pool_scene_start(&scene, 8, 1);
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
    pool_scene_stop(&scene);
}

static void survives_web_servers_that_go_away(void **state)
{
    struct pool_scene scene;
    const struct linger reset = {1, 0};
    struct buf bytes;

    (void)state;
    pool_scene_start(&scene, 64, THREADS);
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
    pool_scene_stop(&scene);
}

static void takes_new_settings_between_two_requests(void **state)
{
    struct pool_scene scene;
    char answer[4096];
    int fds[1];

    (void)state;
    pool_scene_start(&scene, 64, THREADS);
    int kept = pool_rig_connect(&scene.rig);
    assert_int_equal(pool_rig_ask_over(kept, true, COOKIE), 200);
    pool_change(scene.rig.pool, pool_scene_settings(&scene, "[auth]\nsubject = email\n"));
    pool_rig_ask_many(&scene.rig, COOKIE, fds, 1);
    pool_rig_hear(fds[0], answer, sizeof(answer));
    assert_non_null(strstr(answer + 8, "\"subject\":\"email\""));
    assert_int_equal(pool_rig_ask_over(kept, true, COOKIE), 200);
    close(fds[0]);
    close(kept);
    pool_scene_stop(&scene);
}

static void answers_what_was_asked_before_the_end(void **state)
{
    struct pool_scene scene;
    struct buf bytes;
    char answer[64] = "";

    (void)state;
    pool_scene_start(&scene, 64, THREADS);
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
    pool_scene_stop(&scene);
}

/* A web server connects first and sends its request then: in between, a request is under way. */
static void answers_whoever_had_connected_before_the_end(void **state)
{
    struct pool_scene scene;
    int fresh[16];
    char byte;

    (void)state;
    pool_scene_start(&scene, 64, THREADS);
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
    pool_scene_stop(&scene);
}

static void waits_where_descriptors_run_out(void **state)
{
    struct pool_scene scene;
    struct rlimit before, tight;
    int spare[256];
    size_t count = 0;

    (void)state;
    pool_scene_start(&scene, 64, THREADS);
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
    pool_scene_await_looks(&scene, 20);
    while (count > 0)
        close(spare[--count]);
    close(caller);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(pool_rig_ask_over(first, false, COOKIE), 200);
    close(first);
    char *logged = pool_scene_logged(&scene);
    char *line = strstr(logged, "no connection can be taken");
    assert_non_null(line);
    assert_null(strstr(line + 1, "no connection can be taken"));
    free(logged);
    pool_scene_stop(&scene);
}

static int64_t steady(const struct pool_scene *scene)
{
    return clock_steady_ms(&scene->clock);
}

static void makes_nobody_wait_but_once_for_what_cannot_be_had(void **state)
{
    struct pool_scene scene;
    int fds[MANY];

    (void)state;
    pool_scene_start(&scene, 64, THREADS);
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
    pool_scene_stop(&scene);
}

static void forgets_web_servers_that_give_up_while_they_wait(void **state)
{
    struct pool_scene scene;
    int fds[MANY];

    (void)state;
    pool_scene_start(&scene, 64, THREADS);
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
    pool_scene_stop(&scene);
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
        cmocka_unit_test(makes_nobody_wait_but_once_for_what_cannot_be_had),
        cmocka_unit_test(forgets_web_servers_that_give_up_while_they_wait),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
