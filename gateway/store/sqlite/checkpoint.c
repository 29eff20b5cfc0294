#include "gateway/store/sqlite/checkpoint.h"
#include "gateway/store/queue.h"

#define PAUSE_MS 1000
/* Pages from which on it is done at a calm moment … */
#define LARGE 1000
/* … and at any, with the file cut down where nobody reads in it. */
#define TOO_LARGE 16000

void checkpoint_start(struct queue *queue)
{
    queue->checkpoint = (struct checkpoint){.next_at = queue->turn.steady + PAUSE_MS};
}

void checkpoint_run(struct queue *queue)
{
    struct checkpoint *checkpoint = &queue->checkpoint;
    int pages = queue->file.wal_pages;

    if (queue->turn.steady < checkpoint->next_at || pages < LARGE ||
        (pages < TOO_LARGE && !queue->turn.is_calm))
        return;
    /* A reader or writer in the way is no error: what is left is done the next time. */
    sqlite3_wal_checkpoint_v2(queue->file.db, "main",
        pages < TOO_LARGE ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    queue->file.wal_pages = 0;
    checkpoint->next_at = clock_steady_ms(queue->turn.clock) + PAUSE_MS;
}
