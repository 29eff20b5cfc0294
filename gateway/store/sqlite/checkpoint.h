/*
 * checkpoint: copies the WAL into the database, off the hot path.
 *
 * By itself, SQLite does this inside the commit that makes the WAL large, and
 * that commit takes long. Here it is done at a calm moment, or when the WAL has
 * become so large that it cannot wait. Other programs still make their own
 * checkpoints.
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

/* Outside of any transaction: makes a checkpoint if one is due. */
void checkpoint_run(
    struct checkpoint *checkpoint, struct file *file, const struct clock *clock, bool is_calm);

#endif
