#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/store/logout_rig.h"

static void knows_a_rowid_that_another_session_has_now(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_enters(site, "t1");
    logout_sign_out(site, "t1");
    logout_sign_in(site, "t2");
    assert_int_equal(logout_rowid(site, "t2"), 1);
    logout_ends(site, 1);
    assert_int_equal(logout_attach(site), STORE_OVER);
    logout_enters(site, "t2");
}

static void follows_rows_that_vacuum_moves(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t0");
    logout_sign_in(site, "t1");
    logout_enters(site, "t1");
    logout_sign_out(site, "t0");
    logout_sql(site, "VACUUM");
    assert_int_equal(logout_rowid(site, "t1"), 1);
    logout_ends_none(site);
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_sign_out(site, "t1");
    logout_ends(site, 2);
}

static void follows_rows_that_are_written_anew(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_enters(site, "t1");
    logout_sql(site, "UPDATE session SET expires = '2100-01-01T00:00:00Z'");
    logout_sql(site, "UPDATE session SET rowid = 77");
    logout_ends_none(site);
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_sql(site, "DELETE FROM session");
    logout_ends(site, 2);
}

static void looks_into_the_file_that_took_the_others_place(void **state)
{
    struct site *site = *state;
    char other[200];

    logout_sign_in(site, "t1");
    logout_sign_in(site, "t2");
    logout_enters(site, "t1");
    logout_enters(site, "t2");
    sqlite3_close(site->app);
    snprintf(other, sizeof(other), "%s/other.db", site->rig.folder);
    logout_open_database(site, other);
    logout_sql(site, SITE_TABLE);
    logout_sign_in(site, "t3");
    logout_sign_in(site, "t4");
    logout_sign_in(site, "t2");
    sqlite3_close(site->app);
    assert_int_equal(rename(other, site->path), 0);
    logout_open_database(site, site->path);
    /* At once: a client with a token of the new file must not be judged by the old one. */
    logout_enters(site, "t4");
    logout_ends(site, 1);
    logout_show_at(site, "t1", 1);
    assert_int_equal(logout_attach(site), STORE_OVER);
    logout_enters(site, "t2");
    logout_ends_none(site);
}

static void forgets_with_the_file_what_was_gone_in_it(void **state)
{
    struct site *site = *state;
    char other[200];

    logout_sign_in(site, "t1");
    logout_show(site, "t1");
    logout_sign_out(site, "t1");
    assert_int_equal(logout_attach(site), STORE_OVER);
    sqlite3_close(site->app);
    snprintf(other, sizeof(other), "%s/other.db", site->rig.folder);
    logout_open_database(site, other);
    logout_sql(site, SITE_TABLE);
    logout_sign_in(site, "t2");
    logout_sign_in(site, "t1");
    assert_int_equal(rename(other, site->path), 0);
    assert_int_equal(logout_attach(site), STORE_OK);
}

static void ends_nobodys_session_while_the_table_is_missing(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_enters(site, "t1");
    logout_sql(site, "ALTER TABLE session RENAME COLUMN sessionToken TO secret");
    logout_fails(site);
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_sql(site, "ALTER TABLE session RENAME COLUMN secret TO sessionToken");
    logout_ends_none(site);
    logout_sign_out(site, "t1");
    logout_ends(site, 2);
}

static void watches_no_table_without_rowids(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_show(site, "t1");
    logout_sql(site, "DROP TABLE session; CREATE TABLE session (sessionToken TEXT PRIMARY KEY,"
                     " userId TEXT, expires TEXT) WITHOUT ROWID");
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_fails(site);
    assert_true(rig_logged(&site->rig, "its table session has no rowid"));
}

static void finds_sessions_of_both_shapes(void **state)
{
    struct site *site = *state;

    rig_stop(&site->rig);
    site->sources.count = 2;
    logout_sql(site,
        "DROP TABLE session;"
        "CREATE TABLE sessions (sessionToken TEXT, userId TEXT, expires TEXT);"
        "CREATE TABLE session (id TEXT, token TEXT, userId TEXT, expiresAt TEXT);"
        "INSERT INTO sessions VALUES ('t1', 'alice', 0);"
        "INSERT INTO session VALUES ('s1', 't1b', 'alice', 0), ('s2', 't2', 'alice', 0)");
    rig_start(&site->rig);
    logout_show_at(site, "t1", 1);
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_show_at(site, "t1b", 1);
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_show_at(site, "t2", 9);
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_sql(site, "DELETE FROM session WHERE id = 's2'");
    logout_ends(site, 1);
    logout_sql(site, "DELETE FROM sessions");
    logout_ends(site, 2);
}

static void lets_in_while_there_is_no_file_and_looks_when_it_comes(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_sign_in(site, "t2");
    assert_int_equal(unlink(site->path), 0);
    logout_show_at(site, "t1", 1);
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_show_at(site, "t2", 2);
    assert_int_equal(logout_attach(site), STORE_OK);
    assert_true(rig_logged(&site->rig, "app.db: No such file"));
    sqlite3_close(site->app);
    logout_open_database(site, site->path);
    logout_sql(
        site, "BEGIN; " SITE_TABLE "; INSERT INTO session VALUES ('t2', 'alice', 0); COMMIT");
    logout_ends(site, 1);
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_ends_none(site);
}

static void a_lock_keeps_nobody_out_for_long_and_hides_no_logout(void **state)
{
    struct site *site = *state;

    logout_sign_in(site, "t1");
    logout_sign_in(site, "t2");
    logout_enters(site, "t1");
    logout_sql(site, "BEGIN EXCLUSIVE");
    assert_int_equal(logout_attach(site), STORE_OK);
    rig_insert(&site->rig, "alice", 1);
    assert_true(rig_await(&site->rig, RIG_ROW, 1, SITE_SOON_MS));
    logout_sign_out(site, "t1");
    logout_sql(site, "COMMIT");
    logout_ends(site, 1);
    assert_int_equal(logout_attach(site), STORE_OVER);
    /* This changes nothing; clients that connected meanwhile are checked all the same. */
    logout_sql(site, "BEGIN EXCLUSIVE");
    assert_int_equal(logout_attach(site), STORE_OVER);
    logout_show_at(site, "t3", 3);
    assert_int_equal(logout_attach(site), STORE_OK);
    logout_sql(site, "COMMIT");
    logout_ends(site, 2);
}

static void a_lock_that_is_soon_let_go_is_waited_for(void **state)
{
    struct site *site = *state;
    struct rig_answer answer = {.is_there = false};
    struct store_token token = {.user = "alice", .issued_at = 1000};

    logout_sign_in(site, "t1");
    logout_show(site, "t1");
    logout_sign_out(site, "t1");
    token.session = site->sid;
    logout_sql(site, "BEGIN EXCLUSIVE");
    store_attach(site->rig.store, &token, 64, SITE_PAGE_BYTES, rig_on_attached, &answer);
    /* Answered after the attach has been tried. */
    site->rig.session = NULL;
    assert_int_equal(rig_check(&site->rig, "nobody", 1000), STORE_OK);
    assert_false(answer.is_there);
    logout_sql(site, "COMMIT");
    rig_await_answer(&site->rig, &answer);
    assert_int_equal(answer.verdict, STORE_OVER);
}

static void make_away(struct site *site)
{
    assert_int_equal(unlink(site->path), 0);
}

static void make_text(struct site *site)
{
    FILE *file = fopen(site->path, "w");

    for (int i = 0; i < 1000; i++)
        fputs("no database\n", file);
    fclose(file);
}

static void make_folder(struct site *site)
{
    make_away(site);
    assert_int_equal(mkdir(site->path, 0700), 0);
}

static void make_another_without_tables(struct site *site)
{
    make_away(site);
    sqlite3_close(site->app);
    logout_open_database(site, site->path);
    logout_sql(site, "CREATE TABLE others (id)");
}

static void make_another_without_it(struct site *site)
{
    make_away(site);
    sqlite3_close(site->app);
    logout_open_database(site, site->path);
    logout_sql(site, SITE_TABLE);
}

static void lock(struct site *site)
{
    logout_sql(site, "BEGIN EXCLUSIVE");
}

static void unname_column(struct site *site)
{
    logout_sql(site, "ALTER TABLE session RENAME COLUMN sessionToken TO secret");
}

static void drop_table(struct site *site)
{
    logout_sql(site, "DROP TABLE session");
}

/* Whatever happens to the file, also across a restart of the gateway. */
static void refuses_what_was_over_whatever_happens_to_the_file(void **state)
{
    static void (*const makers[])(struct site *) = {make_away, make_text, make_folder,
        make_another_without_tables, make_another_without_it, lock, unname_column, drop_table};

    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        struct site *site;
        for (int restarts = 0; restarts < 2; restarts++) {
            assert_int_equal(logout_set_up((void **)&site), 0);
            logout_end_session(site, "t1");
            makers[i](site);
            if (restarts)
                logout_restart(site);
            assert_int_equal(logout_attach(site), STORE_OVER);
            rig_idle(&site->rig, 50);
            assert_int_equal(logout_attach(site), STORE_OVER);
            assert_int_equal(rig_check(&site->rig, "alice", 1000), STORE_OVER);
            assert_int_equal(logout_tear_down((void **)&site), 0);
        }
    }
    (void)state;
}

static bool is_searching(struct rig *rig)
{
    struct store_counters counters;

    store_counters(rig->store, &counters);
    return counters.session_searches > 0;
}

/* Rows that the search had not reached yet move behind its position. */
static void searches_again_where_a_vacuum_came_between(void **state)
{
    struct site *site = *state;

    logout_sql(site,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
        " INSERT INTO session SELECT 'n' || i, 'bob', 0 FROM n");
    logout_sign_in(site, "t1");
    logout_enters(site, "t1");
    logout_sql(site, "UPDATE session SET rowid = rowid + 1 WHERE sessionToken = 't1'");
    logout_hurry(site);
    assert_true(rig_until(&site->rig, is_searching, SITE_SOON_MS));
    logout_sql(site, "DELETE FROM session WHERE rowid <= 99990; VACUUM");
    assert_int_equal(logout_rowid(site, "t1"), 11);
    logout_ends_none(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(knows_a_rowid_that_another_session_has_now),
        SITE_TEST(follows_rows_that_vacuum_moves),
        SITE_TEST(follows_rows_that_are_written_anew),
        SITE_TEST(looks_into_the_file_that_took_the_others_place),
        SITE_TEST(forgets_with_the_file_what_was_gone_in_it),
        SITE_TEST(ends_nobodys_session_while_the_table_is_missing),
        SITE_TEST(watches_no_table_without_rowids),
        SITE_TEST(finds_sessions_of_both_shapes),
        SITE_TEST(lets_in_while_there_is_no_file_and_looks_when_it_comes),
        SITE_TEST(a_lock_keeps_nobody_out_for_long_and_hides_no_logout),
        SITE_TEST(a_lock_that_is_soon_let_go_is_waited_for),
        cmocka_unit_test(refuses_what_was_over_whatever_happens_to_the_file),
        SITE_TEST(searches_again_where_a_vacuum_came_between),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
