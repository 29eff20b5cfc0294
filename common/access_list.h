/*
 * access_list: who may do what with a file: its mode and, where it has one, its
 * access control list (acl(5)).
 *
 * With a list, the three group bits of the mode are the list's mask: they say
 * neither what the group may do nor which other users may do something.
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

/* The rights of everybody but the owner. `path` is only used to read the list. Returns the number
 * of entries, or -1 if they do not fit. */
int access_list_read(
    const char *path, const struct stat *status, struct access_entry entries[ACCESS_ENTRIES_MAX]);

#endif
