/*
 * place: where a new database file goes, and who owns it.
 *
 * SQLite gives -wal and -shm the permissions of the file beside them, and would
 * create the file itself readable by everybody. So the file is created here,
 * empty and with the right permissions, before SQLite opens it.
 *
 * Permissions are set on descriptors, and no link is followed that anybody but
 * root could have made: root often runs this in folders that others may write.
 */
#ifndef BELFRY_ADMIN_PLACE_H
#define BELFRY_ADMIN_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/reason.h"

struct place_owner {
    uid_t user;
    gid_t group;
    bool given; /* the user or the group was named explicitly */
};

/* The kind of a file: the default group if root creates it, and the permissions of the folder and
 * the file. */
struct place_kind {
    const char *group;
    mode_t folder, file;
};

/* The queue, which publishers write, and the sessions, which only Belfry may. */
extern const struct place_kind place_of_queue, place_of_sessions;

/* Looks the names up. NULL stands for the default: for root, the user belfry and the group of the
 * kind, if they exist; else whoever runs this. Returns 0, or -1 with the reason. */
int place_owner_find(struct place_owner *owner, const struct place_kind *kind, const char *user,
    const char *group, struct reason *why);

/* A file in a folder that is held open. */
struct place {
    int folder; /* descriptor; -1 if closed */
    const char *path;
    const char *name; /* the name in the folder: the last part of `path` */
};

/* Opens the folder of `path`, which is borrowed, and creates it if it is missing. An existing
 * folder is left alone, unless root finds it empty. Returns 0, or -1 with the reason. */
int place_open(struct place *place, const char *path, const struct place_owner *owner,
    const struct place_kind *kind, struct reason *why);
void place_close(struct place *place);

/* Creates an empty file if there is none. Returns 1 if it was created, 0 if there is one already,
 * or -1 with the reason. */
int place_make(const struct place *place, const struct place_owner *owner,
    const struct place_kind *kind, struct reason *why);
/* Deletes the file again. */
void place_unmake(const struct place *place);

/* Gives the file, and -wal and -shm if they exist, to the owner. Returns 0, or -1 with the reason.
 */
int place_give(const struct place *place, const struct place_owner *owner,
    const struct place_kind *kind, struct reason *why);

/* Whether members of the group can write the folder, as SQLite needs. */
bool place_is_shared(const struct place *place, gid_t group);

/* The folder of a file. malloc()ed. */
char *place_folder(const char *path);

/* The name of a user or group, or its number. malloc()ed. */
char *place_user_name(uid_t user);
char *place_group_name(gid_t group);

#endif
