/*
 * migrate_check: compares a table of the file with its copy, row by row and
 * column by column, and makes good what is not the same.
 *
 * Both sides are read in the order of their keys; the target in pages, the file
 * by one statement. A row that was changed in the file since it was copied is
 * copied again; one that is gone from the file goes from the copy, but one whose id
 * the file has never drawn is somebody else's, and stays. What differs
 * because PostgreSQL cannot hold it is reported, as is what differs although it
 * was copied again.
 */
#ifndef BELFRY_ADMIN_MIGRATE_CHECK_H
#define BELFRY_ADMIN_MIGRATE_CHECK_H

#include "admin/migrate_copy.h"

/* What became of a row, for people. */
typedef void migrate_report(
    void *context, const struct migrate_table *table, const char *key, const char *what);

struct migrate_check {
    const struct migrate_source *source;
    struct migrate_target *target;
    const struct migrate_table *table;
    migrate_report *report;
    void *context;
    void (*progress)(void *context, const struct migrate_table *table, int64_t rows);
    /* What it found: */
    int64_t rows;     /* of the file */
    int64_t again;    /* of the target, that were copied again, or deleted */
    int64_t stripped; /* that lack something that PostgreSQL refused */
    int64_t left_out;
    int64_t foreign;   /* of the target, that never were in the file: they stay */
    int64_t different; /* for no reason that is known: 0 unless there is a fault */
};

/* 0, or -1 with the reason. */
int migrate_check_table(struct migrate_check *check, struct reason *why);

/* Says what was done to the row of a batch with one row, if it is not as it was in the file. */
void migrate_report_care(const struct migrate_batch *batch, migrate_report *report, void *context);

#endif
