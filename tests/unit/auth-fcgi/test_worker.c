#include "tests/unit/auth-fcgi/auth_fixture.h"

#include <poll.h>
#include <sqlite3.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "auth-fcgi/bridge.h"
#include "auth-fcgi/listener.h"
#include "auth-fcgi/worker.h"
#include "tests/unit/auth-fcgi/auth_records.h"

#define WORKERS 2
#define COOKIE "authjs.session-token=token-of-alice"

struct scene {
    struct site site;
    struct clock steady;
    struct fcgi_listener listener;
    struct workplace workplace;
    struct worker *workers[WORKERS];
    char *path;
};

static void start_workers(struct scene *scene, size_t max_peers, size_t count)
{
    struct reason why;

    site_open(&scene->site, "");
    site_sessions(&scene->site);
    scene->path = path_in(scene->site.folder, "auth.sock");
    assert_int_equal(fcgi_listener_open(&scene->listener, scene->path, "", &why), 0);
    assert_int_equal(bridge_init(&why), 0);
    scene->steady = clock_system();
    scene->steady.wall_ms = scene->site.clock.wall_ms;
    scene->steady.context = scene->site.clock.context;
    scene->workplace = (struct workplace){
        .listen_fd = scene->listener.fd,
        .own_listener = true,
        .stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .max_peers = max_peers,
        .clock = &scene->steady,
        .log = &scene->site.log,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .settings = settings_share(scene->site.settings),
    };
    memset(scene->workers, 0, sizeof(scene->workers));
    for (size_t i = 0; i < count; i++) {
        scene->workers[i] = fcgi_worker_start(&scene->workplace, &why);
        assert_non_null(scene->workers[i]);
    }
}

static void start(struct scene *scene, size_t max_peers)
{
    start_workers(scene, max_peers, WORKERS);
}

static void stop(struct scene *scene)
{
    const uint64_t one = 1;

    fcgi_listener_hide(&scene->listener);
    assert_int_equal(write(scene->workplace.stop_fd, &one, sizeof(one)), sizeof(one));
    for (int i = 0; i < WORKERS && scene->workers[i]; i++)
        fcgi_worker_join(scene->workers[i]);
    close(scene->workplace.stop_fd);
    fcgi_listener_close(&scene->listener);
    settings_release(scene->workplace.settings);
    free(scene->path);
    site_close(&scene->site);
}

static int call(const struct scene *scene)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval limit = {.tv_sec = 10};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", scene->path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Sends a request over the connection; returns the status that comes back. */
static int ask_over(int fd, bool keep, const char *cookie)
{
    struct buf octets;
    char answer[8192] = "";
    size_t len = 0;

    buf_init(&octets, 65536);
    request_add(&octets, 1, keep, cookie);
    assert_int_equal(send(fd, octets.data, octets.len, MSG_NOSIGNAL), octets.len);
    buf_release(&octets);
    ssize_t got;
    while (len < 32 && (got = recv(fd, answer + len, sizeof(answer) - len - 1, 0)) > 0)
        len += (size_t)got;
    return len > 16 && memcmp(answer + 8, "Status: ", 8) == 0 ? atoi(answer + 16) : -1;
}

static int ask(const struct scene *scene, const char *cookie)
{
    int fd = call(scene);
    int status = ask_over(fd, false, cookie);

    close(fd);
    return status;
}

static void serves_requests(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, 64);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(ask(&scene, COOKIE), 200);
        assert_int_equal(ask(&scene, NULL), 401);
    }
    int kept = call(&scene);
    for (int i = 0; i < 50; i++)
        assert_int_equal(ask_over(kept, true, COOKIE), 200);
    close(kept);
    stop(&scene);
}

static void serves_others_while_many_are_slow(void **state)
{
    struct scene scene;
    int slow[128];

    (void)state;
    start(&scene, 128);
    for (size_t i = 0; i < 128; i++) {
        slow[i] = call(&scene);
        if (i % 2)
            assert_int_equal(send(slow[i], "\x01\x01\x00\x01\x00\x08", 6, MSG_NOSIGNAL), 6);
    }
    assert_int_equal(ask(&scene, COOKIE), 200);
    for (size_t i = 0; i < 128; i++)
        close(slow[i]);
    assert_int_equal(ask(&scene, COOKIE), 200);
    stop(&scene);
}

static void lets_the_oldest_go_where_there_are_too_many(void **state)
{
    struct scene scene;
    int silent[40];

    (void)state;
    start(&scene, 8);
    for (size_t i = 0; i < 40; i++)
        silent[i] = call(&scene);
    assert_int_equal(ask(&scene, COOKIE), 200);
    char octet;
    assert_int_equal(recv(silent[0], &octet, 1, 0), 0);
    for (size_t i = 0; i < 40; i++)
        close(silent[i]);
    stop(&scene);
}

/* With one worker: which takes a connection is chance otherwise. */
static void keeps_who_is_served_where_others_are_silent(void **state)
{
    struct scene scene;
    int served[3], silent[40];

    (void)state;
    start_workers(&scene, 8, 1);
    for (size_t i = 0; i < 3; i++) {
        served[i] = call(&scene);
        assert_int_equal(ask_over(served[i], true, COOKIE), 200);
    }
    for (size_t i = 0; i < 40; i++)
        silent[i] = call(&scene);
    assert_int_equal(ask(&scene, COOKIE), 200);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ask_over(served[i], true, COOKIE), 200);
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
    char octet;

    (void)state;
    start_workers(&scene, 8, 1);
    for (size_t i = 0; i < 8; i++) {
        kept[i] = call(&scene);
        assert_int_equal(ask_over(kept[i], true, COOKIE), 200);
    }
    assert_int_equal(ask_over(kept[0], true, COOKIE), 200);
    kept[8] = call(&scene);
    assert_int_equal(ask_over(kept[8], true, COOKIE), 200);
    assert_int_equal(recv(kept[1], &octet, 1, 0), 0);
    assert_int_equal(ask_over(kept[0], true, COOKIE), 200);
    for (size_t i = 0; i < 9; i++)
        close(kept[i]);
    stop(&scene);
}

static void survives_peers_that_go_away(void **state)
{
    struct scene scene;
    const struct linger reset = {1, 0};
    struct buf octets;

    (void)state;
    start(&scene, 64);
    buf_init(&octets, 65536);
    request_add(&octets, 1, true, COOKIE);
    for (size_t len = 0; len <= octets.len; len++) {
        int fd = call(&scene);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        assert_int_equal(send(fd, octets.data, len, MSG_NOSIGNAL), len);
        close(fd);
    }
    assert_int_equal(ask(&scene, COOKIE), 200);
    buf_release(&octets);
    stop(&scene);
}

static void takes_new_settings_between_two_requests(void **state)
{
    struct scene scene;
    struct reason why;

    (void)state;
    start(&scene, 64);
    int kept = call(&scene);
    assert_int_equal(ask_over(kept, true, COOKIE), 200);
    char *path = path_in(scene.site.folder, "belfry.conf");
    char *ini = path_in(scene.site.folder, "belfry.db\n[auth]\nsession_sources = remote_user\n");
    struct buf text;
    buf_init(&text, 4096);
    buf_addf(&text, "[belfry]\ndatabase = %s", ini);
    file_write(path, text.data, text.len);
    workplace_change(&scene.workplace, settings_load(path, NULL, NULL, &why));
    assert_int_equal(ask_over(kept, true, COOKIE), 401);
    assert_int_equal(ask(&scene, COOKIE), 401);
    close(kept);
    buf_release(&text);
    free(ini);
    free(path);
    stop(&scene);
}

static void answers_what_was_asked_before_the_end(void **state)
{
    struct scene scene;
    struct buf octets;
    char answer[64] = "";

    (void)state;
    start(&scene, 64);
    int half = call(&scene);
    buf_init(&octets, 65536);
    request_add(&octets, 1, true, COOKIE);
    assert_int_equal(send(half, octets.data, 20, MSG_NOSIGNAL), 20);
    int idle = call(&scene);
    assert_int_equal(ask_over(idle, true, COOKIE), 200);
    const uint64_t one = 1;
    assert_int_equal(write(scene.workplace.stop_fd, &one, sizeof(one)), sizeof(one));
    char rest[8192];
    while (recv(idle, rest, sizeof(rest), 0) > 0)
        continue;
    assert_int_equal(send(half, octets.data + 20, octets.len - 20, MSG_NOSIGNAL), octets.len - 20);
    assert_true(recv(half, answer, sizeof(answer) - 1, 0) > 16);
    assert_memory_equal(answer + 8, "Status: 200", 11);
    close(half);
    close(idle);
    buf_release(&octets);
    stop(&scene);
}

/* A web server connects first and asks then: what lies between is a request under way. */
static void answers_whoever_had_connected_before_the_end(void **state)
{
    struct scene scene;
    int fresh[16];
    char octet;
    const uint64_t one = 1;

    (void)state;
    start(&scene, 64);
    for (size_t i = 0; i < 16; i++)
        fresh[i] = call(&scene);
    int idle = call(&scene);
    assert_int_equal(ask_over(idle, true, COOKIE), 200);
    assert_int_equal(write(scene.workplace.stop_fd, &one, sizeof(one)), sizeof(one));
    while (recv(idle, &octet, 1, 0) > 0)
        continue;
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(ask_over(fresh[i], true, COOKIE), 200);
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
    start(&scene, 64);
    int waiting = call(&scene);
    assert_int_equal(ask_over(waiting, true, COOKIE), 200);
    close(waiting);
    int caller = call(&scene);
    getrlimit(RLIMIT_NOFILE, &before);
    tight = before;
    tight.rlim_cur = 100;
    setrlimit(RLIMIT_NOFILE, &tight);
    while (count < 256 && (spare[count] = dup(0)) >= 0)
        count++;
    close(spare[--count]);
    int first = call(&scene);
    /* Time for several tries of both workers: they are one line. */
    poll(NULL, 0, 350);
    while (count > 0)
        close(spare[--count]);
    close(caller);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(ask_over(first, false, COOKIE), 200);
    close(first);
    char *logged = site_logged(&scene.site);
    char *line = strstr(logged, "no connection can be taken");
    assert_non_null(line);
    assert_null(strstr(line + 1, "no connection can be taken"));
    free(logged);
    stop(&scene);
}

static void lock(sqlite3 *db, const char *sql)
{
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* Asks many at once; the connections, to be read from. */
static void ask_many(const struct scene *scene, int fds[], size_t count)
{
    struct buf octets;

    buf_init(&octets, 65536);
    request_add(&octets, 1, false, COOKIE);
    for (size_t i = 0; i < count; i++) {
        fds[i] = call(scene);
        assert_int_equal(send(fds[i], octets.data, octets.len, MSG_NOSIGNAL), octets.len);
    }
    buf_release(&octets);
}

static void hear_many(int fds[], size_t count, const char *status)
{
    for (size_t i = 0; i < count; i++) {
        char answer[64] = "";
        assert_true(recv(fds[i], answer, sizeof(answer) - 1, 0) > 19);
        assert_memory_equal(answer + 16, status, 3);
        close(fds[i]);
    }
}

static int64_t steady(const struct scene *scene)
{
    return clock_steady_ms(&scene->steady);
}

#define MANY 40

static void lets_nobody_wait_for_a_locked_store_but_its_visitors_and_them_once(void **state)
{
    struct scene scene;
    int fds[MANY];
    sqlite3 *db;

    (void)state;
    start(&scene, 64);
    assert_int_equal(ask(&scene, COOKIE), 200);
    char *path = path_in(scene.site.folder, "sessions.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    lock(db, "BEGIN EXCLUSIVE");
    int64_t begun = steady(&scene);
    ask_many(&scene, fds, MANY);
    for (int i = 0; i < 10; i++)
        assert_int_equal(ask(&scene, NULL), 401);
    assert_true(steady(&scene) - begun < 1900);
    hear_many(fds, MANY, "503");
    int64_t over = steady(&scene);
    assert_true(over - begun >= 2000 && over - begun < 4000);
    for (int i = 0; i < 10; i++)
        assert_int_equal(ask(&scene, COOKIE), 503);
    assert_true(steady(&scene) - over < 1900);
    lock(db, "COMMIT");
    assert_int_equal(ask(&scene, COOKIE), 200);
    lock(db, "BEGIN EXCLUSIVE");
    ask_many(&scene, fds, MANY);
    assert_int_equal(ask(&scene, NULL), 401);
    lock(db, "COMMIT");
    hear_many(fds, MANY, "200");
    sqlite3_close(db);
    free(path);
    stop(&scene);
}

static void forgets_web_servers_that_give_up_while_they_wait(void **state)
{
    struct scene scene;
    int fds[MANY];
    sqlite3 *db;

    (void)state;
    start(&scene, 64);
    char *path = path_in(scene.site.folder, "sessions.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    lock(db, "BEGIN EXCLUSIVE");
    ask_many(&scene, fds, MANY);
    assert_int_equal(ask(&scene, NULL), 401);
    for (size_t i = 0; i < MANY; i++)
        close(fds[i]);
    assert_int_equal(ask(&scene, NULL), 401);
    lock(db, "COMMIT");
    assert_int_equal(ask(&scene, COOKIE), 200);
    lock(db, "BEGIN EXCLUSIVE");
    ask_many(&scene, fds, 4);
    stop(&scene);
    hear_many(fds, 4, "503");
    sqlite3_close(db);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_requests),
        cmocka_unit_test(serves_others_while_many_are_slow),
        cmocka_unit_test(lets_the_oldest_go_where_there_are_too_many),
        cmocka_unit_test(keeps_who_is_served_where_others_are_silent),
        cmocka_unit_test(lets_who_asked_the_longest_ago_go_where_all_have),
        cmocka_unit_test(survives_peers_that_go_away),
        cmocka_unit_test(takes_new_settings_between_two_requests),
        cmocka_unit_test(answers_what_was_asked_before_the_end),
        cmocka_unit_test(answers_whoever_had_connected_before_the_end),
        cmocka_unit_test(waits_where_descriptors_run_out),
        cmocka_unit_test(lets_nobody_wait_for_a_locked_store_but_its_visitors_and_them_once),
        cmocka_unit_test(forgets_web_servers_that_give_up_while_they_wait),
    };
    return cmocka_run_group_tests_name("auth_worker", tests, NULL, NULL);
}
