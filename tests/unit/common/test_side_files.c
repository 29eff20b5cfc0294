/* An application can write to its database while another user reads it, and afterwards. */
#include "tests/unit/files.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/store/sqlite/session_file.h"

/* An id that no user here has. */
#define UNKNOWN 54321

/* The application is the user backup; the reader is daemon, unless said otherwise. */
struct site {
    char *folder, *path;
    uid_t user; /* the application's */
    gid_t group;
    uid_t other;
    gid_t other_group;
};

struct reader {
    pid_t pid;
    int to, from;
    char said[512]; /* why it cannot read, or nothing */
};

static int set_up(void **state)
{
    struct site *site = calloc(1, sizeof *site);
    const struct passwd *user;

    site->folder = folder_new();
    site->path = path_in(site->folder, "app.db");
    if ((user = getpwnam("backup"))) {
        site->user = user->pw_uid;
        site->group = user->pw_gid;
    }
    if ((user = getpwnam("daemon"))) {
        site->other = user->pw_uid;
        site->other_group = user->pw_gid;
    }
    *state = site;
    return 0;
}

static int tear_down(void **state)
{
    struct site *site = *state;

    folder_remove(site->folder);
    free(site->path);
    free(site->folder);
    free(site);
    return 0;
}

static void app_sql(const struct site *site, const char *sql)
{
    char command[512];

    snprintf(command, sizeof command,
        "setpriv --reuid=%u --regid=%u --clear-groups sqlite3 %s \"%s\" >/dev/null", site->user,
        site->group, site->path, sql);
    assert_int_equal(system(command), 0);
}

static void app_writes(const struct site *site)
{
    app_sql(site, "INSERT INTO session VALUES (1, 2, 3)");
}

/* The application's folder and database, with this group and these modes. */
static void make(const struct site *site, const char *mode, gid_t group, mode_t folder, mode_t file)
{
    char sql[256];

    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(site->folder, site->user, group), 0);
    assert_int_equal(chmod(site->folder, folder), 0);
    snprintf(sql, sizeof sql,
        "PRAGMA journal_mode = %s; CREATE TABLE session (sessionToken, userId, expires)", mode);
    app_sql(site, sql);
    assert_int_equal(chown(site->path, site->user, group), 0);
    assert_int_equal(chmod(site->path, file), 0);
}

static void become(uid_t user, gid_t own, gid_t further)
{
    const gid_t groups[] = {own, further};

    if (setgroups(2, groups) < 0 || setresgid(own, own, own) < 0 || setresuid(user, user, user) < 0)
        _exit(9);
}

/* Reads whenever it is told to, and reports the result. */
static void look_when_asked(const char *path, int in, int out)
{
    static char authjs[] = "authjs";
    static char *names[] = {authjs};
    static const struct config_list sources = {names, 1};
    struct session_file file;
    char asked;

    session_file_init(&file, path, &sources);
    while (read(in, &asked, 1) == 1) {
        char said[512] = "";
        if (session_file_look(&file) < 0)
            snprintf(said, sizeof said, "%s", file.sessions.why.text);
        if (write(out, said, sizeof said) != sizeof said)
            break;
    }
    session_file_close(&file);
    _exit(0);
}

static void start(struct reader *reader, const struct site *site, uid_t user, gid_t own, gid_t more)
{
    int in[2], out[2];

    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    reader->pid = fork();
    assert_true(reader->pid >= 0);
    if (reader->pid == 0) {
        close(in[1]);
        close(out[0]);
        become(user, own, more);
        look_when_asked(site->path, in[0], out[1]);
    }
    close(in[0]);
    close(out[1]);
    reader->to = in[1];
    reader->from = out[0];
}

/* Its error contains `because`; NULL: it can read. */
static void assert_says(struct reader *reader, const char *because)
{
    assert_int_equal(write(reader->to, "", 1), 1);
    assert_int_equal(read(reader->from, reader->said, sizeof reader->said), sizeof reader->said);
    if (because ? !strstr(reader->said, because) : *reader->said)
        fail_msg("it says \"%s\"", reader->said);
}

static void stop(struct reader *reader)
{
    int status;

    close(reader->to);
    close(reader->from);
    assert_int_equal(waitpid(reader->pid, &status, 0), reader->pid);
    assert_int_equal(status, 0);
}

/* Whatever such a reader may read, the application can write. */
static void check(
    const struct site *site, uid_t user, gid_t own, gid_t further, const char *because)
{
    struct reader reader;

    start(&reader, site, user, own, further);
    assert_says(&reader, because);
    app_writes(site);
    assert_says(&reader, because);
    stop(&reader);
    app_writes(site);
}

/* … as daemon, also in this group. */
static void check_other(const struct site *site, gid_t further, const char *because)
{
    check(site, site->other, site->other_group, further, because);
}

static void a_database_without_rights_for_its_group_is_left_alone(void **state)
{
    const struct site *site = *state;

    make(site, "WAL", site->group, 02770, 0644);
    check_other(site, site->group, "app.db is not opened: ");
    check_other(site, site->group, "backup could not write those that daemon would make: ");
    check_other(site, site->group, "usermod -aG backup daemon; cd ");
    check_other(site, site->group, "; chmod 660 app.db; then restart");
}

static void a_database_of_a_group_that_its_owner_is_not_in_is_left_alone(void **state)
{
    const struct site *site = *state;

    make(site, "WAL", site->other_group, 02770, 0660);
    check_other(site, site->other_group, "; chgrp backup . app.db; ");
}

static void a_folder_that_does_not_pass_its_group_on_is_left_alone(void **state)
{
    const struct site *site = *state;

    make(site, "WAL", site->group, 0770, 0660);
    check_other(site, site->group, "; chmod 2770 .; ");
}

static void a_folder_and_a_database_of_a_common_group_are_read(void **state)
{
    const struct site *site = *state;

    make(site, "WAL", site->group, 02770, 0660);
    check_other(site, site->group, NULL);
}

static void the_group_of_a_user_who_is_not_known_here_is_the_databases(void **state)
{
    struct site *site = *state;

    site->user = site->group = UNKNOWN;
    make(site, "WAL", site->group, 02770, 0660);
    check_other(site, site->group, NULL);
    assert_int_equal(chmod(site->path, 0640), 0);
    check_other(site, site->group, "54321 could not write");
}

static void a_group_that_is_not_known_here_is_taken_for_a_common_one(void **state)
{
    struct site *site = *state;

    make(site, "WAL", UNKNOWN, 02770, 0660);
    site->group = UNKNOWN;
    check_other(site, UNKNOWN, NULL);
    assert_int_equal(chmod(site->folder, 0770), 0);
    check_other(site, UNKNOWN, "; chmod 2770 .; ");
}

static void root_and_the_owner_read(void **state)
{
    const struct site *site = *state;

    make(site, "WAL", site->group, 0755, 0644);
    check(site, 0, 0, 0, NULL);
    check(site, site->user, site->group, site->group, NULL);
}

static void a_database_without_wal_is_read(void **state)
{
    const struct site *site = *state;

    make(site, "DELETE", site->group, 02770, 0644);
    check_other(site, site->group, NULL);
    assert_int_equal(chmod(site->folder, 0755), 0);
    check_other(site, site->other_group, NULL);
}

static void wal_that_is_turned_on_meanwhile_is_noticed(void **state)
{
    const struct site *site = *state;
    struct reader reader;

    make(site, "DELETE", site->group, 02770, 0644);
    start(&reader, site, site->other, site->other_group, site->group);
    assert_says(&reader, NULL);
    app_sql(site, "PRAGMA journal_mode = WAL");
    assert_says(&reader, "; chmod 660 app.db; ");
    app_writes(site);
    stop(&reader);
    app_writes(site);
}

static void what_the_application_has_open_is_read(void **state)
{
    const struct site *site = *state;
    struct reader app, reader;

    make(site, "WAL", site->group, 02770, 0644);
    start(&reader, site, site->other, site->other_group, site->group);
    assert_says(&reader, "is not opened");
    start(&app, site, site->user, site->group, site->group);
    assert_says(&app, NULL);
    assert_says(&reader, NULL);
    app_writes(site);
    stop(&app);
    assert_says(&reader, NULL);
    app_writes(site);
    stop(&reader);
    app_writes(site);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_database_without_rights_for_its_group_is_left_alone),
        TEST(a_database_of_a_group_that_its_owner_is_not_in_is_left_alone),
        TEST(a_folder_that_does_not_pass_its_group_on_is_left_alone),
        TEST(a_folder_and_a_database_of_a_common_group_are_read),
        TEST(the_group_of_a_user_who_is_not_known_here_is_the_databases),
        TEST(a_group_that_is_not_known_here_is_taken_for_a_common_one),
        TEST(root_and_the_owner_read),
        TEST(a_database_without_wal_is_read),
        TEST(wal_that_is_turned_on_meanwhile_is_noticed),
        TEST(what_the_application_has_open_is_read),
    };
    return cmocka_run_group_tests_name("side_files", tests, NULL, NULL);
}
