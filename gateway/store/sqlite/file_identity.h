/*
 * file_identity: whether the open file is still the one at its path, and still
 * the same queue inside.
 *
 * A file that was deleted or replaced is abandoned without another write. A
 * queue with another name, or whose ids have gone back because a backup was
 * restored, counts as another queue.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_FILE_IDENTITY_H
#define BELFRY_GATEWAY_STORE_SQLITE_FILE_IDENTITY_H

#include <stdint.h>
#include <sys/types.h>

#include "gateway/store/sqlite/file.h"

/* The identity of the queue that was open before. */
struct file_identity {
    dev_t device;
    ino_t inode;
    char name[FILE_NAME_SIZE];
};

void file_identity_note(struct file_identity *identity, const struct file *file);
/* Whether the open file is that queue, and its ids are neither below these nor out of bounds
 * (opening repairs the latter): 1, 0 or -1. */
int file_identity_matches(const struct file_identity *identity, struct file *file,
    int64_t last_notification, int64_t last_message);

/* The highest ids ever assigned in it, 0 if none. */
int file_identity_last_ids(struct file *file, int64_t *notification, int64_t *message);

/* Whether the open file is still the one at its path: 0, or -1 with what became of it. */
int file_identity_check(struct file *file);
/* Warns in `advice` if the file has several names; if not, leaves it empty. */
void file_identity_advise(const struct file *file, struct reason *advice);

#endif
