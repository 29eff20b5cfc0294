/*
 * migrate_copy: copies rows of one table, a batch a transaction.
 *
 * A batch that PostgreSQL refuses is tried again with fewer rows, down to the
 * one row that it refuses. That one is then mended as far as it must be
 * (enum migrate_care), or left out. What became of it is for the caller to say.
 */
#ifndef BELFRY_ADMIN_MIGRATE_COPY_H
#define BELFRY_ADMIN_MIGRATE_COPY_H

#include "admin/migrate_target.h"

struct migrate_batch {
    const struct migrate_source *source;
    struct migrate_target *target;
    const struct migrate_table *table;
    struct migrate_key at; /* the last row that was copied or left out */
    int64_t limit;         /* how many rows the next one takes at most */
    bool appends;          /* they are new rows, with new ids */
    bool repeats;          /* they were copied before, so the progress stays as it is */
    /* Of the last batch: */
    int64_t rows;           /* 0: there are no more */
    int64_t changed;        /* how many rows of the target were not as they are now */
    enum migrate_care care; /* MIGRATE_CARES: the one row was left out */
    struct reason refused;  /* if care is not MIGRATE_AS_IS: what PostgreSQL had against it */
};

#define MIGRATE_BATCH_ROWS 5000

/* Copies the next rows. 0, or -1 with the reason: then nothing is sure but what was committed
 * before. */
int migrate_copy_batch(struct migrate_batch *batch, struct reason *why);

#endif
