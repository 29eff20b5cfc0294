#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "build-config.h"
#include "common/memory.h"
#include "common/sandbox.h"
#include "common/sandbox_policy.h"
#include "common/sanitized.h"

/* A folder that may be written, one that may be read, and one that may not be entered. */
struct folders {
    char root[64];
    char written[80], read[80], foreign[80];
};

static void write_file(const char *folder, const char *name)
{
    char path[128];

    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "we");
    assert_non_null(file);
    fputs("text", file);
    fclose(file);
}

static int set_up(void **state)
{
    struct folders *folders = mem_zalloc(sizeof(*folders));

    strcpy(folders->root, "/tmp/belfry-sandbox-XXXXXX");
    assert_non_null(mkdtemp(folders->root));
    snprintf(folders->written, sizeof(folders->written), "%s/written", folders->root);
    snprintf(folders->read, sizeof(folders->read), "%s/read", folders->root);
    snprintf(folders->foreign, sizeof(folders->foreign), "%s/foreign", folders->root);
    for (const char **folder =
             (const char *[]){folders->written, folders->read, folders->foreign, NULL};
         *folder; folder++) {
        assert_int_equal(mkdir(*folder, 0700), 0);
        write_file(*folder, "file");
    }
    *state = folders;
    return 0;
}

static int tear_down(void **state)
{
    struct folders *folders = *state;
    char command[128];

    snprintf(command, sizeof(command), "rm -rf '%s'", folders->root);
    assert_int_equal(system(command), 0);
    free(folders);
    return 0;
}

static void enter(const struct folders *folders, bool internet, struct sandbox_state *sandbox)
{
    struct sandbox_policy policy;

    sandbox_policy_init(&policy);
    sandbox_allow_system(&policy);
    sandbox_allow(&policy, LANDLOCK_READ, folders->read);
    sandbox_allow(&policy, LANDLOCK_WRITE, folders->written);
    policy.internet = internet;
    sandbox_enter(&policy, sandbox);
    sandbox_policy_release(&policy);
}

/* What happens in a process of its own that has entered the sandbox. */
typedef int attempt(const struct folders *folders);

static int run(const struct folders *folders, bool internet, attempt *what)
{
    struct sandbox_state sandbox;
    pid_t child = fork();
    int status;

    if (child == 0) {
        enter(folders, internet, &sandbox);
        _exit(what(folders));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void expect_good(const struct folders *folders, bool internet, attempt *what)
{
    int status = run(folders, internet, what);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static bool has_landlock(void)
{
    struct reason why;

    return landlock_version(&why) > 0;
}

/* 0, or the error. */
static int open_in(const char *folder, const char *name, int flags)
{
    char path[128];
    int fd, error;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    fd = open(path, flags | O_CLOEXEC, 0600);
    error = fd < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return error;
}

static int use_files(const struct folders *folders)
{
    char from[128], to[128];

    snprintf(from, sizeof(from), "%s/new", folders->written);
    snprintf(to, sizeof(to), "%s/file", folders->written);
    return open_in(folders->read, "file", O_RDONLY) != 0 ||
           open_in(folders->written, "file", O_RDWR | O_TRUNC) != 0 ||
           open_in(folders->written, "new", O_RDWR | O_CREAT | O_EXCL) != 0 ||
           rename(from, to) != 0 || open_in(folders->written, "file", O_RDWR) != 0 ||
           unlink(to) != 0 || open_in("/dev", "null", O_WRONLY) != 0 ||
           open_in("/etc", "passwd", O_RDONLY) != 0;
}

/* Returns the number of the first that succeeded. */
static int use_files_of_others(const struct folders *folders)
{
    char path[128], other[128];

    snprintf(path, sizeof(path), "%s/file", folders->foreign);
    snprintf(other, sizeof(other), "%s/file", folders->read);
    if (open_in(folders->foreign, "file", O_RDONLY) != EACCES)
        return 1;
    if (open_in(folders->foreign, "new", O_WRONLY | O_CREAT) != EACCES)
        return 2;
    if (open_in(folders->read, "file", O_WRONLY) != EACCES)
        return 3;
    if (open_in(folders->read, "new", O_WRONLY | O_CREAT) != EACCES)
        return 4;
    if (open_in("/root", ".", O_RDONLY | O_DIRECTORY) != EACCES)
        return 5;
    if (open_in("/proc/1", "environ", O_RDONLY) != EACCES)
        return 6;
    if (unlink(path) == 0 || unlink(other) == 0 || rename(path, other) == 0)
        return 7;
    return open_in("/etc", "belfry-new", O_WRONLY | O_CREAT) == EACCES ? 0 : 8;
}

static void only_the_folders_of_the_policy_are_there(void **state)
{
    const struct folders *folders = *state;

    expect_good(folders, false, use_files);
    if (has_landlock())
        expect_good(folders, false, use_files_of_others);
}

#ifdef WITH_SECCOMP

static const struct {
    const char *name;
    long call, first, second, third;
    bool for_sanitizers; /* which LeakSanitizer needs */
} deadly[] = {
    {"execve", SYS_execve, (long)"/bin/true", 0, 0, false},
    {"ptrace", SYS_ptrace, PTRACE_TRACEME, 0, 0, true},
    {"mount", SYS_mount, (long)"none", (long)"/", (long)"tmpfs", false},
    {"bpf", SYS_bpf, BPF_MAP_CREATE, 0, 0, false},
    {"setns", SYS_setns, 0, 0, 0, false},
    {"unshare", SYS_unshare, 0, 0, 0, false},
    {"setuid", SYS_setuid, 0, 0, 0, false},
    {"init_module", SYS_init_module, 0, 0, 0, false},
    {"perf_event_open", SYS_perf_event_open, 0, 0, 0, false},
    {"process_vm_readv", SYS_process_vm_readv, 1, 0, 0, true},
};

static void a_call_that_no_daemon_makes_ends_the_process(void **state)
{
    const struct folders *folders = *state;

    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
        struct sandbox_state sandbox;
        int status;
        pid_t child;

        if (is_sanitized && deadly[i].for_sanitizers)
            continue;
        child = fork();
        if (child == 0) {
            enter(folders, true, &sandbox);
            syscall(deadly[i].call, deadly[i].first, deadly[i].second, deadly[i].third);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s did not end the process: status %x", deadly[i].name, (unsigned)status);
    }
}

/* 0, or the error. */
static int open_socket(int family)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? errno : 0;

    if (fd >= 0)
        close(fd);
    return error;
}

static int use_no_internet(const struct folders *folders)
{
    (void)folders;
    return open_socket(AF_UNIX) != 0 || open_socket(AF_INET) != EAFNOSUPPORT ||
           open_socket(AF_INET6) != EAFNOSUPPORT || open_socket(AF_NETLINK) != EAFNOSUPPORT ||
           open_socket(AF_PACKET) != EAFNOSUPPORT;
}

static int use_internet(const struct folders *folders)
{
    int error = open_socket(AF_INET6);

    (void)folders;
    return open_socket(AF_UNIX) != 0 || open_socket(AF_INET) != 0 ||
           (error != 0 && error != EAFNOSUPPORT) || open_socket(AF_NETLINK) != EAFNOSUPPORT ||
           open_socket(AF_VSOCK) != EAFNOSUPPORT;
}

static void sockets_are_of_the_allowed_families(void **state)
{
    expect_good(*state, false, use_no_internet);
    expect_good(*state, true, use_internet);
}

static bool is_refused(long call, long first, long second, long third)
{
    return syscall(call, first, second, third, 0, 0, 0) == -1 && errno == ENOSYS;
}

static int use_unknown_calls(const struct folders *folders)
{
    void *map;

    (void)folders;
    if (!is_refused(SYS_io_uring_setup, 1, 0, 0) ||
        !is_refused(SYS_memfd_create, (long)"a", 0, 0) ||
        !is_refused(SYS_mkdirat, AT_FDCWD, (long)"/tmp/x", 0700) ||
        !is_refused(SYS_keyctl, 0, 0, 0) || !is_refused(SYS_fcntl, 0, F_SETOWN, getppid()) ||
        !is_refused(SYS_fcntl, 0, F_SETSIG, SIGKILL) ||
        !is_refused(SYS_prlimit64, getppid(), RLIMIT_NOFILE, 0))
        return 1;
    if (is_sanitized)
        return 0;
    map = mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map != MAP_FAILED || !is_refused(SYS_kill, getppid(), 0, 0) ||
        !is_refused(SYS_prctl, PR_SET_DUMPABLE, 1, 0))
        return 2;
    return fork() == -1 ? 0 : 3;
}

static void other_calls_fail_as_on_an_older_kernel(void **state)
{
    expect_good(*state, false, use_unknown_calls);
}

static sem_t entered;

static void *use_from_an_older_thread(void *context)
{
    (void)context;
    sem_wait(&entered);
    return (void *)(intptr_t)(open_socket(AF_INET) == EAFNOSUPPORT);
}

static void threads_from_before_are_held_as_well(void **state)
{
    struct sandbox_state sandbox;
    pid_t child = fork();
    int status;

    if (child == 0) {
        pthread_t thread;
        void *held = NULL;

        sem_init(&entered, 0, 0);
        pthread_create(&thread, NULL, use_from_an_older_thread, NULL);
        enter(*state, false, &sandbox);
        sem_post(&entered);
        pthread_join(thread, &held);
        _exit(held ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#endif

static void *add_row(void *context)
{
    sqlite3 *db = NULL;
    intptr_t code = sqlite3_open(context, &db);

    if (code == SQLITE_OK)
        code = sqlite3_exec(db,
            "PRAGMA journal_mode = wal; CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (1);"
            "SELECT * FROM t ORDER BY a; PRAGMA wal_checkpoint(TRUNCATE)",
            NULL, NULL, NULL);
    sqlite3_close(db);
    return (void *)code;
}

static int work(const struct folders *folders)
{
    char path[128];
    struct addrinfo *found = NULL;
    pthread_t thread;
    void *code = NULL;

    snprintf(path, sizeof(path), "%s/queue.db", folders->written);
    if (pthread_create(&thread, NULL, add_row, path) != 0 || pthread_join(thread, &code) != 0)
        return 1;
    if (code || add_row(path))
        return 2;
    if (getaddrinfo("localhost", "80", NULL, &found) != 0)
        return 3;
    freeaddrinfo(found);
    return 0;
}

static void threads_sqlite_and_the_resolver_work(void **state)
{
    expect_good(*state, true, work);
}

static void the_state_is_told(void **state)
{
    char text[SANDBOX_TEXT_SIZE];
    struct sandbox_state sandbox = {.seccomp = true, .landlock = 3};

    (void)state;
    assert_string_equal(
        sandbox_describe(&sandbox, text, sizeof(text)), "sandbox: seccomp and Landlock (ABI 3)");
    sandbox.landlock = 0;
    reason_set(&sandbox.no_landlock, "not in this kernel");
    assert_string_equal(sandbox_describe(&sandbox, text, sizeof(text)),
        "sandbox: seccomp; Landlock: not in this kernel");
    sandbox.seccomp = false;
    reason_set(&sandbox.no_seccomp, "not in this build");
    assert_string_equal(sandbox_describe(&sandbox, text, sizeof(text)),
        "sandbox: Landlock: not in this kernel; seccomp: not in this build");
    sandbox.is_off = true;
    assert_string_equal(
        sandbox_describe(&sandbox, text, sizeof(text)), "sandbox: off, as configured");
    sandbox_probe(&sandbox);
    assert_int_equal(sandbox.landlock > 0, has_landlock());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_folders_of_the_policy_are_there),
#ifdef WITH_SECCOMP
        cmocka_unit_test(a_call_that_no_daemon_makes_ends_the_process),
        cmocka_unit_test(sockets_are_of_the_allowed_families),
        cmocka_unit_test(other_calls_fail_as_on_an_older_kernel),
        cmocka_unit_test(threads_from_before_are_held_as_well),
#endif
        cmocka_unit_test(threads_sqlite_and_the_resolver_work),
        cmocka_unit_test(the_state_is_told),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
