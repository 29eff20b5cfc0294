/*
 * command_line: runs `belfry` inside a test, with the test's own files, streams
 * and clock.
 *
 * The queue is a file, or in PostgreSQL:
 *
 *     COMMAND_LINE_RUN(tests)    in main: runs them on a file, and on PostgreSQL
 *                                where that is built in
 *
 * SQL of a test that is run on both must be what both understand, and in
 * PostgreSQL group_concat and ids that are given are understood, too.
 */
#ifndef BELFRY_TESTS_UNIT_COMMAND_LINE_H
#define BELFRY_TESTS_UNIT_COMMAND_LINE_H

#include "tests/unit/files.h"

#include "admin/admin.h"

struct command_line {
    char *folder;
    char *database; /* folder/belfry.db, not made; or a URL */
    void *server;   /* a PGconn of the superuser, where the queue is in PostgreSQL */
    char *config;   /* folder/belfry.conf, empty */
    struct clock clock;
    int64_t wall_ms;
    const char *in;  /* standard input of the next run */
    size_t in_len;   /* of it, where it holds NULs; 0: up to the first */
    bool attended;   /* a person answers on it, at the next run */
    char *out, *err; /* of the last run */
};

/* For cmocka: *state is a struct command_line. With `queue` in the name, the queue already exists.
 */
int command_line_set_up(void **state);
int command_line_set_up_queue(void **state);
int command_line_tear_down(void **state);

int command_line_run_on_both(const struct CMUnitTest *tests, size_t count);
#define COMMAND_LINE_RUN(tests) command_line_run_on_both(tests, sizeof(tests) / sizeof((tests)[0]))

/* Runs belfry with --config, --database and these words, up to a NULL. Returns the exit status. */
int command_line_run(struct command_line *line, ...) __attribute__((sentinel));

/* Fails the test if the text is not in it. */
void assert_says(const char *text, const char *part);

/* The first column of the first row of a SELECT, in the queue or the sessions. malloc()ed.
 */
char *command_line_select(const struct command_line *line, const char *file, const char *sql);
void assert_selects(
    const struct command_line *line, const char *file, const char *sql, const char *expected);
/* Runs SQL on that file. */
void command_line_sql(const struct command_line *line, const char *file, const char *sql);

#endif
