#include "common/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/access_list.h"
#include "common/members.h"

#define LINKS_MAX 40
#define GROUPS_MAX 1024
/* All users that a user namespace does not know have this number, so it identifies nobody. */
#define NOBODY_KNOWN 65534

enum { MAY_WRITE = 2, MAY_READ = 4 };

/* A walk from the root folder to a file, following links. */
struct walk {
    const char *goal;    /* as configured, for sentences */
    const char *verdict; /* how a sentence about it begins */
    uid_t owner;         /* the file's */
    uid_t daemon;        /* for root, the user that the programs run as; else whoever runs this */
    bool is_store;       /* a store of sessions, which an application writes */
    bool is_own;         /* no setting names it, so its owner could be anybody */
    bool is_near;        /* judging the file or the folder that it is in */
    bool is_shared;      /* others may create files in the folder `at` */
    int links;
    char at[PATH_MAX];   /* a folder that has been checked, without links; "" is the root folder */
    char rest[PATH_MAX]; /* the rest of the path */
    struct reason *why;
};

static bool accept(const void *context, uid_t user)
{
    const struct walk *walk = context;

    if (user == 0 || user == walk->daemon)
        return true;
    return user == walk->owner && user != NOBODY_KNOWN && !(walk->is_own && walk->daemon != 0);
}

/* What one permission of somebody else means, and how to remove it. */
struct fault {
    const char *path;
    unsigned permissions; /* the permissions, of those that they have, that they must not have */
    bool is_folder;
};

static const char *fault_verb(const struct fault *fault)
{
    return fault->permissions & MAY_WRITE ? "write" : "read";
}

/* "may write it" for the goal itself, "may write /srv, which it lies in" for a folder. */
static int fault_tell(
    const struct walk *walk, const struct fault *fault, const char *who, const char *todo)
{
    if (fault->is_folder)
        return reason_set(walk->why, "%s %s %s may write the folder %s, and so replace it: %s",
            walk->goal, walk->verdict, who, fault->path, todo);
    return reason_set(walk->why, "%s %s %s may %s %s: %s", walk->goal, walk->verdict, who,
        fault_verb(fault), strcmp(fault->path, walk->goal) == 0 ? "it" : fault->path, todo);
}

/* A secret should be accessible to its owner alone; anything else only loses the permission that is
 * too much. */
static void fault_advise(
    const struct walk *walk, const struct fault *fault, char class, char *todo, size_t size)
{
    char name[MEMBERS_NAME_SIZE];

    if (!(fault->permissions & MAY_READ)) {
        snprintf(todo, size, "chmod %c-w %s", class, fault->path);
        return;
    }
    if (walk->daemon == walk->owner || walk->daemon == 0)
        snprintf(todo, size, "chmod 0400 %s", fault->path);
    else
        snprintf(todo, size, "chown %s %s && chmod 0400 %s", members_user_name(walk->daemon, name),
            fault->path, fault->path);
}

/* If the application writes the file by group permission, make the file its own: then the group
 * needs no permission. */
static void advise_member(const struct walk *walk, const char *member, char *todo, size_t size)
{
    size_t used = strlen(todo);
    const char *slash = strrchr(walk->goal, '/');

    if (walk->is_store && *member && slash > walk->goal)
        snprintf(todo + used, size - used,
            "; if %s is the application's user, first: chown %s %s %.*s", member, member,
            walk->goal, (int)(slash - walk->goal), walk->goal);
}

static int tell_group(
    const struct walk *walk, const struct fault *fault, gid_t group, const char *member)
{
    char name[MEMBERS_NAME_SIZE], who[2 * MEMBERS_NAME_SIZE + 64], todo[PATH_MAX * 4 + 256];

    members_group_name(group, name);
    if (*member)
        snprintf(who, sizeof who, "the group %s, which %s is in,", name, member);
    else if (members_know(group))
        snprintf(
            who, sizeof who, "whoever is started with the group %s, which has no member,", name);
    else
        snprintf(who, sizeof who, "a group that is not known here");
    fault_advise(walk, fault, 'g', todo, sizeof todo);
    advise_member(walk, member, todo, sizeof todo);
    return fault_tell(walk, fault, who, todo);
}

static int tell_user(const struct walk *walk, const struct fault *fault, uid_t user)
{
    char name[MEMBERS_NAME_SIZE], who[MEMBERS_NAME_SIZE + 32], todo[PATH_MAX + 128];

    members_user_name(user, name);
    snprintf(who, sizeof who, "the user %s", name);
    snprintf(todo, sizeof todo, "setfacl -x u:%s %s", name, fault->path);
    return fault_tell(walk, fault, who, todo);
}

static bool is_mine(gid_t group)
{
    gid_t groups[GROUPS_MAX];
    int count = getgroups(GROUPS_MAX, groups);
    bool found = group == getegid();

    for (int i = 0; i < count && !found; i++)
        found = groups[i] == group;
    return found;
}

static bool is_another(const void *context, uid_t user)
{
    return !accept(context, user);
}

/* A group without members may still be used: programs are started with it (SupplementaryGroups= of
 * systemd, --group-add of Docker). Folders far above the file often have such a group, such as
 * Debian's staff on /usr/local, so only near ones are judged. */
static bool is_for_others(const struct walk *walk, gid_t group)
{
    char member[MEMBERS_NAME_SIZE];

    return walk->is_near && members_know(group) && !is_mine(group) &&
           !members_have_other(group, is_another, walk, member);
}

static bool group_harms(
    const struct walk *walk, unsigned permissions, gid_t group, char member[MEMBERS_NAME_SIZE])
{
    if (group == 0)
        return false;
    if (group == NOBODY_KNOWN || members_have_other(group, accept, walk, member))
        return true;
    return (permissions & MAY_WRITE) && is_for_others(walk, group);
}

/* Judges one entry of the list. Returns 0 if it does no harm. */
static int judge_entry(
    const struct walk *walk, const struct fault *fault, const struct access_entry *entry)
{
    char member[MEMBERS_NAME_SIZE] = "", todo[PATH_MAX * 2 + 64];

    switch (entry->to) {
    case ACCESS_OF_USER:
        return accept(walk, entry->id) ? 0 : tell_user(walk, fault, entry->id);
    case ACCESS_OF_GROUP:
        return group_harms(walk, fault->permissions, entry->id, member)
                   ? tell_group(walk, fault, entry->id, member)
                   : 0;
    case ACCESS_OF_ALL:
        fault_advise(walk, fault, 'o', todo, sizeof todo);
        return fault_tell(walk, fault, "everybody", todo);
    }
    return 0;
}

/* Whether nobody else has any of the `forbidden` permissions. Returns 0, or -1 with the reason. */
static int judge_rights(
    const struct walk *walk, const char *path, const struct stat *status, unsigned forbidden)
{
    struct access_entry entries[ACCESS_ENTRIES_MAX];
    int count = access_list_read(path, status, entries);

    if (count < 0)
        return reason_set(walk->why, "%s is not used: the access control list of %s is too long",
            walk->goal, path);
    for (int i = 0; i < count; i++) {
        struct fault fault = {path, entries[i].permissions & forbidden, S_ISDIR(status->st_mode)};
        if (fault.permissions && judge_entry(walk, &fault, &entries[i]) < 0)
            return -1;
    }
    return 0;
}

static int judge_owner(const struct walk *walk, const char *path, const struct stat *status)
{
    char name[MEMBERS_NAME_SIZE];

    if (accept(walk, status->st_uid))
        return 0;
    return reason_set(walk->why,
        "%s is not used: %s is the user %s's, who may change it: chown root %s%s", walk->goal, path,
        members_user_name(status->st_uid, name), path,
        walk->is_own ? "; where it is the application's, say so with session_database under [auth]"
        : walk->is_store && S_ISDIR(status->st_mode)
            ? ", or keep the sessions where that user has no folder above them, as under /var/lib"
            : "");
}

/* Judges a folder on the way, which is walk->at. */
static int judge_folder(struct walk *walk)
{
    const char *path = *walk->at ? walk->at : "/";
    struct stat status;

    if (lstat(path, &status) < 0)
        return 0;
    if (judge_owner(walk, path, &status) < 0)
        return -1;
    walk->is_shared = (status.st_mode & S_ISVTX) && (status.st_mode & 0022);
    return walk->is_shared ? 0 : judge_rights(walk, path, &status, MAY_WRITE);
}

/* Takes the next name from the rest. Returns false at the end. */
static bool next_name(struct walk *walk, char name[NAME_MAX + 1])
{
    char *from = walk->rest + strspn(walk->rest, "/");
    size_t len = strcspn(from, "/");

    if (len == 0 || len > NAME_MAX)
        return false;
    memcpy(name, from, len);
    name[len] = '\0';
    memmove(walk->rest, from + len, strlen(from + len) + 1);
    return true;
}

/* Continues where the link points to. Returns false if that cannot be followed. */
static bool walk_follow(struct walk *walk, const char *link)
{
    char target[PATH_MAX], rest[PATH_MAX];
    ssize_t len = readlink(link, target, sizeof target - 1);

    if (len <= 0 || ++walk->links > LINKS_MAX)
        return false;
    target[len] = '\0';
    if (snprintf(rest, sizeof rest, "%s/%s", target, walk->rest) >= (int)sizeof rest)
        return false;
    memcpy(walk->rest, rest, sizeof rest);
    if (*target == '/')
        *walk->at = '\0';
    return true;
}

enum trust_step { STEP_ON, STEP_END, STEP_REFUSED };

static enum trust_step walk_go_up(struct walk *walk)
{
    char *slash = strrchr(walk->at, '/');

    if (slash)
        *slash = '\0';
    return judge_folder(walk) < 0 ? STEP_REFUSED : STEP_ON;
}

/* Goes into `name` in the folder `at`: another folder, a link, or at the end the file itself; `at`
 * is then its path. */
static enum trust_step walk_enter(struct walk *walk, const char *name)
{
    char path[PATH_MAX];
    struct stat status;
    bool is_found = snprintf(path, sizeof path, "%s/%s", walk->at, name) < (int)sizeof path &&
                    lstat(path, &status) == 0;

    if (!is_found)
        return STEP_END;
    if (walk->is_shared && judge_owner(walk, path, &status) < 0)
        return STEP_REFUSED;
    if (S_ISLNK(status.st_mode)) {
        if (!walk_follow(walk, path))
            return STEP_END;
        return judge_folder(walk) < 0 ? STEP_REFUSED : STEP_ON;
    }
    memcpy(walk->at, path, sizeof path);
    if (!S_ISDIR(status.st_mode))
        return STEP_END;
    return judge_folder(walk) < 0 ? STEP_REFUSED : STEP_ON;
}

static bool walk_begin(struct walk *walk, const char *path)
{
    char folder[PATH_MAX] = "";

    if (*path != '/' && !getcwd(folder, sizeof folder))
        return false;
    return snprintf(walk->rest, sizeof walk->rest, "%s/%s", folder, path) < (int)sizeof walk->rest;
}

/* Checks every folder on the way. Returns 0, or -1 with the reason. */
static int walk_along(struct walk *walk, const char *path)
{
    char name[NAME_MAX + 1];
    enum trust_step step = walk_begin(walk, path) ? STEP_ON : STEP_END;

    if (step == STEP_ON && judge_folder(walk) < 0)
        return -1;
    while (step == STEP_ON && next_name(walk, name)) {
        if (strcmp(name, "..") == 0)
            step = walk_go_up(walk);
        else if (strcmp(name, ".") != 0)
            step = walk_enter(walk, name);
    }
    return step == STEP_REFUSED ? -1 : 0;
}

static int judge_file(const struct walk *walk, const char *path, unsigned forbidden)
{
    struct stat status;

    if (lstat(path, &status) < 0)
        return 0;
    if (S_ISLNK(status.st_mode))
        return reason_set(
            walk->why, "%s is not used: %s is a symbolic link: rm %s", walk->goal, path, path);
    if (judge_owner(walk, path, &status) < 0)
        return -1;
    return judge_rights(walk, path, &status, forbidden);
}

/* Judges the folder that the file is in once more, by the stricter rule for near folders. */
static int judge_near_folder(struct walk *walk)
{
    struct walk last = *walk;
    char *slash = strrchr(last.at, '/');

    if (slash)
        *slash = '\0';
    return judge_folder(&last);
}

/* Judges the file at the end of the walk, and the files that belong to it. */
static int judge_goal(struct walk *walk, unsigned forbidden, const char *const *suffixes)
{
    char path[PATH_MAX];

    walk->is_near = true;
    if (judge_near_folder(walk) < 0)
        return -1;
    for (; *suffixes; suffixes++)
        if (snprintf(path, sizeof path, "%s%s", walk->at, *suffixes) < (int)sizeof path &&
            judge_file(walk, *suffixes[0] ? path : walk->at, forbidden) < 0)
            return -1;
    return 0;
}

static uid_t find_daemon(void)
{
    uid_t user = geteuid();

    if (user == 0)
        (void)members_find_user("belfry", &user);
    return user;
}

static const char *const of_database[] = {"", "-wal", "-shm", "-journal", NULL};

static int judge(
    struct walk *walk, unsigned forbidden, const char *const *suffixes, struct reason *why)
{
    struct stat status, end;

    walk->verdict = "is not used:";
    walk->daemon = find_daemon();
    walk->why = why;
    /* If it is not there now, whatever appears later has not been checked. */
    if (stat(walk->goal, &status) < 0)
        return reason_set(why, "%s cannot be read: %s", walk->goal, strerror(errno));
    walk->owner = status.st_uid;
    if (walk_along(walk, walk->goal) < 0)
        return -1;
    /* A pipe, as /dev/fd names it, has no place in the file system. */
    if (lstat(walk->at, &end) < 0 || end.st_dev != status.st_dev || end.st_ino != status.st_ino)
        return 0;
    return judge_goal(walk, forbidden, suffixes);
}

int trust_store(const char *path, struct reason *why)
{
    struct walk walk = {.goal = path, .is_store = true};

    return judge(&walk, MAY_WRITE, of_database, why);
}

int trust_own_store(const char *path, struct reason *why)
{
    struct walk walk = {.goal = path, .is_store = true, .is_own = true};

    return judge(&walk, MAY_WRITE, of_database, why);
}

int trust_secret(const char *path, struct reason *why)
{
    static const char *const suffixes[] = {"", NULL};
    struct walk walk = {.goal = path};

    return judge(&walk, MAY_WRITE, suffixes, why);
}

int trust_private(const char *path, struct reason *why)
{
    struct walk walk = {
        .goal = path, .verdict = "is used, but", .daemon = find_daemon(), .why = why};
    struct stat status;

    if (stat(path, &status) < 0)
        return 0;
    walk.owner = status.st_uid;
    return judge_rights(&walk, path, &status, MAY_READ);
}

bool trust_folder(const char *path, uid_t owner, struct reason *why)
{
    struct walk walk = {.goal = path,
        .verdict = "is not used:",
        .owner = owner,
        .daemon = find_daemon(),
        .why = why};

    if (walk_along(&walk, path) < 0)
        return false;
    if (walk.is_shared)
        reason_set(why, "others may create files in %s", path);
    return !walk.is_shared;
}
