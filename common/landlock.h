/*
 * landlock: which files this process may still open, held by the kernel
 * (Linux 5.13 and later). libc has no functions for it: landlock(7).
 *
 * It applies to the calling thread and to those that it starts afterwards, so
 * it must be called before there are threads. It cannot be undone, and each
 * call can only take more away. What is open already stays open.
 */
#ifndef BELFRY_COMMON_LANDLOCK_H
#define BELFRY_COMMON_LANDLOCK_H

#include <stddef.h>

#include "common/reason.h"

enum landlock_use {
    LANDLOCK_READ,   /* read files, list folders */
    LANDLOCK_WRITE,  /* … and write, create, rename and remove files */
    LANDLOCK_SOCKETS /* create, rename and remove Unix sockets */
};

/* A file, or a folder with all that is in it now or later. One that does not exist is left out. */
struct landlock_path {
    char *path;
    enum landlock_use use;
};

/* The version of what this kernel has, 1 or more; 0 with the reason where it has none. */
int landlock_version(struct reason *why);
/* From now on only these. The caller has set no_new_privs. Returns 0, or -1 with the reason: then
 * nothing has changed. */
int landlock_restrict(const struct landlock_path *paths, size_t count, struct reason *why);

#endif
