#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/container_of.h"
#include "gateway/net/sockets.h"

/* One end is in the set, the other is the test's. */
struct end {
    struct socket socket;
    int far;
    int told;
    uint32_t ready;      /* as told last */
    struct end *closes;  /* when it is told */
    struct end *forgoes; /* of which nothing is wanted any more */
};

static struct sockets *sockets;
static int freed;

static void on_ready(struct socket *socket, uint32_t ready)
{
    struct end *end = container_of(socket, struct end, socket);

    end->told++;
    end->ready = ready;
    if (end->closes)
        socket_close(sockets, &end->closes->socket);
    if (end->forgoes)
        socket_want(sockets, &end->forgoes->socket, 0);
}

static void end_open(struct end *end, uint32_t wanted)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    socket_open(sockets, &end->socket, pair[0]);
    end->far = pair[1];
    assert_int_equal(socket_want(sockets, &end->socket, wanted), 0);
}

static void end_close(struct end *end)
{
    socket_close(sockets, &end->socket);
    close(end->far);
}

static void on_freed(void *context)
{
    (void)context;
    freed++;
}

static int set_up(void **state)
{
    static uv_loop_t loop;

    *state = &loop;
    uv_loop_init(&loop);
    sockets = sockets_new(&loop, on_ready);
    freed = 0;
    return 0;
}

static int tear_down(void **state)
{
    sockets_free(sockets, on_freed, NULL);
    uv_run(*state, UV_RUN_DEFAULT);
    return freed == 1 ? uv_loop_close(*state) : -1;
}

static void tells_what_is_wanted_and_again_until_it_is_taken(void **state)
{
    struct end end = {.told = 0};
    char byte;

    end_open(&end, SOCKET_READABLE);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(end.told, 0);
    assert_int_equal(write(end.far, "x", 1), 1);
    uv_run(*state, UV_RUN_NOWAIT);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(end.told, 2);
    assert_int_equal(end.ready, SOCKET_READABLE);
    socket_want(sockets, &end.socket, SOCKET_READABLE | SOCKET_WRITABLE);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(end.ready, SOCKET_READABLE | SOCKET_WRITABLE);
    assert_int_equal(read(end.socket.fd, &byte, 1), 1);
    socket_want(sockets, &end.socket, SOCKET_READABLE);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(end.told, 3);
    end_close(&end);
}

/* Its memory may be another's by then. */
static void does_not_tell_one_that_another_closed_in_the_same_turn(void **state)
{
    struct end ends[2] = {{.told = 0}, {.told = 0}};

    for (int i = 0; i < 2; i++) {
        end_open(&ends[i], SOCKET_READABLE);
        ends[i].closes = &ends[1 - i];
        assert_int_equal(write(ends[i].far, "x", 1), 1);
    }
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(ends[0].told + ends[1].told, 1);
    for (int i = 0; i < 2; i++)
        end_close(&ends[i]);
}

static void does_not_tell_what_is_no_longer_wanted(void **state)
{
    struct end ends[2] = {{.told = 0}, {.told = 0}};

    for (int i = 0; i < 2; i++) {
        end_open(&ends[i], SOCKET_READABLE);
        ends[i].forgoes = &ends[1 - i];
        assert_int_equal(write(ends[i].far, "x", 1), 1);
    }
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(ends[0].told + ends[1].told, 1);
    for (int i = 0; i < 2; i++)
        end_close(&ends[i]);
}

/* Otherwise the loop would spin while its user waits for something else. */
static void does_not_tell_of_an_end_that_nobody_waits_for(void **state)
{
    struct end end = {.told = 0};

    end_open(&end, SOCKET_READABLE);
    socket_want(sockets, &end.socket, 0);
    close(end.far);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(end.told, 0);
    socket_want(sockets, &end.socket, SOCKET_WRITABLE);
    uv_run(*state, UV_RUN_NOWAIT);
    assert_int_equal(end.told, 1);
    assert_int_equal(end.ready, SOCKET_WRITABLE);
    socket_close(sockets, &end.socket);
}

static void tells_a_bounded_number_in_a_turn(void **state)
{
    static struct end ends[SOCKETS_BATCH + 10];
    size_t count = sizeof(ends) / sizeof(ends[0]);
    int told = 0;

    for (size_t i = 0; i < count; i++) {
        ends[i] = (struct end){.told = 0};
        end_open(&ends[i], SOCKET_READABLE);
        assert_int_equal(write(ends[i].far, "x", 1), 1);
    }
    uv_run(*state, UV_RUN_NOWAIT);
    for (size_t i = 0; i < count; i++)
        told += ends[i].told;
    assert_int_equal(told, SOCKETS_BATCH);
    /* The rest is first in the next turn. */
    uv_run(*state, UV_RUN_NOWAIT);
    for (size_t i = 0; i < count; i++) {
        assert_true(ends[i].told > 0);
        end_close(&ends[i]);
    }
}

static void keeps_the_loop_alive_while_a_socket_is_open(void **state)
{
    struct end end = {.told = 0};

    assert_int_equal(uv_run(*state, UV_RUN_NOWAIT), 0);
    end_open(&end, 0);
    assert_int_not_equal(uv_run(*state, UV_RUN_NOWAIT), 0);
    end_close(&end);
    assert_int_equal(uv_run(*state, UV_RUN_NOWAIT), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            tells_what_is_wanted_and_again_until_it_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            does_not_tell_one_that_another_closed_in_the_same_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_tell_what_is_no_longer_wanted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            does_not_tell_of_an_end_that_nobody_waits_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_a_bounded_number_in_a_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            keeps_the_loop_alive_while_a_socket_is_open, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
