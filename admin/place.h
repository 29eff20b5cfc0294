/*
 * place: where a new database file goes, and whose it is.
 *
 * SQLite gives -wal and -shm the rights of the file beside them, and makes the
 * file itself readable by everybody. So the file is made here, empty, with its
 * rights, before SQLite opens it.
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

/* By names, NULL for the default: for root belfry's user and group where there are such, else
 * whoever runs this. Returns 0, or -1 with the reason. */
int place_owner_find(
    struct place_owner *owner, const char *user, const char *group, struct reason *why);

/* Makes an empty file of these rights where there is none, and its folder, which its group may
 * write, where that is missing. A folder that is there is left alone, unless root finds it empty.
 * Returns 1 where the file was made, 0 where one is there, or -1 with the reason. */
int place_make(const char *path, const struct place_owner *owner, mode_t mode, struct reason *why);

/* Gives the file, with -wal and -shm where they are, to the owner. 0, or -1 with the reason. */
int place_give(const char *path, const struct place_owner *owner, mode_t mode, struct reason *why);

/* Whether members of the file's group can write its folder, as SQLite must. */
bool place_folder_shared(const char *path, gid_t group);

/* The folder of a file. malloc()ed. */
char *place_folder(const char *path);

/* The name of a user or group, or its number. malloc()ed. */
char *place_user_name(uid_t user);
char *place_group_name(gid_t group);

#endif
