#include "gateway/store/sqlite/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/memory.h"

static long holder_by_name(int fd)
{
    char text[32] = "";

    return pread(fd, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

static int refuse_name(int fd, const char *database, const char *path, struct reason *why)
{
    long pid;

    if (errno != EWOULDBLOCK)
        return reason_set(why, "locking %s: %s", path, strerror(errno));
    pid = holder_by_name(fd);
    if (pid > 0)
        return reason_set(why,
            "another belfry-gateway (process %ld) serves %s already: stop it first", pid, database);
    return reason_set(why, "another belfry-gateway serves %s already (it holds %s): stop it first",
        database, path);
}

/* The process id is a courtesy: a full disk must not keep the gateway from starting. */
static int write_holder(int fd)
{
    if (ftruncate(fd, 0) == 0 && dprintf(fd, "%ld\n", (long)getpid()) < 0)
        errno = 0;
    return fd;
}

static bool is_at(int fd, const char *path)
{
    struct stat open, named;

    return fd >= 0 && fstat(fd, &open) == 0 && stat(path, &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

static int take_name(const char *database, const char *path, struct reason *why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
    int result;

    if (fd < 0)
        return reason_set(why, "opening %s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        result = refuse_name(fd, database, path, why);
        close(fd);
        return result;
    }
    return write_holder(fd);
}

int lock_take(const char *database, int *left, struct reason *why)
{
    size_t size = strlen(database) + sizeof(".lock");
    char *path = mem_alloc(size);
    int fd;

    snprintf(path, size, "%s.lock", database);
    if (is_at(*left, path)) {
        fd = lseek(*left, 0, SEEK_SET) == 0 ? write_holder(*left) : *left;
        *left = -1;
    } else {
        fd = take_name(database, path, why);
    }
    free(path);
    return fd;
}

void lock_release(int fd)
{
    if (fd < 0)
        return;
    /* Another process may have inherited it. */
    if (holder_by_name(fd) == (long)getpid() && ftruncate(fd, 0) < 0)
        errno = 0;
    close(fd);
}

void file_lock_init(struct file_lock *lock)
{
    *lock = (struct file_lock){.fd = -1};
}

void file_lock_adopt(struct file_lock *lock, int fd)
{
    if (fd >= 0)
        *lock = (struct file_lock){.fd = fd, .is_held = true};
}

void file_lock_release(struct file_lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    file_lock_init(lock);
}

static bool is_of(const struct file_lock *lock, dev_t device, ino_t inode)
{
    struct stat status;

    return lock->fd >= 0 && fstat(lock->fd, &status) == 0 && status.st_dev == device &&
           status.st_ino == inode;
}

bool file_lock_is_on(const struct file_lock *lock, dev_t device, ino_t inode)
{
    return lock->is_held && is_of(lock, device, inode);
}

/* The process that holds a lock on that file, according to the kernel; 0: it does not say. */
static long holder_by_file(dev_t device, ino_t inode)
{
    FILE *locks = fopen("/proc/locks", "re");
    char line[256];
    unsigned long in;
    unsigned ma, mi;
    long pid, found = 0;

    while (locks && found == 0 && fgets(line, sizeof(line), locks))
        if (sscanf(line, "%*d: FLOCK %*s WRITE %ld %x:%x:%lu", &pid, &ma, &mi, &in) == 4 &&
            in == inode && ma == major(device) && mi == minor(device))
            found = pid;
    if (locks)
        fclose(locks);
    return found;
}

static int refuse_file(const struct file_lock *lock, const char *database, struct reason *why)
{
    struct stat status = {0};
    long pid;

    if (errno != EWOULDBLOCK)
        return reason_set(why, "locking %s: %s", database, strerror(errno));
    pid = fstat(lock->fd, &status) == 0 ? holder_by_file(status.st_dev, status.st_ino) : 0;
    if (pid > 0)
        return reason_set(why,
            "another belfry-gateway (process %ld) serves the file that %s names already: stop it "
            "first",
            pid, database);
    return reason_set(why,
        "another belfry-gateway serves the file that %s names already: stop it first", database);
}

/* O_NONBLOCK: opening what is not a regular file must not block; it is refused later. */
int file_lock_hold(struct file_lock *lock, const char *database, struct reason *why)
{
    struct stat status;

    if (stat(database, &status) < 0 || !S_ISREG(status.st_mode))
        return 0;
    if (!is_of(lock, status.st_dev, status.st_ino)) {
        file_lock_release(lock);
        lock->fd = open(database, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    if (lock->fd < 0 || lock->is_held)
        return 0;
    if (flock(lock->fd, LOCK_EX | LOCK_NB) < 0)
        return refuse_file(lock, database, why);
    lock->is_held = true;
    return 0;
}
