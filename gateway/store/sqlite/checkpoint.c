#include "gateway/store/sqlite/checkpoint.h"

/* The least time from one to the next. */
#define PAUSE_MS 1000
/* Pages in the WAL from which on it waits for a calm moment only … */
#define LARGE 1000
/* … and from which on it waits no longer, and cuts the -wal down where nobody reads in it. */
#define TOO_LARGE 16000

void checkpoint_run(
    struct checkpoint *checkpoint, struct file *file, const struct clock *clock, bool is_calm)
{
    bool is_too_large = file->wal_pages >= TOO_LARGE;

    if (file->wal_pages < LARGE || (!is_too_large && !is_calm) ||
        clock_steady_ms(clock) < checkpoint->next_at)
        return;
    /* A reader or writer in the way is no error: the next one does what is left. */
    sqlite3_wal_checkpoint_v2(file->db, "main",
        is_too_large ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    file->wal_pages = 0;
    checkpoint->next_at = clock_steady_ms(clock) + PAUSE_MS;
}
