#include "tests/unit/admin/command_line.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

static mode_t mode_of(const char *path)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

static void a_queue_is_made_and_made_again_without_a_change(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "init", NULL), ADMIN_DONE);
    assert_says(line->out, "belfry.db: made\n");
    char *name = command_line_select(line, "belfry.db", "SELECT value FROM belfry_meta");
    assert_int_equal(command_line_run(line, "init", NULL), ADMIN_DONE);
    assert_says(line->out, "belfry.db: is there, and nothing was to be done\n");
    assert_string_equal(line->err, "");
    assert_selects(line, "belfry.db", "SELECT value FROM belfry_meta", name);
    free(name);
}

static void rights_do_not_depend_on_umask(void **state)
{
    struct command_line *line = *state;
    char *path = path_in(line->folder, "a/b/c.db");
    char *folder = path_in(line->folder, "a/b");
    mode_t mask = umask(0077);
    int status = command_line_run(line, "init", "--database", path, NULL);

    umask(mask);
    assert_int_equal(status, ADMIN_DONE);
    assert_int_equal(mode_of(path), 0660);
    assert_int_equal(mode_of(folder), 02770);
    free(folder);
    free(path);
}

static void what_sqlite_makes_beside_it_has_its_rights(void **state)
{
    struct command_line *line = *state;
    struct stat status;
    sqlite3 *db;
    char *wal = path_in(line->folder, "belfry.db-wal");

    assert_int_equal(command_line_run(line, "init", NULL), ADMIN_DONE);
    assert_int_equal(sqlite3_open(line->database, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "INSERT INTO conversations (id) VALUES ('c')", NULL, NULL, NULL), 0);
    assert_int_equal(stat(wal, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0660);
    sqlite3_close(db);
    free(wal);
}

static void a_folder_with_files_in_it_is_left_alone(void **state)
{
    struct command_line *line = *state;
    mode_t before = mode_of(line->folder);

    assert_int_equal(command_line_run(line, "init", NULL), ADMIN_DONE);
    assert_int_equal(mode_of(line->folder), before);
}

static void sessions_are_for_their_owner_alone(void **state)
{
    struct command_line *line = *state;
    char *sessions = path_in(line->folder, "sessions.db");

    assert_int_equal(command_line_run(line, "init", "--sessions", NULL), ADMIN_DONE);
    assert_says(line->out, "sessions.db: made\n");
    assert_int_equal(mode_of(sessions), 0600);
    assert_int_equal(command_line_run(line, "init", "--sessions", NULL), ADMIN_DONE);
    free(sessions);
}

static void sessions_go_where_the_configuration_says(void **state)
{
    struct command_line *line = *state;
    char config[256];

    snprintf(config, sizeof config, "[auth]\nsession_database = %s/logins.db\n", line->folder);
    file_write(line->config, config, strlen(config));
    assert_int_equal(command_line_run(line, "init", "--sessions", NULL), ADMIN_DONE);
    assert_selects(line, "logins.db", "SELECT count(*) FROM sessions", "0");
}

static void an_applications_file_gets_the_tables_and_keeps_its_rights(void **state)
{
    struct command_line *line = *state;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(line->database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE orders (id)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(chmod(line->database, 0604), 0);
    assert_int_equal(command_line_run(line, "init", NULL), ADMIN_DONE);
    assert_says(line->out, "is there: Belfry's tables added");
    assert_int_equal(mode_of(line->database), 0604);
    assert_int_equal(command_line_run(line, "send", "--user=a", "--title=b", NULL), ADMIN_DONE);
}

static void clashing_tables_are_listed(void **state)
{
    struct command_line *line = *state;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(line->database, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "CREATE TABLE messages (id); CREATE TABLE presence (id)", 0, 0, 0), 0);
    sqlite3_close(db);
    assert_int_equal(command_line_run(line, "init", NULL), ADMIN_REFUSED);
    assert_says(line->err, "already has names that Belfry would add: messages, presence");
}

static void what_is_no_database_is_left_as_it_is(void **state)
{
    struct command_line *line = *state;
    struct stat status;

    file_write(line->database, "not a database, just words, as long as may be", 45);
    assert_int_equal(command_line_run(line, "init", NULL), ADMIN_REFUSED);
    assert_says(line->err, "is not an SQLite database");
    assert_int_equal(stat(line->database, &status), 0);
    assert_int_equal(status.st_size, 45);
}

static void a_file_whose_folder_cannot_be_made_is_refused(void **state)
{
    struct command_line *line = *state;
    char *path = path_in(line->config, "below/a/file.db");

    assert_int_equal(command_line_run(line, "init", "--database", path, NULL), ADMIN_REFUSED);
    assert_says(line->err, "Not a directory");
    free(path);
}

static void unknown_owners_are_refused_before_anything_is_made(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "init", "--group", "no-such-group", NULL), 1);
    assert_says(line->err, "there is no group no-such-group");
    assert_int_equal(access(line->database, F_OK), -1);
}

static void what_was_done_is_told_in_json(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "init", "--json", NULL), ADMIN_DONE);
    assert_says(line->out, "belfry.db\",\"kind\":\"queue\",\"result\":\"made\"}\n");
}

static void root_gives_files_to_the_owner_it_is_told(void **state)
{
    struct command_line *line = *state;
    struct stat status;

    if (geteuid() != 0)
        skip();
    char *path = path_in(line->folder, "q/belfry.db");
    char *folder = path_in(line->folder, "q");
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(command_line_run(line, "init", "--database", path, "--owner", "daemon",
                         "--group", "games", NULL),
        ADMIN_DONE);
    assert_says(line->err, "usermod -aG games www-data");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_gid, getgrnam("games")->gr_gid);
    assert_int_equal(mode_of(folder), 02770);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_gid, getgrnam("games")->gr_gid);
    free(folder);
    free(path);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, command_line_set_up, command_line_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_queue_is_made_and_made_again_without_a_change),
        TEST(rights_do_not_depend_on_umask),
        TEST(what_sqlite_makes_beside_it_has_its_rights),
        TEST(a_folder_with_files_in_it_is_left_alone),
        TEST(sessions_are_for_their_owner_alone),
        TEST(sessions_go_where_the_configuration_says),
        TEST(an_applications_file_gets_the_tables_and_keeps_its_rights),
        TEST(clashing_tables_are_listed),
        TEST(what_is_no_database_is_left_as_it_is),
        TEST(a_file_whose_folder_cannot_be_made_is_refused),
        TEST(unknown_owners_are_refused_before_anything_is_made),
        TEST(what_was_done_is_told_in_json),
        TEST(root_gives_files_to_the_owner_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
