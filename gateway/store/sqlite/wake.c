#include "gateway/store/sqlite/wake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/memory.h"

#define MOVE_EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define GONE_EVENTS (IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define FOLDER_EVENTS (IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define EVENTS_SIZE 4096

#define WATCHES_MAX 8

/* A watched name in a directory. */
struct watched_name {
    int descriptor;
    char *name;
    bool is_link;
};

struct wake {
    int fd;
    char *database; /* the path as it was given … */
    char *real;     /* … and with links resolved */
    struct watched_name watches[WATCHES_MAX];
    size_t count;
    size_t step;
    int64_t next; /* ms: when that step is due, or after its pause if that is shorter; -1: none */
    bool dead;
    bool moved;
};

static const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static char *path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return mem_strdup(".");
    return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* In microseconds. Mostly a commit is visible a tenth of a millisecond after its first event. */
static const int64_t pauses[] = {
    0, 20, 50, 100, 200, 400, 1000, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000};
#define STEPS (sizeof(pauses) / sizeof(pauses[0]))
/* A transaction makes an event for each write. During the shorter pauses they are left alone: they
 * say nothing new, and to wake somebody up costs the writer time, too. */
#define DEAF_US 2000
/* Where the ladder begins if only the database itself was written. That is a checkpoint, which
 * writes many pages and commits nothing. */
#define STEP_OF_CHECKPOINT 8

/* Watches for the last name of the path in its directory. */
static int watch_add(struct wake *wake, const char *path, bool is_link, struct reason *why)
{
    uint32_t events = MOVE_EVENTS | FOLDER_EVENTS | IN_MASK_ADD | (is_link ? 0 : IN_MODIFY);
    struct watched_name *watch = &wake->watches[wake->count];
    char *folder = path_folder(path);
    int result = 0;

    watch->descriptor = inotify_add_watch(wake->fd, folder, events);
    if (watch->descriptor < 0) {
        result = reason_set(why, "watching %s: %s", folder, strerror(errno));
    } else {
        watch->name = mem_strdup(path_name(path));
        watch->is_link = is_link;
        wake->count++;
    }
    free(folder);
    return result;
}

/* Watches the links among the directories of the path, and its last name if that is one. Links
 * behind links are not watched: only the slow poll notices a change of one. */
static int watch_links(struct wake *wake, struct reason *why)
{
    char *path = mem_strdup(wake->database);
    size_t len = strlen(path);
    struct stat status;
    int result = 0;

    for (size_t at = 1; at <= len && result == 0 && wake->count < WATCHES_MAX; at++) {
        char end = path[at];
        if (end != '/' && end != '\0')
            continue;
        path[at] = '\0';
        if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode))
            result = watch_add(wake, path, true, why);
        path[at] = end;
    }
    free(path);
    return result;
}

static char *resolve(const char *database)
{
    char *real = realpath(database, NULL);

    return real ? real : mem_strdup(database);
}

struct wake *wake_new(const char *database, struct reason *why)
{
    struct wake *wake = mem_zalloc(sizeof(*wake));

    wake->database = mem_strdup(database);
    wake->real = resolve(database);
    wake->next = -1;
    wake->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (wake->fd < 0) {
        reason_set(why, "file-change events: %s", strerror(errno));
    } else if (watch_add(wake, wake->real, false, why) < 0 || watch_links(wake, why) < 0) {
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
    for (size_t i = 0; i < wake->count; i++)
        free(wake->watches[i].name);
    free(wake->database);
    free(wake->real);
    free(wake);
}

int wake_fd(const struct wake *wake)
{
    bool is_about_to_look = wake->next >= 0 && pauses[wake->step] <= DEAF_US;

    return is_about_to_look ? -1 : wake->fd;
}

/* What an event may mean, in order of urgency. */
enum wake_event {
    WAKE_NOTHING,
    WAKE_CHECKPOINT, /* the database itself was written, which commits nothing */
    WAKE_COMMIT      /* or anything else */
};

/* The database itself, which may be replaced; its -wal, which grows; and its -shm, for which only
 * deletion and replacement count, since it is mapped and changes without events. */
static enum wake_event event_of_name(
    const struct watched_name *watch, const struct inotify_event *event)
{
    size_t len = strlen(watch->name);
    const char *ending = event->name + len;

    if (strncmp(event->name, watch->name, len) != 0)
        return WAKE_NOTHING;
    if (*ending == '\0')
        return event->mask & MOVE_EVENTS ? WAKE_COMMIT : WAKE_CHECKPOINT;
    if (watch->is_link)
        return WAKE_NOTHING;
    return strcmp(ending, "-wal") == 0 ||
                   (strcmp(ending, "-shm") == 0 && (event->mask & GONE_EVENTS))
               ? WAKE_COMMIT
               : WAKE_NOTHING;
}

static enum wake_event event_judge(struct wake *wake, const struct inotify_event *event)
{
    enum wake_event result = WAKE_NOTHING;

    if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) {
        wake->dead = wake->moved = true;
        return WAKE_COMMIT;
    }
    if (event->mask & IN_Q_OVERFLOW)
        return WAKE_COMMIT;
    for (size_t i = 0; event->len > 0 && i < wake->count && result == WAKE_NOTHING; i++)
        if (wake->watches[i].descriptor == event->wd)
            result = event_of_name(&wake->watches[i], event);
    wake->moved |= result != WAKE_NOTHING && (event->mask & MOVE_EVENTS) != 0;
    return result;
}

/* Reads all waiting events. Returns the most urgent. */
static enum wake_event events_read(struct wake *wake)
{
    char events[EVENTS_SIZE] __attribute__((aligned(__alignof__(struct inotify_event))));
    enum wake_event result = WAKE_NOTHING;
    ssize_t got = wake->fd < 0 ? 0 : EVENTS_SIZE;

    /* More than fits is read again; a short read says that there are no more. */
    while (got > EVENTS_SIZE / 2 && (got = read(wake->fd, events, sizeof(events))) > 0) {
        const char *at = events;
        while (at < events + got) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            enum wake_event judged = event_judge(wake, event);

            result = judged > result ? judged : result;
            at += sizeof(*event) + event->len;
        }
    }
    return result;
}

static void ladder_begin(struct wake *wake, size_t step, int64_t now)
{
    wake->step = step;
    wake->next = now + pauses[step] / 1000;
}

bool wake_take(struct wake *wake, int64_t now)
{
    enum wake_event event = events_read(wake);

    if (event == WAKE_COMMIT)
        ladder_begin(wake, 0, now);
    else if (event == WAKE_CHECKPOINT && wake->next < 0)
        ladder_begin(wake, STEP_OF_CHECKPOINT, now);
    return event != WAKE_NOTHING;
}

bool wake_step(struct wake *wake, int64_t now)
{
    if (wake->next < 0 || now < wake->next)
        return false;
    wake->step++;
    wake->next = wake->step < STEPS ? now + pauses[wake->step] / 1000 : -1;
    return true;
}

/* Only the next look asks whether a file was moved. */
void wake_rest(struct wake *wake)
{
    if (!wake->moved)
        wake->next = -1;
}

int64_t wake_pause(const struct wake *wake, int64_t now)
{
    if (wake->next < 0)
        return -1;
    if (wake->next > now)
        return (wake->next - now) * 1000;
    return pauses[wake->step] < 1000 ? pauses[wake->step] : 0;
}

bool wake_saw_move(struct wake *wake)
{
    bool moved = wake->moved;

    wake->moved = false;
    return moved;
}

bool wake_is_current(const struct wake *wake)
{
    char *real;
    bool same;

    if (wake->fd < 0 || wake->dead)
        return false;
    real = resolve(wake->database);
    same = strcmp(real, wake->real) == 0;
    free(real);
    return same;
}
