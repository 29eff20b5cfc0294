#include "tests/unit/auth-fcgi/auth_fixture.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static sqlite3 *open_beside(const struct site *site)
{
    sqlite3 *db;
    char *path = path_in(site->folder, "sessions.db");

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    free(path);
    return db;
}

static void rename_in(const struct site *site, const char *from, const char *to)
{
    char *old = path_in(site->folder, from);
    char *new = path_in(site->folder, to);

    assert_int_equal(rename(old, new), 0);
    free(old);
    free(new);
}

static void follows_the_application_while_it_works(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    site_sql(&site, "sessions.db", "PRAGMA journal_mode = WAL; DELETE FROM sessions");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 401);
    site_sql(&site, "sessions.db",
        "INSERT INTO sessions VALUES ('token-of-alice', 'alice', '2026-11-22T21:19:00.000Z');"
        "VACUUM");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    site_close(&site);
}

static void notices_a_changed_schema(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    site_sql(&site, "sessions.db", "ALTER TABLE users RENAME COLUMN role TO rank");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    char *payload = site_payload(&site);
    assert_null(strstr(payload, "\"role\""));
    free(payload);
    site_sql(&site, "sessions.db", "DROP TABLE sessions");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 503);
    site_sql(&site, "sessions.db",
        "DROP TABLE users; CREATE TABLE session (sessionToken, userId, expires);"
        "INSERT INTO session VALUES ('token-of-alice', 'bob', '2026-11-22T21:19:00.000Z')");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    assert_non_null(strstr(site.answer.data, "\"userId\":\"bob\""));
    site_close(&site);
}

static void notices_a_replaced_and_a_missing_file(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    site_sql(&site, "other.db",
        "CREATE TABLE session (sessionToken, userId, expires);"
        "INSERT INTO session VALUES ('token-of-alice', 'bob', '2026-11-22T21:19:00.000Z')");
    rename_in(&site, "other.db", "sessions.db");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    assert_non_null(strstr(site.answer.data, "\"userId\":\"bob\""));
    rename_in(&site, "sessions.db", "away.db");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 503);
    rename_in(&site, "away.db", "sessions.db");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    site_close(&site);
}

/* Runs it in another process, which exits without a checkpoint; connections of one process would
 * share the -shm. */
static void leave_in_wal(const struct site *site, const char *sql)
{
    char command[512];

    snprintf(command, sizeof(command),
        "sqlite3 %s/sessions.db '.dbconfig no_ckpt_on_close on' \"%s\" >/dev/null", site->folder,
        sql);
    assert_int_equal(system(command), 0);
}

/* A file that stays open would not show what others commit afterwards, such as a logout. */
static void notices_that_the_shm_beside_it_is_gone(void **state)
{
    struct site site;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    leave_in_wal(&site, "PRAGMA journal_mode = WAL; UPDATE users SET name = 'A'");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    char *path = path_in(site.folder, "sessions.db-shm");
    assert_int_equal(unlink(path), 0);
    leave_in_wal(&site, "DELETE FROM sessions");
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 401);
    free(path);
    site_close(&site);
}

static void is_unavailable_on_a_file_that_is_no_database(void **state)
{
    struct site site;
    char *path;

    (void)state;
    site_open(&site, "[auth]\nsession_sources = table\n");
    path = path_in(site.folder, "sessions.db");
    file_write(path, "", 0);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 503);
    file_write(path, "this is text, and no database at all", 36);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 503);
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 503);
    rmdir(path);
    free(path);
    site_close(&site);
}

static void waits_two_seconds_for_a_lock_and_no_longer(void **state)
{
    struct site site;
    struct timespec before, after;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    sqlite3 *db = open_beside(&site);
    assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 503);
    clock_gettime(CLOCK_MONOTONIC, &after);
    double waited =
        (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    assert_true(waited > 1.5 && waited < 3.5);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    site_close(&site);
}

static void never_writes(void **state)
{
    struct site site;
    struct stat before, after;
    char *path;

    (void)state;
    site_open(&site, "");
    site_sessions(&site);
    path = path_in(site.folder, "sessions.db");
    assert_int_equal(stat(path, &before), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(site_ask(&site, SITE_COOKIE, NULL), 200);
    responder_close(site.responder);
    site.responder = NULL;
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    free(path);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_application_while_it_works),
        cmocka_unit_test(notices_a_changed_schema),
        cmocka_unit_test(notices_a_replaced_and_a_missing_file),
        cmocka_unit_test(notices_that_the_shm_beside_it_is_gone),
        cmocka_unit_test(is_unavailable_on_a_file_that_is_no_database),
        cmocka_unit_test(waits_two_seconds_for_a_lock_and_no_longer),
        cmocka_unit_test(never_writes),
    };
    return cmocka_run_group_tests_name("auth_store", tests, NULL, NULL);
}
