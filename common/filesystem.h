/*
 * filesystem: what lies under a path, as far as SQLite must know it.
 *
 * WAL keeps an index in memory that all programs with the file open share. On
 * a file system of the network or of a host that shares its folders with a
 * virtual machine, two kernels hold two such indexes, and the file is damaged
 * without a word. So these are refused before anything is written.
 */
#ifndef BELFRY_COMMON_FILESYSTEM_H
#define BELFRY_COMMON_FILESYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define FILESYSTEM_TYPE_SIZE 32

/* The type of the file system that `path` lies on ("ext4", "nfs4"); `path` must exist. Returns 0,
 * or -1 where it is not known; then nothing speaks against it. */
int filesystem_type(const char *path, char type[FILESYSTEM_TYPE_SIZE]);

/* The same from text as /proc/self/mountinfo has it (proc(5)), for a device. */
int filesystem_type_in(
    FILE *mountinfo, unsigned major, unsigned minor, char type[FILESYSTEM_TYPE_SIZE]);

/* Whether several kernels may have files of this type open at once. */
bool filesystem_is_shared(const char *type);

#endif
