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

static const struct migration_step steps[] = {
    {2, "ALTER TABLE t ADD COLUMN y TEXT; UPDATE t SET y = x || 'y'"},
    {3, "CREATE TABLE u (z); INSERT INTO u SELECT y FROM t"},
};

static const struct migration to_2 = {get_version, set_version, NULL, steps, 1};
static const struct migration to_3 = {get_version, set_version, NULL, steps, 2};

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

    assert_int_equal(migration_run(old->db, old->path, &to_3, &old->why), 1);
    assert_int_equal(number(old, old->db, "PRAGMA user_version"), 3);
    assert_int_equal(number(old, old->db, "SELECT count(*) FROM u WHERE z = 'ay'"), 1);
    assert_int_equal(migration_run(old->db, old->path, &to_3, &old->why), 0);
}

static void steps_made_before_are_left_out(void **state)
{
    struct old *old = *state;

    assert_int_equal(migration_run(old->db, old->path, &to_2, &old->why), 1);
    assert_int_equal(migration_run(old->db, old->path, &to_3, &old->why), 1);
    assert_int_equal(number(old, old->db, "SELECT count(*) FROM u"), 1);
}

static void a_copy_of_before_is_kept_with_the_rights_of_the_file(void **state)
{
    struct old *old = *state;
    sqlite3 *copy;
    struct stat status;

    assert_int_equal(chmod(old->path, 0640), 0);
    file_write(old->copy, "of an attempt before", 20);
    assert_int_equal(migration_run(old->db, old->path, &to_3, &old->why), 1);
    assert_int_equal(stat(old->copy, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(database_open(old->copy, DATABASE_FOREIGN, 1, &copy, &old->why), 0);
    assert_int_equal(number(old, copy, "PRAGMA user_version"), 1);
    assert_int_equal(number(old, copy, "PRAGMA application_id"), 7);
    assert_int_equal(number(old, copy, "SELECT count(*) FROM t"), 1);
    database_close(&copy);
}

static void assert_as_before(struct old *old, const char *because)
{
    assert_int_equal(number(old, old->db, "PRAGMA user_version"), 1);
    assert_int_equal(number(old, old->db,
                         "SELECT count(*) FROM pragma_table_list"
                         " WHERE schema = 'main' AND name IN ('t', 'u')"),
        1);
    assert_int_equal(number(old, old->db, "SELECT count(*) FROM pragma_table_info('t')"), 1);
    assert_int_equal(sqlite3_get_autocommit(old->db), 1);
    if (!strstr(old->why.text, because))
        fail_msg("\"%s\" is not in \"%s\"", because, old->why.text);
}

static void a_step_that_fails_leaves_all_as_it_was(void **state)
{
    static const struct migration_step broken_steps[] = {
        {2, "ALTER TABLE t ADD COLUMN y TEXT"},
        {3, "CREATE TABLE u (z); PRAGMA writable_schema = ON;"
            "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (x, y, z)' WHERE name = 't';"
            "INSERT INTO nowhere VALUES (1)"},
    };
    static const struct migration broken = {get_version, set_version, NULL, broken_steps, 2};
    struct old *old = *state;

    assert_int_equal(migration_run(old->db, old->path, &broken, &old->why), -1);
    assert_as_before(old, "no such table: nowhere");
    assert_int_equal(access(old->copy, F_OK), -1);
    assert_int_equal(migration_run(old->db, old->path, &to_3, &old->why), 1);
}

static int refuse(sqlite3 *db, const char *path, struct reason *why)
{
    (void)db;
    return reason_set(why, "%s: is not as it should be", path);
}

static void what_finishes_the_steps_may_refuse_them(void **state)
{
    static const struct migration refused = {get_version, set_version, refuse, steps, 2};
    struct old *old = *state;

    assert_int_equal(migration_run(old->db, old->path, &refused, &old->why), -1);
    assert_as_before(old, "old.db: is not as it should be");
}

static void without_room_for_the_copy_nothing_is_done(void **state)
{
    struct old *old = *state;
    char *in_the_way = path_in(old->folder, "old.db.before-v3.unfinished");

    assert_int_equal(mkdir(in_the_way, 0700), 0);
    assert_int_equal(migration_run(old->db, old->path, &to_3, &old->why), -1);
    assert_as_before(old, "copying the database before its schema changes: ");
    free(in_the_way);
}

/* As if another program had done all steps between our first look and our transaction. */
static int get_version_late(sqlite3 *db, int64_t *version, struct reason *why)
{
    if (!sqlite3_get_autocommit(db))
        return get_version(db, version, why);
    *version = 1;
    return 0;
}

static void steps_that_another_program_made_meanwhile_are_left_out(void **state)
{
    static const struct migration late = {get_version_late, set_version, NULL, steps, 2};
    struct old *old = *state;

    assert_int_equal(set_version(old->db, 3, &old->why), 0);
    assert_int_equal(migration_run(old->db, old->path, &late, &old->why), 0);
    assert_int_equal(
        number(old, old->db, "SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), 0);
    assert_int_equal(access(old->copy, F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_step_is_made_in_order),
        TEST(steps_made_before_are_left_out),
        TEST(a_copy_of_before_is_kept_with_the_rights_of_the_file),
        TEST(a_step_that_fails_leaves_all_as_it_was),
        TEST(what_finishes_the_steps_may_refuse_them),
        TEST(without_room_for_the_copy_nothing_is_done),
        TEST(steps_that_another_program_made_meanwhile_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
