/*
 * queue_rig: a queue on either engine, as somebody else has it open, for tests
 * of whatever publishes into it. Their SQL is what both engines understand.
 *
 *     QUEUE_RIG_RUN(tests)             in main: runs them on SQLite, and on
 *                                      PostgreSQL where that is built in
 *     QUEUE_RIG_RUN_FILES(tests)       on SQLite alone
 *     QUEUE_RIG_RUN_POSTGRES(tests)    on PostgreSQL alone
 */
#ifndef BELFRY_TESTS_UNIT_QUEUE_RIG_H
#define BELFRY_TESTS_UNIT_QUEUE_RIG_H

#include "tests/unit/queue_file.h"

#include "common/publisher.h"

struct queue_rig {
    struct queue_file *file; /* NULL: it is in PostgreSQL … */
    void *conn;              /* … where this PGconn is a superuser's, … */
    void *client;            /* … and this postgres_client that of queue_rig_publisher */
    char database[256];      /* what a configuration would have: a path, or a publisher's URL */
    void *state;
    struct reason why;
};

int queue_rig_run(const struct CMUnitTest *tests, size_t count);
#define QUEUE_RIG_RUN(tests) queue_rig_run(tests, sizeof(tests) / sizeof((tests)[0]))
int queue_rig_run_files(const struct CMUnitTest *tests, size_t count);
#define QUEUE_RIG_RUN_FILES(tests) queue_rig_run_files(tests, sizeof(tests) / sizeof((tests)[0]))
int queue_rig_run_postgres(const struct CMUnitTest *tests, size_t count);
#define QUEUE_RIG_RUN_POSTGRES(tests) \
    queue_rig_run_postgres(tests, sizeof(tests) / sizeof((tests)[0]))

/* Makes an empty queue, and removes it. */
void queue_rig_open(struct queue_rig *rig);
void queue_rig_close(struct queue_rig *rig);
/* For cmocka: *state is a struct queue_rig. */
int queue_rig_set_up(void **state);
int queue_rig_tear_down(void **state);

/* Each fails the test if the SQL fails. */
void queue_rig_sql(struct queue_rig *rig, const char *sql);
int64_t queue_rig_number(struct queue_rig *rig, const char *sql);
/* Asserts the one column of all rows, separated by blanks; times as SQLite's tables have them. */
void queue_rig_rows(struct queue_rig *rig, const char *sql, const char *expected);

/* A new publisher, as belfry-publish has it. */
struct publisher *queue_rig_publisher(struct queue_rig *rig);
/* The publisher may no longer write. */
void queue_rig_break(struct queue_rig *rig);

/* Another program keeps everybody from writing, and no longer. */
void queue_rig_lock(struct queue_rig *rig);
void queue_rig_unlock(struct queue_rig *rig);

/* Every session of others on the server is ended, or the server itself, without a word to its
 * files; it comes back with queue_rig_restart. PostgreSQL only. */
void queue_rig_cut(struct queue_rig *rig);
void queue_rig_crash(struct queue_rig *rig);
void queue_rig_restart(struct queue_rig *rig);

#endif
