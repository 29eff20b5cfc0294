#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/database.h"
#include "common/schema.h"
#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/store_rig.h"

#define OCTETS 65536
#define SOON_MS 5000

static struct rig_answer attach(struct rig *rig, const char *user)
{
    return rig_attach(rig, user, 1000, 64, OCTETS);
}

static void copy_queue(struct rig *rig, const char *name, const char *sql)
{
    char path[160];
    sqlite3 *db = NULL;
    struct reason why = {""};

    snprintf(path, sizeof(path), "%s/%s", rig->folder, name);
    if (database_open(path, DATABASE_CREATE, 5000, &db, &why) < 0 ||
        schema_init_queue(db, path, &why) < 0 || database_exec(db, sql, &why) < 0 ||
        database_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", &why) < 0)
        fail_msg("%s", why.text);
    database_close(&db);
}

/* The -wal is removed last: its loss alone would be repaired before the other file is in place. */
static void move_in(struct rig *rig, const char *name)
{
    char from[160], wal[160], shm[160];

    snprintf(from, sizeof(from), "%s/%s", rig->folder, name);
    snprintf(wal, sizeof(wal), "%s-wal", rig->path);
    snprintf(shm, sizeof(shm), "%s-shm", rig->path);
    unlink(shm);
    unlink(wal);
    assert_int_equal(rename(from, rig->path), 0);
}

static void begins_anew_when_the_file_is_replaced(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer;
    char first_name[80];
    sqlite3 *orphan = rig->db;

    rig_insert(rig, "alice", 5);
    answer = attach(rig, "alice");
    strcpy(first_name, answer.queue);
    copy_queue(rig, "other.db",
        "INSERT INTO notifications (user_id, title) VALUES ('alice', 'of the other')");
    move_in(rig, "other.db");
    rig_open_again(rig);
    assert_true(rig_await(rig, RIG_REPLACED, 1, SOON_MS));
    store_sent(rig->store, "alice", (int64_t[]){5}, 1, true, clock_wall_ms(&rig->clock));
    answer = attach(rig, "alice");
    assert_int_equal(answer.verdict, STORE_OK);
    assert_int_equal(answer.count, 1);
    assert_string_not_equal(answer.queue, first_name);
    rig->told[RIG_ROW] = 0;
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    assert_int_equal(rig->rows[0], 2);
    assert_true(rig_await_integer(
        rig, "SELECT connections FROM presence WHERE user_id = 'alice'", 1, SOON_MS));
    sqlite3_close(orphan);
}

static void is_unavailable_while_the_file_is_away(void **state)
{
    struct rig *rig = *state;
    char away[160];

    attach(rig, "alice");
    snprintf(away, sizeof(away), "%s/away.db", rig->folder);
    assert_int_equal(rename(rig->path, away), 0);
    assert_true(rig_await(rig, RIG_UNAVAILABLE, 1, SOON_MS));
    assert_non_null(strstr(rig->reason, rig->path));
    assert_int_equal(attach(rig, "alice").verdict, STORE_UNAVAILABLE);
    assert_int_equal(rig_read(rig, "alice", NULL, 0, 1).verdict, STORE_UNAVAILABLE);
    assert_int_equal(rename(away, rig->path), 0);
    assert_true(rig_await(rig, RIG_AVAILABLE, 1, SOON_MS));
    assert_int_equal(rig->told[RIG_REPLACED], 0);
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
}

static void notices_a_restore_in_place(void **state)
{
    struct rig *rig = *state;
    struct reason why = {""};

    attach(rig, "alice");
    if (schema_rename_queue(rig->db, &why) < 0)
        fail_msg("%s", why.text);
    assert_true(rig_await(rig, RIG_REPLACED, 1, SOON_MS));
    assert_int_equal(attach(rig, "alice").verdict, STORE_OK);
}

static void notices_that_ids_have_gone_back(void **state)
{
    struct rig *rig = *state;

    rig_insert(rig, "alice", 5);
    attach(rig, "alice");
    rig_sql(rig, "BEGIN; DELETE FROM notifications WHERE id > 2;"
                 "UPDATE sqlite_sequence SET seq = 2 WHERE name = 'notifications'; COMMIT");
    assert_true(rig_await(rig, RIG_REPLACED, 1, SOON_MS));
    attach(rig, "alice");
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    assert_int_equal(rig->rows[rig->told[RIG_ROW] - 1], 3);
}

/* A file that is no longer a queue: refused at every attempt, left unchanged, and logged once. */
static void opens_nothing_that_is_no_queue(void **state)
{
    struct rig *rig = *state;
    char path[160];

    FILE *file;
    struct stat status;

    attach(rig, "alice");
    snprintf(path, sizeof(path), "%s/text", rig->folder);
    file = fopen(path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("no database\n", file);
    fclose(file);
    move_in(rig, "text");
    assert_true(rig_await(rig, RIG_UNAVAILABLE, 1, SOON_MS));
    rig_idle(rig, 300);
    assert_int_equal(rig->told[RIG_UNAVAILABLE], 1);
    assert_int_equal(rig->told[RIG_AVAILABLE], 0);
    assert_int_equal(stat(rig->path, &status), 0);
    assert_int_equal(status.st_size, 12000);
}

static void saves_what_it_has_when_the_wal_is_deleted(void **state)
{
    struct rig *rig = *state;
    char wal[160];

    attach(rig, "alice");
    rig_insert(rig, "alice", 2);
    assert_true(rig_await(rig, RIG_ROW, 2, SOON_MS));
    database_close(&rig->db);
    snprintf(wal, sizeof(wal), "%s-wal", rig->path);
    assert_int_equal(unlink(wal), 0);
    while (!rig_logged(rig, "has lost its -wal file"))
        rig_idle(rig, 1);
    rig_open_again(rig);
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 3, SOON_MS));
    assert_int_equal(rig->rows[2], 3);
    assert_int_equal(rig->told[RIG_REPLACED], 0);
}

static void remove_beside(struct rig *rig, const char *ending)
{
    char path[160];

    snprintf(path, sizeof(path), "%s%s", rig->path, ending);
    unlink(path);
}

/* Others create a new -shm and keep writing: their commits must be seen, and none of ours lost.
 */
static void hears_what_others_write_when_the_shm_is_deleted(void **state)
{
    struct rig *rig = *state;

    FILE *shell;

    attach(rig, "alice");
    rig_insert(rig, "alice", 2);
    assert_true(rig_await(rig, RIG_ROW, 2, SOON_MS));
    store_sent(rig->store, "alice", (int64_t[]){1}, 1, true, store_confirm_moment(rig->store));
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
    database_close(&rig->db);
    remove_beside(rig, "-shm");
    shell = rig_shell(rig);
    fputs(
        "INSERT INTO notifications (user_id, title) VALUES ('alice', 'from the shell');\n", shell);
    assert_int_equal(pclose(shell), 0);
    assert_true(rig_await(rig, RIG_ROW, 3, SOON_MS));
    while (!rig_logged(rig, "has lost its -shm file"))
        rig_idle(rig, 1);
    rig_open_again(rig);
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM notifications"), 3);
    assert_int_equal(
        rig_integer(rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'"), 1);
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 4, SOON_MS));
    assert_int_equal(rig->told[RIG_REPLACED], 0);
}

/* The whole folder is replaced by another, as when a backup is restored. */
static void notices_that_the_folder_was_replaced(void **state)
{
    struct rig *rig = *state;
    char away[80], command[256];

    attach(rig, "alice");
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    snprintf(away, sizeof(away), "%s-away", rig->folder);
    assert_int_equal(rename(rig->folder, away), 0);
    assert_true(rig_await(rig, RIG_UNAVAILABLE, 1, SOON_MS));
    assert_int_equal(rename(away, rig->folder), 0);
    assert_true(rig_await(rig, RIG_AVAILABLE, 1, SOON_MS));
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 2, SOON_MS));
    snprintf(command, sizeof(command), "rm -rf %s", away);
    assert_int_equal(system(command), 0);
}

/* The path of the rig becomes a link to a file in a folder of its own, which SQLite puts the -wal
 * beside. */
static void lead_by_link(struct rig *rig, const char *folder)
{
    char to[128], path[160], link[160];

    snprintf(to, sizeof(to), "%s/%s", rig->folder, folder);
    assert_int_equal(mkdir(to, 0700), 0);
    snprintf(path, sizeof(path), "%s/queue.db", folder);
    copy_queue(rig, path, "");
    snprintf(link, sizeof(link), "%s/link", rig->folder);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(rename(link, rig->path), 0);
}

/* The next poll is far away: what is reported in time was found by an event. */
static void hears_events_of_where_a_link_leads(void **state)
{
    struct rig *rig = calloc(1, sizeof(*rig));

    rig_init(rig);
    *state = rig;
    rig->settings.poll_interval_ms = 3600000;
    sqlite3_close(rig->db);
    remove_beside(rig, "-wal");
    remove_beside(rig, "-shm");
    lead_by_link(rig, "one");
    rig_open_again(rig);
    rig_start(rig);
    attach(rig, "alice");
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    lead_by_link(rig, "two");
    sqlite3_close(rig->db);
    rig_open_again(rig);
    assert_true(rig_await(rig, RIG_REPLACED, 1, SOON_MS));
    attach(rig, "alice");
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 2, SOON_MS));
}

/* Under whatever name it is opened. */
static void serves_no_file_that_another_gateway_serves(void **state)
{
    struct rig *rig = *state;
    struct store_settings settings = rig->settings;
    char path[160];
    struct reason why = {""};

    snprintf(path, sizeof(path), "%s/other-name.db", rig->folder);
    settings.database = settings.database_shown = path;
    for (int hard = 0; hard < 2; hard++) {
        char pid[32];
        assert_int_equal(hard ? link(rig->path, path) : symlink(rig->path, path), 0);
        assert_null(
            store_new(&rig->loop, &rig->clock, &rig->log, &settings, &rig->news, rig, &why));
        snprintf(pid, sizeof(pid), "(process %d)", (int)getpid());
        assert_non_null(strstr(why.text, "another belfry-gateway"));
        assert_non_null(strstr(why.text, pid));
        assert_int_equal(unlink(path), 0);
    }
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(begins_anew_when_the_file_is_replaced),
        STORE_TEST(is_unavailable_while_the_file_is_away),
        STORE_TEST(notices_a_restore_in_place),
        STORE_TEST(notices_that_ids_have_gone_back),
        STORE_TEST(opens_nothing_that_is_no_queue),
        STORE_TEST(hears_what_others_write_when_the_shm_is_deleted),
        STORE_TEST(notices_that_the_folder_was_replaced),
        cmocka_unit_test_teardown(hears_events_of_where_a_link_leads, rig_tear_down),
        STORE_TEST(serves_no_file_that_another_gateway_serves),
        STORE_TEST(saves_what_it_has_when_the_wal_is_deleted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
