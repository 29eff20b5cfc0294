#include "gateway/queue/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/memory.h"

#define PAUSE_MS 1000
/* From here on at a calm moment … */
#define LARGE ((off_t)4 << 20)
/* … from here on at any, and the file is cut down when nobody reads in it. */
#define TOO_LARGE ((off_t)64 << 20)

void checkpoint_start(struct queue *queue)
{
    queue->checkpoint = (struct checkpoint){.next_at = queue->steady + PAUSE_MS};
}

void checkpoint_want(struct queue *queue)
{
    queue->checkpoint.is_wanted = true;
}

static off_t wal_octets(const struct queue *queue)
{
    size_t size = strlen(queue->file.path) + sizeof("-wal");
    char *path = mem_alloc(size);
    struct stat status;
    off_t octets;

    snprintf(path, size, "%s-wal", queue->file.path);
    octets = stat(path, &status) == 0 ? status.st_size : 0;
    free(path);
    return octets;
}

void checkpoint_run(struct queue *queue)
{
    struct checkpoint *checkpoint = &queue->checkpoint;
    off_t octets;

    if (!checkpoint->is_wanted || queue->steady < checkpoint->next_at)
        return;
    octets = wal_octets(queue);
    if (octets < LARGE || (octets < TOO_LARGE && !queue->is_calm))
        return;
    /* A reader or writer in the way is no error: what is left is done the next time. */
    sqlite3_wal_checkpoint_v2(queue->file.db, "main",
        octets < TOO_LARGE ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    checkpoint->is_wanted = false;
    checkpoint->next_at = clock_steady_ms(queue->clock) + PAUSE_MS;
}
