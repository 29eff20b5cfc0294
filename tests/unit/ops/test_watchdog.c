/* systemd hears that the gateway lives, until its store hangs for long. It is a socket here. */
#include "tests/unit/files.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/ops/watchdog.h"

#define LIMIT_MS 10000

struct guarded {
    uv_loop_t loop;
    int64_t now, store_busy_ms;
    struct clock clock;
    struct wheel *wheel;
    struct watchdog watchdog;
    char *folder, *path;
    int systemd;
};

static int64_t now_of(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

static int64_t store_busy_ms(void *context)
{
    return ((const struct guarded *)context)->store_busy_ms;
}

static void listen_as_systemd(struct guarded *guarded)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    guarded->folder = folder_new();
    guarded->path = path_in(guarded->folder, "notify");
    strcpy(address.sun_path, guarded->path);
    guarded->systemd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(guarded->systemd, (struct sockaddr *)&address, sizeof(address)), 0);
    setenv("NOTIFY_SOCKET", guarded->path, 1);
}

static int set_up(void **state)
{
    struct guarded *guarded = calloc(1, sizeof(*guarded));

    uv_loop_init(&guarded->loop);
    guarded->now = 123456;
    guarded->clock = (struct clock){now_of, now_of, &guarded->now};
    guarded->wheel = wheel_new(&guarded->loop, &guarded->clock);
    listen_as_systemd(guarded);
    setenv("WATCHDOG_USEC", "10000000", 1);
    *state = guarded;
    return 0;
}

static int tear_down(void **state)
{
    struct guarded *guarded = *state;

    unsetenv("WATCHDOG_USEC");
    unsetenv("NOTIFY_SOCKET");
    close(guarded->systemd);
    folder_remove(guarded->folder);
    free(guarded->path);
    free(guarded->folder);
    wheel_free(guarded->wheel);
    uv_run(&guarded->loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&guarded->loop);
    free(guarded);
    return left;
}

static void start(struct guarded *guarded)
{
    watchdog_start(&guarded->watchdog, guarded->wheel, store_busy_ms, guarded);
}

/* How many signs of life came since the last call. */
static int signs(const struct guarded *guarded)
{
    char said[64];
    int count = 0;
    ssize_t len;

    while ((len = recv(guarded->systemd, said, sizeof(said) - 1, 0)) > 0) {
        said[len] = '\0';
        assert_string_equal(said, "WATCHDOG=1");
        count++;
    }
    return count;
}

static void pass(struct guarded *guarded, int64_t ms)
{
    for (; ms > 0; ms -= WHEEL_COARSE_MS) {
        guarded->now += WHEEL_COARSE_MS;
        wheel_turn(guarded->wheel);
    }
}

static void gives_signs_of_life_in_time(void **state)
{
    struct guarded *guarded = *state;

    start(guarded);
    assert_int_equal(signs(guarded), 1);
    for (int i = 0; i < 10; i++) {
        pass(guarded, LIMIT_MS * 3 / 4);
        assert_in_range(signs(guarded), 1, 2);
    }
    watchdog_stop(&guarded->watchdog);
    pass(guarded, LIMIT_MS);
    assert_int_equal(signs(guarded), 0);
}

/* A disk that is frozen for a while is no reason to drop every connection; one that hangs is. */
static void gives_none_while_the_store_hangs(void **state)
{
    struct guarded *guarded = *state;

    start(guarded);
    assert_int_equal(signs(guarded), 1);
    guarded->store_busy_ms = WATCHDOG_STORE_TIMES * LIMIT_MS - 1;
    pass(guarded, LIMIT_MS);
    assert_true(signs(guarded) > 0);
    guarded->store_busy_ms = WATCHDOG_STORE_TIMES * LIMIT_MS;
    pass(guarded, LIMIT_MS);
    assert_int_equal(signs(guarded), 0);
    guarded->store_busy_ms = 0;
    pass(guarded, LIMIT_MS);
    assert_true(signs(guarded) > 0);
    watchdog_stop(&guarded->watchdog);
}

static void gives_none_that_nobody_asked_for(void **state)
{
    struct guarded *guarded = *state;

    unsetenv("WATCHDOG_USEC");
    start(guarded);
    pass(guarded, LIMIT_MS);
    setenv("WATCHDOG_USEC", "10000000", 1);
    setenv("WATCHDOG_PID", "1", 1); /* another process is asked */
    start(guarded);
    unsetenv("WATCHDOG_PID");
    pass(guarded, LIMIT_MS);
    assert_int_equal(signs(guarded), 0);
}

int main(void)
{
#define WATCHDOG_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WATCHDOG_TEST(gives_signs_of_life_in_time),
        WATCHDOG_TEST(gives_none_while_the_store_hangs),
        WATCHDOG_TEST(gives_none_that_nobody_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
