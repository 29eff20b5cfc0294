/*
 * place: where a new database file goes, and whose it is.
 *
 * SQLite gives -wal and -shm the rights of the file beside them, and makes the
 * file itself readable by everybody. So the file is made here, empty, with its
 * rights, before SQLite opens it.
 *
 * Rights are set on descriptors, and no link is followed that anybody but root
 * could have made: root often runs this in folders that others may write.
 */
#ifndef BELFRY_ADMIN_PLACE_H
#define BELFRY_ADMIN_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/reason.h"

struct place_owner {
    uid_t user;
    gid_t group;
    bool given; /* one of them was asked for by name */
};

/* What is made: whose group it is where root is not told another, and its rights. */
struct place_kind {
    const char *group;
    mode_t folder, file;
};

/* The queue, which publishers write, and the sessions, which nobody else may. */
extern const struct place_kind place_of_queue, place_of_sessions;

/* By names, NULL for the default: for root the user belfry and the kind's group where there are
 * such, else whoever runs this. Returns 0, or -1 with the reason. */
int place_owner_find(struct place_owner *owner, const struct place_kind *kind, const char *user,
    const char *group, struct reason *why);

/* A file in its folder, which is open. */
struct place {
    int folder; /* descriptor, -1 where it is closed */
    const char *path;
    const char *name; /* in the folder, within `path` */
};

/* Opens the folder of `path`, which is borrowed, and makes it where it is missing. One that is
 * there is left alone, unless root finds it empty. Returns 0, or -1 with the reason. */
int place_open(struct place *place, const char *path, const struct place_owner *owner,
    const struct place_kind *kind, struct reason *why);
void place_close(struct place *place);

/* Makes an empty file where there is none. Returns 1 where it was made, 0 where one is there, or -1
 * with the reason. */
int place_make(const struct place *place, const struct place_owner *owner,
    const struct place_kind *kind, struct reason *why);
/* Takes it away again. */
void place_unmake(const struct place *place);

/* Gives the file, with -wal and -shm where they are, to the owner. 0, or -1 with the reason. */
int place_give(const struct place *place, const struct place_owner *owner,
    const struct place_kind *kind, struct reason *why);

/* Whether members of the group can write the folder, as SQLite must. */
bool place_is_shared(const struct place *place, gid_t group);

/* The folder of a file. malloc()ed. */
char *place_folder(const char *path);

/* The name of a user or group, or its number. malloc()ed. */
char *place_user_name(uid_t user);
char *place_group_name(gid_t group);

#endif
