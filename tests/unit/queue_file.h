/*
 * queue_file: a database in a folder of its own, for tests of its contents.
 */
#ifndef BELFRY_TESTS_UNIT_QUEUE_FILE_H
#define BELFRY_TESTS_UNIT_QUEUE_FILE_H

#include "tests/unit/files.h"

#include "common/database.h"
#include "common/sql.h"

struct queue_file {
    char *folder;
    char *path; /* not made */
    sqlite3 *db;
    struct sql *sql; /* on it */
    struct reason why;
};

/* For cmocka: *state is a struct queue_file. */
int queue_file_set_up(void **state);
int queue_file_tear_down(void **state);

/* Opens it, empty. */
struct queue_file *queue_file_opened(void **state);
/* Creates the queue's tables in it. */
struct queue_file *queue_file_made(void **state);

/* Each fails the test if SQLite returns an error. */
void queue_file_run(struct queue_file *queue, const char *sql);
int64_t queue_file_number(struct queue_file *queue, const char *sql);

/* The steps of SQLite's plan for a statement, each ended by "; ". Returns out. */
char *statement_plan(sqlite3 *db, const char *sql, char *out, size_t size);

/* Asserts the column x of all rows, separated by blanks. */
void assert_rows(struct queue_file *queue, const char *sql, const char *expected);
/* Asserts the rows of `changes` as kind:key, and empties it. */
void assert_changes(struct queue_file *queue, const char *expected);
void assert_refused(struct queue_file *queue, const char *sql, const char *because);

#endif
