/* The real SQLite on a disk that fails, or does not respond. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/store_rig.h"

#define OCTETS 65536
#define SOON_MS 5000

/* What the disk does to the store's thread; the test's own connection is not affected. These
 * functions override those of libc, for SQLite, too. */
static pthread_t test_thread;
static atomic_int sync_errno, write_errno, read_errno;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* held: nothing is written or synced */

static bool is_concerned(void)
{
    return test_thread && !pthread_equal(pthread_self(), test_thread);
}

static void pass_gate(void)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

static bool fails(const atomic_int *number)
{
    int value = is_concerned() ? *number : 0;

    if (value)
        errno = value;
    return value != 0;
}

static int sync_file(int fd, long number)
{
    if (is_concerned()) {
        pass_gate();
        if (fails(&sync_errno))
            return -1;
    }
    return (int)syscall(number, fd);
}

int fdatasync(int fd)
{
    return sync_file(fd, SYS_fdatasync);
}

int fsync(int fd)
{
    return sync_file(fd, SYS_fsync);
}

ssize_t pwrite64(int fd, const void *octets, size_t count, off_t offset)
{
    if (is_concerned())
        pass_gate();
    return fails(&write_errno) ? -1 : syscall(SYS_pwrite64, fd, octets, count, offset);
}

ssize_t pwrite(int fd, const void *octets, size_t count, off_t offset)
{
    return pwrite64(fd, octets, count, offset);
}

ssize_t pread64(int fd, void *octets, size_t count, off_t offset)
{
    return fails(&read_errno) ? -1 : syscall(SYS_pread64, fd, octets, count, offset);
}

ssize_t pread(int fd, void *octets, size_t count, off_t offset)
{
    return pread64(fd, octets, count, offset);
}

static int set_up(void **state)
{
    test_thread = pthread_self();
    sync_errno = write_errno = read_errno = 0;
    return rig_set_up(state);
}

/* ── failing ── */

/* An error is logged once, with the file, the system's message, and what to do; nothing is lost
 * once the disk works again. */
static void names_what_a_disk_says(void **state)
{
    static const struct {
        atomic_int *number;
        int value;
        const char *text, *advice;
    } faults[] = {
        {&write_errno, EIO, "Input/output error", "dmesg"},
        {&write_errno, EROFS, "Read-only file system", "mount"},
        {&sync_errno, EIO, "Input/output error", "dmesg"},
        {&write_errno, ENOSPC, "disk is full", "disk is full"},
        {&write_errno, EDQUOT, "quota", "quota"},
    };
    struct rig *rig = *state;
    struct rig_answer read = {0};
    int64_t id = 0;

    rig_attach(rig, "alice", 1000, 64, OCTETS);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        char sql[128];
        rig_insert(rig, "alice", 1);
        assert_true(rig_await(rig, RIG_ROW, i + 1, SOON_MS));
        rig_idle(rig, 50);
        *faults[i].number = faults[i].value;
        id++;
        store_mark(rig->store, STORE_MARK_READ, "alice", &id, 1, 0, rig_on_marked, &read);
        if (!rig_await(rig, RIG_UNAVAILABLE, i + 1, SOON_MS))
            fail_msg("fault %zu is not told", i);
        assert_non_null(store_trouble(rig->store));
        assert_non_null(strstr(rig->reason, rig->path));
        assert_non_null(strstr(rig->reason, faults[i].text));
        assert_non_null(strstr(rig->reason, faults[i].advice));
        *faults[i].number = 0;
        assert_true(rig_await(rig, RIG_AVAILABLE, i + 1, SOON_MS));
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM notifications WHERE status = 'read'");
        assert_true(rig_await_integer(rig, sql, (int64_t)i + 1, SOON_MS));
    }
}

/* ── not responding ── */

static bool is_told_trouble(struct rig *rig)
{
    return store_trouble(rig->store) != NULL;
}

/* Like a frozen file system: no call fails, and none returns. */
static void answers_in_place_of_a_disk_that_does_not(void **state)
{
    struct rig *rig = *state;
    struct store_token token = {.user = "bob", .issued_at = 1000};
    struct rig_answer read = {0}, early = {0}, late = {0};

    rig_insert(rig, "alice", 2);
    rig_attach(rig, "alice", 1000, 64, OCTETS);
    rig_idle(rig, 50);
    pthread_mutex_lock(&gate);
    store_mark(rig->store, STORE_MARK_READ, "alice", (int64_t[]){1}, 1, 0, rig_on_marked, &read);
    rig_idle(rig, 50);
    store_attach(rig->store, &token, 64, OCTETS, rig_on_attached, &early);
    rig->steady_offset += 2000;
    assert_true(rig_await(rig, RIG_UNAVAILABLE, 1, SOON_MS));
    assert_non_null(strstr(rig->reason, "belfry.db does not answer: writing it has taken"));
    assert_string_equal(store_trouble(rig->store), rig->reason);
    rig_await_answer(rig, &early);
    assert_int_equal(early.verdict, STORE_UNAVAILABLE);
    store_attach(rig->store, &token, 64, OCTETS, rig_on_attached, &late);
    rig_await_answer(rig, &late);
    assert_int_equal(late.verdict, STORE_UNAVAILABLE);
    /* The thread is working on this one. */
    assert_false(read.is_there);
    rig->steady_offset += 4000;
    rig_await_answer(rig, &read);
    assert_int_equal(read.verdict, STORE_UNAVAILABLE);
    store_sent(rig->store, "alice", (int64_t[]){2}, 1, true, store_confirm_moment(rig->store));
    assert_int_equal(rig->told[RIG_UNAVAILABLE], 1);
    pthread_mutex_unlock(&gate);
    assert_true(rig_await(rig, RIG_AVAILABLE, 1, SOON_MS));
    assert_null(store_trouble(rig->store));
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'read'", 1, SOON_MS));
    assert_int_equal(rig_attach(rig, "bob", 1000, 64, OCTETS).verdict, STORE_OK);
    assert_int_equal(rig->told[RIG_REPLACED], 0);
}

/* A client that the thread accepted after it was refused does not count as connected. */
static void takes_back_what_it_began_for_those_who_were_told_otherwise(void **state)
{
    struct rig *rig = *state;
    struct store_token token = {.user = "bob", .issued_at = 1000};
    struct rig_answer answer = {0};

    rig_insert(rig, "alice", 1);
    rig_attach(rig, "alice", 1000, 64, OCTETS);
    rig_idle(rig, 50);
    pthread_mutex_lock(&gate);
    store_mark(rig->store, STORE_MARK_READ, "alice", (int64_t[]){1}, 1, 0, rig_on_marked,
        &(struct rig_answer){0});
    store_attach(rig->store, &token, 64, OCTETS, rig_on_attached, &answer);
    rig_idle(rig, 50);
    rig->steady_offset += 6000;
    assert_true(rig_until(rig, is_told_trouble, SOON_MS));
    rig_await_answer(rig, &answer);
    assert_int_equal(answer.verdict, STORE_UNAVAILABLE);
    pthread_mutex_unlock(&gate);
    assert_true(rig_await(rig, RIG_AVAILABLE, 1, SOON_MS));
    /* Answered after the attach, and so after it was undone. */
    rig_check(rig, "nobody", 0);
    assert_true(rig_await_integer(rig,
        "SELECT count(*) FROM presence WHERE user_id = 'bob' AND connections > 0", 0, SOON_MS));
    rig_check(rig, "nobody", 0);
    rig_insert(rig, "bob", 1);
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    assert_string_equal(rig->last_user, "alice");
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, rig_tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(names_what_a_disk_says),
        STORE_TEST(answers_in_place_of_a_disk_that_does_not),
        STORE_TEST(takes_back_what_it_began_for_those_who_were_told_otherwise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
