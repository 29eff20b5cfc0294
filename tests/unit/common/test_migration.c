#include "tests/unit/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/database.h"
#include "common/migration.h"

struct old {
    char *folder, *path, *copy;
    sqlite3 *db;
    struct reason why;
};

static int get_version(sqlite3 *db, int64_t *version, struct reason *why)
{
    return database_integer(db, "PRAGMA user_version", 0, version, why);
}

static int set_version(sqlite3 *db, int64_t version, struct reason *why)
{
    char sql[64];

    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", (int)version);
    return database_exec(db, sql, why);
}

static const struct migration_version user_version = {get_version, set_version};

static const struct migration_step steps[] = {
    {.version = 2, .sql = "ALTER TABLE t ADD COLUMN y TEXT; UPDATE t SET y = x || 'y'"},
    {.version = 3, .sql = "CREATE TABLE u (z); INSERT INTO u SELECT y FROM t"},
};

/* A file of version 1 with one row, as an older program would have left it. */
static int set_up(void **state)
{
    struct old *old = calloc(1, sizeof *old);

    old->folder = folder_new();
    old->path = path_in(old->folder, "old.db");
    old->copy = path_in(old->folder, "old.db.before-v3");
    *state = old;
    if (database_open(old->path, DATABASE_CREATE, 100, &old->db, &old->why) < 0)
        return -1;
    return database_exec(old->db,
        "PRAGMA journal_mode = WAL; CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('a');"
        "PRAGMA user_version = 1; PRAGMA application_id = 7",
        &old->why);
}

static int tear_down(void **state)
{
    struct old *old = *state;

    database_close(&old->db);
    folder_remove(old->folder);
    free(old->copy);
    free(old->path);
    free(old->folder);
    free(old);
    return 0;
}

static int64_t number(struct old *old, sqlite3 *db, const char *sql)
{
    int64_t value;

    if (database_integer(db, sql, -1, &value, &old->why) < 0)
        fail_msg("%s", old->why.text);
    return value;
}

static void every_step_is_made_in_order(void **state)
{
    struct old *old = *state;

    assert_int_equal(migration_run(old->db, old->path, &user_version, steps, 2, &old->why), 1);
    assert_int_equal(number(old, old->db, "PRAGMA user_version"), 3);
    assert_int_equal(number(old, old->db, "SELECT count(*) FROM u WHERE z = 'ay'"), 1);
    assert_int_equal(migration_run(old->db, old->path, &user_version, steps, 2, &old->why), 0);
}

static void steps_made_before_are_left_out(void **state)
{
    struct old *old = *state;

    assert_int_equal(migration_run(old->db, old->path, &user_version, steps, 1, &old->why), 1);
    assert_int_equal(migration_run(old->db, old->path, &user_version, steps, 2, &old->why), 1);
    assert_int_equal(number(old, old->db, "SELECT count(*) FROM u"), 1);
}

static void a_copy_of_before_is_kept_with_the_rights_of_the_file(void **state)
{
    struct old *old = *state;
    sqlite3 *copy;
    struct stat status;

    assert_int_equal(chmod(old->path, 0640), 0);
    file_write(old->copy, "of an attempt before", 20);
    assert_int_equal(migration_run(old->db, old->path, &user_version, steps, 2, &old->why), 1);
    assert_int_equal(stat(old->copy, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(database_open(old->copy, DATABASE_FOREIGN, 1, &copy, &old->why), 0);
    assert_int_equal(number(old, copy, "PRAGMA user_version"), 1);
    assert_int_equal(number(old, copy, "PRAGMA application_id"), 7);
    assert_int_equal(number(old, copy, "SELECT count(*) FROM t"), 1);
    database_close(&copy);
}

static void a_step_that_fails_leaves_the_version_before_it(void **state)
{
    static const struct migration_step broken[] = {
        {.version = 2, .sql = "ALTER TABLE t ADD COLUMN y TEXT"},
        {.version = 3, .sql = "CREATE TABLE u (z); INSERT INTO nowhere VALUES (1)"},
    };
    struct old *old = *state;

    assert_int_equal(migration_run(old->db, old->path, &user_version, broken, 2, &old->why), -1);
    assert_non_null(strstr(old->why.text, "moving the schema to version 3: "));
    assert_non_null(strstr(old->why.text, "no such table: nowhere"));
    assert_int_equal(number(old, old->db, "PRAGMA user_version"), 2);
    assert_int_equal(
        number(old, old->db, "SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), 0);
    assert_int_equal(sqlite3_get_autocommit(old->db), 1);
    assert_int_equal(access(old->copy, F_OK), 0);
}

static void without_room_for_the_copy_nothing_is_done(void **state)
{
    struct old *old = *state;
    char *in_the_way = path_in(old->folder, "old.db.before-v3.unfinished");

    assert_int_equal(mkdir(in_the_way, 0700), 0);
    assert_int_equal(migration_run(old->db, old->path, &user_version, steps, 2, &old->why), -1);
    assert_non_null(strstr(old->why.text, "copying the database before its schema changes"));
    assert_int_equal(number(old, old->db, "PRAGMA user_version"), 1);
    free(in_the_way);
}

/* As if another program had done all steps between our first look and our first transaction. */
static int get_version_late(sqlite3 *db, int64_t *version, struct reason *why)
{
    if (!sqlite3_get_autocommit(db))
        return get_version(db, version, why);
    *version = 1;
    return 0;
}

static void steps_that_another_program_made_meanwhile_are_left_out(void **state)
{
    static const struct migration_version late = {get_version_late, set_version};
    struct old *old = *state;

    assert_int_equal(set_version(old->db, 3, &old->why), 0);
    assert_int_equal(migration_run(old->db, old->path, &late, steps, 2, &old->why), 1);
    assert_int_equal(
        number(old, old->db, "SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_step_is_made_in_order),
        TEST(steps_made_before_are_left_out),
        TEST(a_copy_of_before_is_kept_with_the_rights_of_the_file),
        TEST(a_step_that_fails_leaves_the_version_before_it),
        TEST(without_room_for_the_copy_nothing_is_done),
        TEST(steps_that_another_program_made_meanwhile_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
