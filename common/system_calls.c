#include "common/system_calls.h"

#include "build-config.h"

#ifndef WITH_SECCOMP

bool system_calls_can_be_restricted(struct reason *why)
{
    reason_set(why, "not in this build (--without-seccomp)");
    return false;
}

int system_calls_restrict(bool internet, struct reason *why)
{
    (void)internet;
    return system_calls_can_be_restricted(why) ? 0 : -1;
}

#else

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/sanitized.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Names that a machine's kernel does not have are left out, so each generation of a call is here.
 */
static const char *const allowed[] = {
    /* memory */
    "brk",
    "madvise",
    "membarrier",
    "mremap",
    "munmap",
    /* what is read and written, and of whom */
    "_llseek",
    "close",
    "close_range",
    "dup",
    "dup2",
    "dup3",
    "fadvise64",
    "fadvise64_64",
    "fallocate",
    "fdatasync",
    "flock",
    "fsync",
    "ftruncate",
    "ftruncate64",
    "lseek",
    "pread64",
    "preadv",
    "preadv2",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "read",
    "readv",
    "sync_file_range",
    "write",
    "writev",
    /* files by their names: SQLite, certificates, the resolver */
    "access",
    "chdir",
    "faccessat",
    "faccessat2",
    "fchdir",
    "fchmod",
    "fchmodat",
    "fchown",
    "fchown32",
    "fchownat",
    "fgetxattr",
    "fstat",
    "fstat64",
    "fstatat64",
    "fstatfs",
    "fstatfs64",
    "getcwd",
    "getdents",
    "getdents64",
    "getxattr",
    "lgetxattr",
    "lstat",
    "lstat64",
    "newfstatat",
    "open",
    "openat",
    "readlink",
    "readlinkat",
    "rename",
    "renameat",
    "renameat2",
    "stat",
    "stat64",
    "statfs",
    "statfs64",
    "statx",
    "umask",
    "unlink",
    "unlinkat",
    "utimensat",
    /* the event loop */
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd2",
    "inotify_add_watch",
    "inotify_init1",
    "inotify_rm_watch",
    "pipe",
    "pipe2",
    "poll",
    "ppoll",
    "ppoll_time64",
    "pselect6",
    "pselect6_time64",
    "select",
    "_newselect",
    /* sockets, of which socket() itself is below */
    "accept",
    "accept4",
    "bind",
    "connect",
    "getpeername",
    "getsockname",
    "getsockopt",
    "listen",
    "recv",
    "recvfrom",
    "recvmmsg",
    "recvmmsg_time64",
    "recvmsg",
    "send",
    "sendfile",
    "sendfile64",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setsockopt",
    "shutdown",
    "socketcall",
    "socketpair",
    /* threads and signals; clone() is below */
    "exit",
    "exit_group",
    "futex",
    "futex_time64",
    "get_robust_list",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigpending",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "rt_sigtimedwait_time64",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "set_tid_address",
    "sigaltstack",
    "sigreturn",
    "wait4",
    "waitid",
    "waitpid",
    /* time */
    "clock_getres",
    "clock_getres_time64",
    "clock_gettime",
    "clock_gettime64",
    "clock_nanosleep",
    "clock_nanosleep_time64",
    "gettimeofday",
    "nanosleep",
    "time",
    "times",
    /* what it asks about itself and the machine */
    "arch_prctl",
    "getegid",
    "getegid32",
    "geteuid",
    "geteuid32",
    "getgid",
    "getgid32",
    "getgroups",
    "getgroups32",
    "getpid",
    "getppid",
    "getrandom",
    "getresgid",
    "getresuid",
    "getrlimit",
    "getrusage",
    "gettid",
    "getuid",
    "getuid32",
    "setrlimit",
    "sysinfo",
    "ugetrlimit",
    "uname",
};

/* What no daemon has use for: whoever calls one of these is somebody else. The calls of the
 * kernel's keyrings are not here: Kerberos, which libpq asks for tickets, looks for them there. */
static const char *const deadly[] = {
    /* another program */
    "execve",
    "execveat",
    /* another view of the machine, or another user */
    "chroot",
    "fsconfig",
    "fsmount",
    "fsopen",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "pivot_root",
    "setfsgid",
    "setfsuid",
    "setgid",
    "setgroups",
    "setns",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setuid",
    "umount",
    "umount2",
    "unshare",
    /* the kernel itself, and what other processes have */
    "acct",
    "bpf",
    "delete_module",
    "finit_module",
    "init_module",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "lookup_dcookie",
    "name_to_handle_at",
    "open_by_handle_at",
    "perf_event_open",
    "personality",
    "process_madvise",
    "quotactl",
    "reboot",
    "swapoff",
    "swapon",
    "syslog",
    "userfaultfd",
    /* the clock of all others */
    "adjtimex",
    "clock_adjtime",
    "clock_settime",
    "settimeofday",
    "stime",
};

/* Likewise, in a build without sanitizers: LeakSanitizer, at the end of the process, traces its
 * threads. */
static const char *const tracing[] = {"process_vm_readv", "process_vm_writev", "ptrace"};
static const char *const for_sanitizers[] = {
    "clone",
    "clone3",
    "kill",
    "mmap",
    "mmap2",
    "mprotect",
    "prctl",
    "process_vm_readv",
    "ptrace",
    "tgkill",
    "tkill",
};

/* Adds the call with this action, where the machine has it. */
static int add_call(scmp_filter_ctx filter, uint32_t action, const char *name)
{
    int call = seccomp_syscall_resolve_name(name);

    return call < 0 ? 0 : seccomp_rule_add(filter, action, call, 0);
}

static int add_calls(
    scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++)
        result = add_call(filter, action, names[i]);
    return result;
}

/* Allows the call where the argument, under the mask, is this value. */
static int add_where(
    scmp_filter_ctx filter, const char *name, unsigned argument, uint64_t mask, uint64_t value)
{
    int call = seccomp_syscall_resolve_name(name);
    const struct scmp_arg_cmp where = SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value);

    return call < 0 ? 0 : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &where);
}

static int add_equal(scmp_filter_ctx filter, const char *name, unsigned argument,
    const unsigned long *values, size_t count)
{
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++)
        result = add_where(filter, name, argument, UINT32_MAX, values[i]);
    return result;
}

/* Memory is never to be written and run: what is written there would be another program. */
static int add_memory(scmp_filter_ctx filter)
{
    static const char *const maps[] = {"mmap", "mmap2"};
    int result = add_where(filter, "mprotect", 2, PROT_EXEC, 0);

    for (size_t i = 0; i < COUNT(maps) && result == 0; i++) {
        result = add_where(filter, maps[i], 2, PROT_EXEC, 0);
        if (result == 0)
            result = add_where(filter, maps[i], 2, PROT_EXEC | PROT_WRITE, PROT_EXEC);
    }
    return result;
}

/* A family that is not allowed fails as one that the kernel does not have. */
static int add_families(scmp_filter_ctx filter, bool internet)
{
    int call = seccomp_syscall_resolve_name("socket");
    const struct scmp_arg_cmp higher = {.op = SCMP_CMP_GT, .datum_a = AF_INET6};
    int result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), call, 1, &higher);

    for (int family = 0; family <= AF_INET6 && result == 0; family++) {
        bool is_internet = family == AF_INET || family == AF_INET6;
        bool is_allowed = family == AF_UNIX || (internet && is_internet);
        const struct scmp_arg_cmp this = {.op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)family};

        result = seccomp_rule_add_array(
            filter, is_allowed ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EAFNOSUPPORT), call, 1, &this);
    }
    return result;
}

/* Threads of this process, and signals to them; no other processes. */
static int add_threads(scmp_filter_ctx filter)
{
    static const unsigned long names[] = {PR_GET_DUMPABLE, PR_GET_NAME, PR_SET_NAME,
        PR_SET_NO_NEW_PRIVS, 0x53564d41 /* PR_SET_VMA, by which the C library names its memory */};
    const unsigned long self[] = {(unsigned long)getpid()};

#ifdef __s390__
    const unsigned flags = 1;
#else
    const unsigned flags = 0;
#endif
    int result = add_where(filter, "clone", flags, CLONE_THREAD, CLONE_THREAD);

    if (result == 0)
        result = add_equal(filter, "tgkill", 0, self, COUNT(self));
    return result == 0 ? add_equal(filter, "prctl", 0, names, COUNT(names)) : result;
}

static int add_controls(scmp_filter_ctx filter)
{
    static const unsigned long controls[] = {
        FIOCLEX, FIONBIO, FIONCLEX, FIONREAD, TCGETS, TIOCOUTQ /* SIOCOUTQ, too */};

    return add_equal(filter, "ioctl", 1, controls, COUNT(controls));
}

/* What may be asked of a descriptor: not to have another process sent signals for it (F_SETOWN). */
static const unsigned long descriptor_commands[] = {
    F_DUPFD,
    F_DUPFD_CLOEXEC,
    F_GETFD,
    F_GETFL,
    F_GETLK,
    F_OFD_GETLK,
    F_OFD_SETLK,
    F_OFD_SETLKW,
    F_SETFD,
    F_SETFL,
    F_SETLK,
    F_SETLKW,
    F_SETPIPE_SZ,
#if F_GETLK64 != F_GETLK
    F_GETLK64,
    F_SETLK64,
    F_SETLKW64,
#endif
};

static int add_descriptors(scmp_filter_ctx filter)
{
    static const char *const calls[] = {"fcntl", "fcntl64"};
    int result = 0;

    for (size_t i = 0; i < COUNT(calls) && result == 0; i++)
        result = add_equal(filter, calls[i], 1, descriptor_commands, COUNT(descriptor_commands));
    return result;
}

/* Its own limits, not those of another process. */
static int add_limits(scmp_filter_ctx filter)
{
    return add_where(filter, "prlimit64", 0, UINT32_MAX, 0);
}

static int filter_fill(scmp_filter_ctx filter, bool internet)
{
    int result = add_calls(filter, SCMP_ACT_ALLOW, allowed, COUNT(allowed));

    if (result == 0)
        result = add_calls(filter, SCMP_ACT_KILL_PROCESS, deadly, COUNT(deadly));
    if (result == 0)
        result = add_families(filter, internet);
    if (result == 0)
        result = add_controls(filter);
    if (result == 0)
        result = add_descriptors(filter);
    if (result == 0)
        result = add_limits(filter);
    if (result == 0 && is_sanitized)
        return add_calls(filter, SCMP_ACT_ALLOW, for_sanitizers, COUNT(for_sanitizers));
    if (result == 0)
        result = add_calls(filter, SCMP_ACT_KILL_PROCESS, tracing, COUNT(tracing));
    if (result == 0)
        result = add_memory(filter);
    return result == 0 ? add_threads(filter) : result;
}

/* Calls of another architecture end the process. What is refused is logged. */
static int filter_configure(scmp_filter_ctx filter)
{
    static const struct {
        enum scmp_filter_attr attribute;
        uint32_t value;
    } attributes[] = {
        {SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS}, {SCMP_FLTATR_CTL_NNP, 1},
        {SCMP_FLTATR_CTL_TSYNC, 1}, {SCMP_FLTATR_CTL_LOG, 1},
        {SCMP_FLTATR_CTL_OPTIMIZE, 2}, /* a tree: gateways make many calls */
    };
    int result = 0;

    for (size_t i = 0; i < COUNT(attributes) && result == 0; i++)
        result = seccomp_attr_set(filter, attributes[i].attribute, attributes[i].value);
    return result;
}

bool system_calls_can_be_restricted(struct reason *why)
{
    if (seccomp_api_get() >= 3)
        return true;
    reason_set(why, "not in this kernel, or not for this process");
    return false;
}

int system_calls_restrict(bool internet, struct reason *why)
{
    scmp_filter_ctx filter;
    int result;

    if (!system_calls_can_be_restricted(why))
        return -1;
    filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (!filter)
        return reason_set(why, "there is no memory for the filter");
    result = filter_configure(filter);
    if (result == 0)
        result = filter_fill(filter, internet);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    return result == 0 ? 0 : reason_set(why, "refused by the system: %s", strerror(-result));
}

#endif
