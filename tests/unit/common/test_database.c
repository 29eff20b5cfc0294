#include "tests/unit/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/database.h"
#include "common/filesystem.h"

struct place {
    char *folder, *path;
    sqlite3 *db;
    struct reason why;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    place->folder = folder_new();
    place->path = path_in(place->folder, "some.db");
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    database_close(&place->db);
    folder_remove(place->folder);
    free(place->path);
    free(place->folder);
    free(place);
    return 0;
}

static void make(struct place *place)
{
    assert_int_equal(database_open(place->path, DATABASE_CREATE, 100, &place->db, &place->why), 0);
    assert_int_equal(database_exec(place->db,
                         "PRAGMA journal_mode = WAL; CREATE TABLE t (x TEXT CONSTRAINT \"x must be "
                         "short\" CHECK (length(x) < 3)) STRICT; INSERT INTO t VALUES ('a'), ('b')",
                         &place->why),
        0);
}

static void assert_refused(struct place *place, enum database_mode mode, const char *because)
{
    sqlite3 *db;

    assert_true(database_open(place->path, mode, 1, &db, &place->why) < 0);
    assert_null(db);
    if (!strstr(place->why.text, because) || !strstr(place->why.text, place->path))
        fail_msg("\"%s\" is not in \"%s\"", because, place->why.text);
}

static void a_missing_file_is_refused_and_not_made(void **state)
{
    struct place *place = *state;

    assert_refused(place, DATABASE_OWN, "No such file");
    assert_refused(place, DATABASE_FOREIGN, "No such file");
    assert_int_equal(access(place->path, F_OK), -1);
}

static void root_makes_nothing_where_a_link_of_others_leads(void **state)
{
    struct place *place = *state;
    char *target = path_in(place->folder, "target.db");
    char *folder = path_in(place->folder, "shared");

    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdir(folder, 0755), 0);
    free(place->path);
    place->path = path_in(folder, "some.db");
    assert_int_equal(symlink(target, place->path), 0);
    assert_int_equal(chown(folder, 1, 1), 0);
    assert_refused(place, DATABASE_CREATE, "cannot be opened");
    assert_int_equal(access(target, F_OK), -1);
    assert_int_equal(chown(folder, 0, 0), 0);
    make(place);
    assert_int_equal(access(target, F_OK), 0);
    free(folder);
    free(target);
}

static void a_folder_is_refused(void **state)
{
    struct place *place = *state;

    assert_int_equal(mkdir(place->path, 0700), 0);
    assert_refused(place, DATABASE_OWN, "is a folder, not a file");
    assert_refused(place, DATABASE_CREATE, "is a folder, not a file");
}

static void an_empty_file_is_refused(void **state)
{
    struct place *place = *state;

    file_write(place->path, "", 0);
    assert_refused(place, DATABASE_OWN, "is empty, not a database");
}

static void text_is_refused_and_untouched(void **state)
{
    struct place *place = *state;
    char text[2048];
    struct stat status;

    memset(text, 'x', sizeof text);
    file_write(place->path, text, sizeof text);
    assert_refused(place, DATABASE_OWN, "is not an SQLite database");
    assert_refused(place, DATABASE_CREATE, "is not an SQLite database");
    assert_refused(place, DATABASE_FOREIGN, "is not an SQLite database");
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_size, sizeof text);
}

static void a_file_cut_short_is_refused(void **state)
{
    struct place *place = *state;

    make(place);
    assert_int_equal(database_exec(place->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL), 0);
    database_close(&place->db);
    assert_int_equal(truncate(place->path, 4096), 0);
    assert_refused(place, DATABASE_OWN, "is damaged, truncated or partly overwritten");
}

static void closing_keeps_the_wal_file(void **state)
{
    struct place *place = *state;

    make(place);
    database_close(&place->db);
    assert_null(place->db);
    database_close(&place->db);
    char *wal = path_in(place->folder, "some.db-wal");
    assert_int_equal(access(wal, F_OK), 0);
    free(wal);
}

static void a_file_beside_it_that_is_gone_is_noticed(void **state)
{
    struct place *place = *state;
    struct database_files files = {0};

    make(place);
    assert_false(database_files_complete(&files));
    assert_true(database_files_follow(&files, place->db));
    assert_true(database_files_complete(&files));
    assert_true(database_files_follow(&files, place->db));
    char *shm = path_in(place->folder, "some.db-shm");
    char *away = path_in(place->folder, "away");
    assert_int_equal(rename(shm, away), 0);
    assert_false(database_files_follow(&files, place->db));
    file_write(shm, "another", 7);
    assert_false(database_files_follow(&files, place->db));
    assert_int_equal(rename(away, shm), 0);
    assert_true(database_files_follow(&files, place->db));
    free(away);
    free(shm);
}

static void a_foreign_file_cannot_be_written(void **state)
{
    struct place *place = *state;
    int64_t count;

    make(place);
    database_close(&place->db);
    assert_int_equal(database_open(place->path, DATABASE_FOREIGN, 1, &place->db, &place->why), 0);
    assert_int_equal(
        database_integer(place->db, "SELECT count(*) FROM t", -1, &count, &place->why), 0);
    assert_int_equal(count, 2);
    assert_int_equal(database_exec(place->db, "DELETE FROM t", &place->why), -1);
}

static void a_foreign_file_may_check_its_json(void **state)
{
    struct place *place = *state;

    make(place);
    assert_int_equal(
        database_exec(place->db, "CREATE TABLE j (x TEXT CHECK (json_valid(x)))", NULL), 0);
    database_close(&place->db);
    assert_int_equal(database_open(place->path, DATABASE_FOREIGN, 1, &place->db, &place->why), 0);
    assert_int_equal(database_exec(place->db, "SELECT x FROM j", &place->why), 0);
}

static void a_named_check_is_told_by_its_name(void **state)
{
    struct place *place = *state;

    make(place);
    assert_int_equal(database_exec(place->db, "INSERT INTO t VALUES ('long')", &place->why), -1);
    assert_string_equal(place->why.text, "CHECK constraint failed: x must be short");
}

static void a_lock_is_told_and_its_code_can_still_be_asked(void **state)
{
    struct place *place = *state;
    sqlite3 *other;

    make(place);
    assert_int_equal(database_open(place->path, DATABASE_OWN, 7, &other, &place->why), 0);
    assert_int_equal(database_exec(place->db, "BEGIN IMMEDIATE", NULL), 0);
    assert_int_equal(database_exec(other, "DELETE FROM t", &place->why), -1);
    assert_non_null(strstr(place->why.text, "is locked by another program"));
    assert_int_equal(sqlite3_errcode(other), SQLITE_BUSY);
    assert_int_equal(database_exec(place->db, "ROLLBACK", NULL), 0);
    database_close(&other);
}

static void one_bad_statement_leaves_none_prepared(void **state)
{
    static const char *const sql[] = {"SELECT x FROM t", "SELECT y FROM t"};
    struct place *place = *state;
    sqlite3_stmt *statements[2];

    make(place);
    assert_int_equal(database_prepare(place->db, sql, statements, 2, &place->why), -1);
    assert_null(statements[0]);
    assert_non_null(strstr(place->why.text, "no such column: y"));
    assert_int_equal(database_prepare(place->db, sql, statements, 1, &place->why), 0);
    assert_int_equal(sqlite3_step(statements[0]), SQLITE_ROW);
    assert_string_equal(database_text(statements[0], 0), "a");
    database_finalize(statements, 1);
    assert_null(statements[0]);
}

static void no_row_gives_the_fallback(void **state)
{
    struct place *place = *state;
    int64_t value;

    make(place);
    assert_int_equal(
        database_integer(place->db, "SELECT 1 FROM t WHERE x = 'z'", 42, &value, &place->why), 0);
    assert_int_equal(value, 42);
    assert_int_equal(database_integer(place->db, "SELECT", 42, &value, &place->why), -1);
}

static const char mountinfo[] =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "27 1 254:0 / / rw,discard shared:1 master:2 - ext4 /dev/vda rw\n"
    "31 27 0:44 / /srv/with\\040-\\040dash rw - nfs4 server:/export rw,vers=4.2\n"
    "nonsense\n";

static void file_systems_are_found_by_their_device(void **state)
{
    (void)state;
    char type[FILESYSTEM_TYPE_SIZE];
    static const struct {
        unsigned major, minor;
        const char *type;
    } cases[] = {{0, 21, "proc"}, {254, 0, "ext4"}, {0, 44, "nfs4"}, {0, 45, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        FILE *file = fmemopen((void *)(uintptr_t)mountinfo, sizeof mountinfo - 1, "r");
        assert_non_null(file);
        int result = filesystem_type_in(file, cases[i].major, cases[i].minor, type);
        fclose(file);
        assert_int_equal(result, cases[i].type ? 0 : -1);
        if (cases[i].type)
            assert_string_equal(type, cases[i].type);
    }
}

static void file_systems_of_several_kernels_are_shared(void **state)
{
    (void)state;
    assert_true(filesystem_is_shared("nfs4"));
    assert_true(filesystem_is_shared("cifs"));
    assert_true(filesystem_is_shared("9p"));
    assert_true(filesystem_is_shared("virtiofs"));
    assert_false(filesystem_is_shared("ext4"));
    assert_false(filesystem_is_shared("tmpfs"));
    assert_false(filesystem_is_shared("overlay"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_missing_file_is_refused_and_not_made),
        TEST(root_makes_nothing_where_a_link_of_others_leads),
        TEST(a_folder_is_refused),
        TEST(an_empty_file_is_refused),
        TEST(text_is_refused_and_untouched),
        TEST(a_file_cut_short_is_refused),
        TEST(closing_keeps_the_wal_file),
        TEST(a_file_beside_it_that_is_gone_is_noticed),
        TEST(a_foreign_file_cannot_be_written),
        TEST(a_foreign_file_may_check_its_json),
        TEST(a_named_check_is_told_by_its_name),
        TEST(a_lock_is_told_and_its_code_can_still_be_asked),
        TEST(one_bad_statement_leaves_none_prepared),
        TEST(no_row_gives_the_fallback),
        cmocka_unit_test(file_systems_are_found_by_their_device),
        cmocka_unit_test(file_systems_of_several_kernels_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
