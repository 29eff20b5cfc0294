/*
 * filesystem: what kind of file system a path is on, as far as it matters to
 * SQLite.
 *
 * WAL keeps an index in memory that all programs share that have the file open.
 * On a network file system, or one that a host shares with a virtual machine,
 * two kernels would each have an index of their own, and the file would be
 * damaged silently. So these are refused before anything is written.
 */
#ifndef BELFRY_COMMON_FILESYSTEM_H
#define BELFRY_COMMON_FILESYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define FILESYSTEM_TYPE_SIZE 32

/* The type of the file system that `path` is on ("ext4", "nfs4"); `path` must exist. Returns 0, or
 * -1 if it cannot be determined, in which case nothing speaks against using it. */
int filesystem_type(const char *path, char type[FILESYSTEM_TYPE_SIZE]);

/* The same from text in the format of /proc/self/mountinfo (proc(5)), for a device. */
int filesystem_type_in(
    FILE *mountinfo, unsigned major, unsigned minor, char type[FILESYSTEM_TYPE_SIZE]);

/* Whether several kernels may have a file on this type of file system open at once. */
bool filesystem_is_shared(const char *type);

#endif
