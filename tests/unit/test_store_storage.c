/* A disk that is slow, fails, or does not answer, under the real SQLite. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/queue_rig.h"

#define OCTETS 65536
#define SOON_MS 5000
#define CONNECTS 300
#define SLOW_MS 100

/* What the disk does to the thread of the store; the test's own connection is spared. These
 * functions stand before those of libc for SQLite, too. */
static pthread_t test_thread;
static atomic_int sync_ms, sync_errno, write_errno, read_errno;
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

static int sync_file(int fd, long number)
{
    struct timespec pause = {.tv_nsec = (long)sync_ms * 1000000};

    if (is_concerned()) {
        pass_gate();
        nanosleep(&pause, NULL);
        errno = sync_errno;
        if (errno)
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

static bool fails(const atomic_int *number)
{
    errno = is_concerned() ? *number : 0;
    return errno != 0;
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
    sync_ms = sync_errno = write_errno = read_errno = 0;
    return rig_set_up(state);
}

/* ── slow ── */

struct slow {
    struct rig *rig;
    struct rig_answer answers[CONNECTS];
    size_t answered;
    int64_t upto; /* what is read */
    bool is_reading;
};

static void keep_writing(void *context, const struct store_read *read)
{
    struct slow *slow = context;

    (void)read;
    slow->is_reading = slow->answered < CONNECTS;
    if (slow->is_reading)
        store_mark_read(slow->rig->store, "alice", NULL, 0, ++slow->upto, keep_writing, slow);
}

static struct slow *under_way;

static bool all_attached(struct rig *rig)
{
    under_way->answered = 0;
    for (size_t i = 0; i < CONNECTS; i++)
        under_way->answered += under_way->answers[i].is_there;
    (void)rig;
    return under_way->answered == CONNECTS;
}

static bool has_written(struct rig *rig)
{
    (void)rig;
    return !under_way->is_reading;
}

/* Each turn writes for longer than a slice of reading takes: the slice begins behind that. */
static void lets_many_in_while_each_write_takes_long(void **state)
{
    struct rig *rig = *state;
    struct slow slow = {.rig = rig, .is_reading = true};
    struct store_token token = {.user = "alice", .issued_at = 1000};

    under_way = &slow;
    rig_insert(rig, "alice", 200);
    sync_ms = SLOW_MS;
    store_mark_read(rig->store, "alice", NULL, 0, ++slow.upto, keep_writing, &slow);
    rig_idle(rig, 2 * SLOW_MS);
    for (size_t i = 0; i < CONNECTS; i++)
        store_attach(rig->store, &token, 64, OCTETS, rig_on_attached, &slow.answers[i]);
    assert_true(rig_until(rig, all_attached, 4 * SOON_MS));
    /* A few a write would be dozens. */
    assert_in_range(slow.upto, 1, 20);
    for (size_t i = 0; i < CONNECTS; i++)
        assert_int_equal(slow.answers[i].verdict, STORE_OK);
    assert_true(rig_until(rig, has_written, SOON_MS));
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, rig_tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(lets_many_in_while_each_write_takes_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
