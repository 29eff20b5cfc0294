/*
 * program_file: the file of the running program, and whether another one stands
 * at its path by now, as after a package was upgraded.
 */
#ifndef BELFRY_GATEWAY_PROCESS_PROGRAM_FILE_H
#define BELFRY_GATEWAY_PROCESS_PROGRAM_FILE_H

#include <stdbool.h>
#include <sys/types.h>

struct program_file {
    const char *path; /* lent; NULL: not known */
    dev_t device;
    ino_t inode;
};

/* `path`: the name by which it was started. One without a slash was found along PATH, and is not
 * looked for again. */
void program_file_note(struct program_file *file, const char *path);
/* False also where nothing is there, as in the middle of an upgrade of the package. */
bool program_file_is_replaced(const struct program_file *file);

#endif
