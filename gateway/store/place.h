/*
 * place: whether the open file is still the one at its path, and still the
 * same queue inside.
 *
 * A file that was deleted or replaced is let go of, without another write, and
 * the one at the path is opened instead. A queue of another name, or one whose
 * ids have gone back (a backup was put in place), is another queue: what was
 * known is forgotten, and the loop is told.
 */
#ifndef BELFRY_GATEWAY_STORE_PLACE_H
#define BELFRY_GATEWAY_STORE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/sqlite/file.h"

struct queue;

/* What was open before the file was let go of. */
struct place {
    dev_t device;
    ino_t inode;
    char name[FILE_NAME_SIZE];
};

/* The file was opened for the first time: begins behind what is there. 0, or -1. */
int place_start(struct queue *queue);
/* Looks after the file, opens it where it is closed, and notices commits of others. Whether it is
 * open. */
bool place_find(struct queue *queue, bool suspect);
/* Reading failed: a lock is waited for, for anything else the file is opened anew. */
void place_failed(struct queue *queue);
/* Reading worked: only now is a file that was opened anew believed to be well. */
void place_proved(struct queue *queue);
/* Milliseconds until opening is tried again. */
int64_t place_pause(const struct queue *queue);

#endif
