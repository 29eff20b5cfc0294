/*
 * access_list: who may do what with a file: its mode, and the access control
 * list (acl(5)) where it has one.
 *
 * With a list, the group's three bits of the mode are the list's mask, and tell
 * neither what the group may do nor which other users may.
 */
#ifndef BELFRY_COMMON_ACCESS_LIST_H
#define BELFRY_COMMON_ACCESS_LIST_H

#include <stddef.h>
#include <sys/stat.h>

enum access_to { ACCESS_OF_USER, ACCESS_OF_GROUP, ACCESS_OF_ALL };

struct access_entry {
    enum access_to to;
    unsigned id;          /* of the user or group */
    unsigned permissions; /* 4 read, 2 write, 1 execute; the mask is applied */
};

#define ACCESS_ENTRIES_MAX 64

/* Everybody's rights but the owner's. `path` is used for the list alone. Returns how many entries
 * there are, or -1 where there are more. */
int access_list_read(
    const char *path, const struct stat *status, struct access_entry entries[ACCESS_ENTRIES_MAX]);

#endif
