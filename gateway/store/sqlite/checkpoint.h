/*
 * checkpoint: takes what the WAL holds into the database, off the hot path.
 *
 * SQLite would do it inside the commit that makes the WAL large, and that
 * commit would take long. Here it is done at a calm moment, or when the WAL
 * has become so large that it cannot wait. Other programs still do theirs.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_CHECKPOINT_H
#define BELFRY_GATEWAY_STORE_SQLITE_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "gateway/store/sqlite/file.h"

struct checkpoint {
    int64_t next_at; /* steady ms: not before */
};

/* Outside of any transaction: makes one where it is time for it. */
void checkpoint_run(
    struct checkpoint *checkpoint, struct file *file, const struct clock *clock, bool is_calm);

#endif
