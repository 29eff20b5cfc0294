#include "gateway/store/sqlite/checkpoint.h"

/* The least time from one to the next. */
#define PAUSE_MS 1000
/* From this many pages in the WAL on, a checkpoint is made at the next calm moment … */
#define LARGE 1000
/* … and from this many on at once; it then truncates the -wal, if nobody reads from it. */
#define TOO_LARGE 16000

void checkpoint_run(
    struct checkpoint *checkpoint, struct file *file, const struct clock *clock, bool is_calm)
{
    bool is_too_large = file->wal_pages >= TOO_LARGE;

    if (file->wal_pages < LARGE || (!is_too_large && !is_calm) ||
        clock_steady_ms(clock) < checkpoint->next_at)
        return;
    /* A reader or writer in the way is no error: the next checkpoint does the rest. */
    sqlite3_wal_checkpoint_v2(file->db, "main",
        is_too_large ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    file->wal_pages = 0;
    checkpoint->next_at = clock_steady_ms(clock) + PAUSE_MS;
}
