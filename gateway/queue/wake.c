#include "gateway/queue/wake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/memory.h"

#define MOVE_EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define FOLDER_EVENTS (IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define EVENTS_SIZE 4096

struct wake {
    int fd;
    char *name; /* of the database inside its folder */
    size_t step;
    int64_t next; /* when that step is due, -1 while the ladder rests */
    bool dead;
    bool moved;
};

static const int64_t pauses[] = {0, 1, 1, 2, 4, 8, 16, 32, 64, 128, 256};
#define STEPS (sizeof(pauses) / sizeof(pauses[0]))

static int watch_folder(int fd, const char *database, struct reason *why)
{
    const char *slash = strrchr(database, '/');
    char *folder = !slash
                       ? mem_strdup(".")
                       : mem_strndup(database, slash == database ? 1 : (size_t)(slash - database));
    int result = 0;

    if (inotify_add_watch(fd, folder, IN_MODIFY | MOVE_EVENTS | FOLDER_EVENTS) < 0)
        result = reason_set(why, "watching %s: %s", folder, strerror(errno));
    free(folder);
    return result;
}

struct wake *wake_new(const char *database, struct reason *why)
{
    struct wake *wake = mem_zalloc(sizeof(*wake));
    const char *slash = strrchr(database, '/');

    wake->name = mem_strdup(slash ? slash + 1 : database);
    wake->next = -1;
    wake->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (wake->fd < 0) {
        reason_set(why, "file-change events: %s", strerror(errno));
    } else if (watch_folder(wake->fd, database, why) < 0) {
        close(wake->fd);
        wake->fd = -1;
    }
    return wake;
}

void wake_free(struct wake *wake)
{
    if (!wake)
        return;
    if (wake->fd >= 0)
        close(wake->fd);
    free(wake->name);
    free(wake);
}

int wake_fd(const struct wake *wake)
{
    return wake->fd;
}

/* The database itself (it is replaced) and its -wal (it grows); -shm is mapped and tells nothing.
 */
static bool is_ours(const struct wake *wake, const char *name)
{
    size_t len = strlen(wake->name);

    return strncmp(name, wake->name, len) == 0 &&
           (name[len] == '\0' || strcmp(name + len, "-wal") == 0);
}

static bool concerns(struct wake *wake, const struct inotify_event *event)
{
    if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) {
        wake->dead = true;
        return true;
    }
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    if (event->len == 0 || !is_ours(wake, event->name))
        return false;
    wake->moved |= (event->mask & MOVE_EVENTS) != 0;
    return true;
}

bool wake_take(struct wake *wake, int64_t now)
{
    char events[EVENTS_SIZE] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool ours = false;
    ssize_t got;

    while (wake->fd >= 0 && (got = read(wake->fd, events, sizeof(events))) > 0) {
        const char *at = events;
        while (at < events + got) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            ours |= concerns(wake, event);
            at += sizeof(*event) + event->len;
        }
    }
    if (ours) {
        wake->step = 0;
        wake->next = now;
    }
    return ours;
}

bool wake_step(struct wake *wake, int64_t now)
{
    if (wake->next < 0 || now < wake->next)
        return false;
    wake->step++;
    wake->next = wake->step < STEPS ? now + pauses[wake->step] : -1;
    return true;
}

int wake_pause(const struct wake *wake, int64_t now)
{
    if (wake->next < 0)
        return -1;
    return wake->next <= now ? 0 : (int)(wake->next - now);
}

bool wake_saw_move(struct wake *wake)
{
    bool moved = wake->moved;

    wake->moved = false;
    return moved;
}

bool wake_is_dead(const struct wake *wake)
{
    return wake->dead;
}
