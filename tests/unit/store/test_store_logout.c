#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/memory.h"
#include "common/token.h"
#include "tests/unit/store/store_rig.h"

#define OCTETS 65536
/* What the protocol promises, on a machine that has other things to do as well. */
#define SOON_MS 20000
#define TABLE "CREATE TABLE session (sessionToken TEXT, userId TEXT, expires TEXT)"

/* A rig, and an application's session database beside it. */
struct site {
    struct rig rig; /* first: a site is a rig */
    char path[160];
    char sid[64];
    sqlite3 *app;
    struct config_list sources;
};

/* The first alone, at first. */
static char authjs[] = "authjs", better_auth[] = "better_auth";
static char *source_names[] = {authjs, better_auth};

static void app_open(struct site *site, const char *path)
{
    assert_int_equal(sqlite3_open(path, &site->app), SQLITE_OK);
    sqlite3_busy_timeout(site->app, 5000);
}

static void app_sql(struct site *site, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void app_sql(struct site *site, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    rig_sql_of(site->app, format, args);
    va_end(args);
}

static int site_set_up(void **state)
{
    struct site *site = mem_zalloc(sizeof(*site));

    rig_init(&site->rig);
    snprintf(site->path, sizeof(site->path), "%s/app.db", site->rig.folder);
    site->rig.settings.session_database = site->path;
    site->sources = (struct config_list){source_names, 1};
    site->rig.settings.session_sources = &site->sources;
    app_open(site, site->path);
    app_sql(site, TABLE);
    rig_start(&site->rig);
    *state = site;
    return 0;
}

static int site_tear_down(void **state)
{
    struct site *site = *state;

    rig_release(&site->rig);
    sqlite3_close(site->app);
    free(site);
    return 0;
}

static void sign_in(struct site *site, const char *token)
{
    app_sql(site, "INSERT INTO session VALUES ('%s', 'alice', '2099-01-01T00:00:00Z')", token);
}

static void sign_out(struct site *site, const char *token)
{
    app_sql(site, "DELETE FROM session WHERE sessionToken = '%s'", token);
}

static int64_t rowid_of(struct site *site, const char *token)
{
    sqlite3_stmt *statement = NULL;
    int64_t rowid;

    sqlite3_prepare_v2(
        site->app, "SELECT rowid FROM session WHERE sessionToken = ?1", -1, &statement, NULL);
    sqlite3_bind_text(statement, 1, token, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    rowid = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return rowid;
}

/* What rig_attach and rig_check show from now on is a token of that session. */
static void show_at(struct site *site, const char *token, int64_t rowid)
{
    char hash[TOKEN_SESSION_HASH_SIZE];

    snprintf(site->sid, sizeof(site->sid), "%s.%lld",
        token_session_hash(token, strlen(token), hash), (long long)rowid);
    site->rig.session = site->sid;
}

static void show(struct site *site, const char *token)
{
    show_at(site, token, rowid_of(site, token));
}

static enum store_verdict attach(struct site *site)
{
    return rig_attach(&site->rig, "alice", 1000, 64, OCTETS).verdict;
}

/* A token of that session is shown, and lets in. */
static void enters(struct site *site, const char *token)
{
    show(site, token);
    assert_int_equal(attach(site), STORE_OK);
}

/* The time for the next look has come. */
static void hurry(struct site *site)
{
    const char *shown = site->rig.session;

    site->rig.session = NULL;
    site->rig.steady_offset += 1000;
    rig_check(&site->rig, "nobody", 1000);
    site->rig.session = shown;
}

static void ends(struct site *site, size_t count)
{
    hurry(site);
    assert_true(rig_await(&site->rig, RIG_SESSION_OVER, count, SOON_MS));
    assert_string_equal(site->rig.last_user, "alice");
}

/* All sessions have been looked at, and none but one that is made for that has ended. */
static void ends_none(struct site *site)
{
    const char *shown = site->rig.session;
    size_t before = site->rig.told[RIG_SESSION_OVER];
    char sid[64];

    sign_in(site, "marker");
    memcpy(sid, site->sid, sizeof(sid));
    enters(site, "marker");
    sign_out(site, "marker");
    ends(site, before + 1);
    assert_int_equal(strncmp(site->rig.last_hash, site->sid, strlen(site->rig.last_hash)), 0);
    assert_int_equal(site->rig.told[RIG_SESSION_OVER], before + 1);
    memcpy(site->sid, sid, sizeof(sid));
    site->rig.session = shown;
}

static bool has_failed(struct rig *rig)
{
    return rig_logged(rig, "watching the session database for logouts failed");
}

/* The file cannot be asked, and that ends nobody's session. */
static void fails(struct site *site)
{
    hurry(site);
    assert_true(rig_until(&site->rig, has_failed, SOON_MS));
    assert_int_equal(site->rig.told[RIG_SESSION_OVER], 0);
}

static void tells_once_of_a_session_that_went_and_refuses_its_tokens(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    sign_in(site, "t2");
    enters(site, "t2");
    enters(site, "t1");
    assert_int_equal(attach(site), STORE_OK);
    sign_out(site, "t1");
    ends(site, 1);
    assert_int_equal(strncmp(site->rig.last_hash, site->sid, 22), 0);
    assert_int_equal(strlen(site->rig.last_hash), 22);
    assert_int_equal(attach(site), STORE_OVER);
    assert_int_equal(rig_check(&site->rig, "alice", 1000), STORE_OVER);
    enters(site, "t2");
    ends_none(site);
}

static void refuses_a_token_whose_session_went_unwatched(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    show(site, "t1");
    sign_out(site, "t1");
    assert_int_equal(attach(site), STORE_OVER);
    assert_int_equal(attach(site), STORE_OVER);
    assert_int_equal(
        rig_integer(&site->rig, "SELECT count(*) FROM presence WHERE user_id = 'alice'"), 0);
}

static void lets_in_again_where_the_session_is_back(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    enters(site, "t1");
    sign_out(site, "t1");
    ends(site, 1);
    assert_int_equal(attach(site), STORE_OVER);
    sign_in(site, "t1");
    assert_int_equal(attach(site), STORE_OK);
    /* What was known of it before does not count any more. */
    app_sql(site, "UPDATE session SET rowid = 77");
    ends_none(site);
    assert_int_equal(attach(site), STORE_OK);
    sign_out(site, "t1");
    ends(site, 3);
}

/* A user who is gone has no session, though its row stays. */
static void ends_the_sessions_of_a_user_who_is_deleted(void **state)
{
    struct site *site = *state;

    app_sql(site, "CREATE TABLE user (id TEXT PRIMARY KEY, name TEXT)");
    app_sql(site, "INSERT INTO user VALUES ('alice', 'Alice'), ('bob', 'Bob')");
    sign_in(site, "t1");
    app_sql(site, "INSERT INTO session VALUES ('t2', 'bob', '2099-01-01T00:00:00Z')");
    enters(site, "t2");
    enters(site, "t1");
    app_sql(site, "DELETE FROM user WHERE id = 'alice'");
    ends(site, 1);
    assert_int_equal(strncmp(site->rig.last_hash, site->sid, 22), 0);
    assert_int_equal(attach(site), STORE_OVER);
    assert_int_equal(rig_check(&site->rig, "alice", 1000), STORE_OVER);
    enters(site, "t2");
    app_sql(site, "INSERT INTO user VALUES ('alice', 'Alice')");
    enters(site, "t1");
    ends_none(site);
}

static void knows_a_rowid_that_another_session_has_now(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    enters(site, "t1");
    sign_out(site, "t1");
    sign_in(site, "t2");
    assert_int_equal(rowid_of(site, "t2"), 1);
    ends(site, 1);
    assert_int_equal(attach(site), STORE_OVER);
    enters(site, "t2");
}

static void follows_rows_that_vacuum_moves(void **state)
{
    struct site *site = *state;

    sign_in(site, "t0");
    sign_in(site, "t1");
    enters(site, "t1");
    sign_out(site, "t0");
    app_sql(site, "VACUUM");
    assert_int_equal(rowid_of(site, "t1"), 1);
    ends_none(site);
    assert_int_equal(attach(site), STORE_OK);
    sign_out(site, "t1");
    ends(site, 2);
}

static void follows_rows_that_are_written_anew(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    enters(site, "t1");
    app_sql(site, "UPDATE session SET expires = '2100-01-01T00:00:00Z'");
    app_sql(site, "UPDATE session SET rowid = 77");
    ends_none(site);
    assert_int_equal(attach(site), STORE_OK);
    app_sql(site, "DELETE FROM session");
    ends(site, 2);
}

static void looks_into_the_file_that_took_the_others_place(void **state)
{
    struct site *site = *state;
    char other[200];

    sign_in(site, "t1");
    sign_in(site, "t2");
    enters(site, "t1");
    enters(site, "t2");
    sqlite3_close(site->app);
    snprintf(other, sizeof(other), "%s/other.db", site->rig.folder);
    app_open(site, other);
    app_sql(site, TABLE);
    sign_in(site, "t3");
    sign_in(site, "t4");
    sign_in(site, "t2");
    sqlite3_close(site->app);
    assert_int_equal(rename(other, site->path), 0);
    app_open(site, site->path);
    /* At once: whoever comes with a token of the new file is not judged by the old one. */
    enters(site, "t4");
    ends(site, 1);
    show_at(site, "t1", 1);
    assert_int_equal(attach(site), STORE_OVER);
    enters(site, "t2");
    ends_none(site);
}

static void forgets_with_the_file_what_was_gone_in_it(void **state)
{
    struct site *site = *state;
    char other[200];

    sign_in(site, "t1");
    show(site, "t1");
    sign_out(site, "t1");
    assert_int_equal(attach(site), STORE_OVER);
    sqlite3_close(site->app);
    snprintf(other, sizeof(other), "%s/other.db", site->rig.folder);
    app_open(site, other);
    app_sql(site, TABLE);
    sign_in(site, "t2");
    sign_in(site, "t1");
    assert_int_equal(rename(other, site->path), 0);
    assert_int_equal(attach(site), STORE_OK);
}

static void ends_nobodys_session_while_the_table_is_missing(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    enters(site, "t1");
    app_sql(site, "ALTER TABLE session RENAME COLUMN sessionToken TO secret");
    fails(site);
    assert_int_equal(attach(site), STORE_OK);
    app_sql(site, "ALTER TABLE session RENAME COLUMN secret TO sessionToken");
    ends_none(site);
    sign_out(site, "t1");
    ends(site, 2);
}

static void watches_no_table_without_rowids(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    show(site, "t1");
    app_sql(site, "DROP TABLE session; CREATE TABLE session (sessionToken TEXT PRIMARY KEY,"
                  " userId TEXT, expires TEXT) WITHOUT ROWID");
    assert_int_equal(attach(site), STORE_OK);
    fails(site);
    assert_true(rig_logged(&site->rig, "its table session has no rowid"));
}

static void finds_sessions_of_both_shapes(void **state)
{
    struct site *site = *state;

    rig_stop(&site->rig);
    site->sources.count = 2;
    app_sql(site, "DROP TABLE session;"
                  "CREATE TABLE sessions (sessionToken TEXT, userId TEXT, expires TEXT);"
                  "CREATE TABLE session (id TEXT, token TEXT, userId TEXT, expiresAt TEXT);"
                  "INSERT INTO sessions VALUES ('t1', 'alice', 0);"
                  "INSERT INTO session VALUES ('s1', 't1b', 'alice', 0), ('s2', 't2', 'alice', 0)");
    rig_start(&site->rig);
    show_at(site, "t1", 1);
    assert_int_equal(attach(site), STORE_OK);
    show_at(site, "t1b", 1);
    assert_int_equal(attach(site), STORE_OK);
    show_at(site, "t2", 9);
    assert_int_equal(attach(site), STORE_OK);
    app_sql(site, "DELETE FROM session WHERE id = 's2'");
    ends(site, 1);
    app_sql(site, "DELETE FROM sessions");
    ends(site, 2);
}

static void lets_in_while_there_is_no_file_and_looks_when_it_comes(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    sign_in(site, "t2");
    assert_int_equal(unlink(site->path), 0);
    show_at(site, "t1", 1);
    assert_int_equal(attach(site), STORE_OK);
    show_at(site, "t2", 2);
    assert_int_equal(attach(site), STORE_OK);
    assert_true(rig_logged(&site->rig, "app.db: No such file"));
    sqlite3_close(site->app);
    app_open(site, site->path);
    app_sql(site, "BEGIN; " TABLE "; INSERT INTO session VALUES ('t2', 'alice', 0); COMMIT");
    ends(site, 1);
    assert_int_equal(attach(site), STORE_OK);
    ends_none(site);
}

static void a_lock_keeps_nobody_out_for_long_and_hides_no_logout(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    sign_in(site, "t2");
    enters(site, "t1");
    app_sql(site, "BEGIN EXCLUSIVE");
    assert_int_equal(attach(site), STORE_OK);
    rig_insert(&site->rig, "alice", 1);
    assert_true(rig_await(&site->rig, RIG_ROW, 1, SOON_MS));
    sign_out(site, "t1");
    app_sql(site, "COMMIT");
    ends(site, 1);
    assert_int_equal(attach(site), STORE_OVER);
    /* Nothing changes by this one; who came meanwhile is looked at all the same. */
    app_sql(site, "BEGIN EXCLUSIVE");
    assert_int_equal(attach(site), STORE_OVER);
    show_at(site, "t3", 3);
    assert_int_equal(attach(site), STORE_OK);
    app_sql(site, "COMMIT");
    ends(site, 2);
}

static void a_lock_that_is_soon_let_go_is_waited_for(void **state)
{
    struct site *site = *state;
    struct rig_answer answer = {.is_there = false};
    struct store_token token = {.user = "alice", .issued_at = 1000};

    sign_in(site, "t1");
    enters(site, "t1");
    sign_out(site, "t1");
    ends(site, 1);
    app_sql(site, "BEGIN EXCLUSIVE");
    token.session = site->sid;
    store_attach(site->rig.store, &token, 64, OCTETS, rig_on_attached, &answer);
    rig_idle(&site->rig, 100);
    app_sql(site, "COMMIT");
    rig_await_answer(&site->rig, &answer);
    assert_int_equal(answer.verdict, STORE_OVER);
}

/* Ends the session of the token while somebody is connected by it. */
static void end_session(struct site *site, const char *token)
{
    sign_in(site, token);
    enters(site, token);
    sign_out(site, token);
    ends(site, 1);
    assert_int_equal(attach(site), STORE_OVER);
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
    app_open(site, site->path);
    app_sql(site, "CREATE TABLE others (id)");
}

static void make_another_without_it(struct site *site)
{
    make_away(site);
    sqlite3_close(site->app);
    app_open(site, site->path);
    app_sql(site, TABLE);
}

static void lock(struct site *site)
{
    app_sql(site, "BEGIN EXCLUSIVE");
}

static void unname_column(struct site *site)
{
    app_sql(site, "ALTER TABLE session RENAME COLUMN sessionToken TO secret");
}

static void drop_table(struct site *site)
{
    app_sql(site, "DROP TABLE session");
}

static void restart(struct site *site)
{
    rig_stop(&site->rig);
    rig_start(&site->rig);
}

/* Whatever happens to the file, in a restart of the gateway as well. */
static void refuses_what_was_over_whatever_happens_to_the_file(void **state)
{
    static void (*const makers[])(struct site *) = {make_away, make_text, make_folder,
        make_another_without_tables, make_another_without_it, lock, unname_column, drop_table};

    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        struct site *site;
        for (int restarts = 0; restarts < 2; restarts++) {
            assert_int_equal(site_set_up((void **)&site), 0);
            end_session(site, "t1");
            makers[i](site);
            if (restarts)
                restart(site);
            assert_int_equal(attach(site), STORE_OVER);
            rig_idle(&site->rig, 50);
            assert_int_equal(attach(site), STORE_OVER);
            assert_int_equal(rig_check(&site->rig, "alice", 1000), STORE_OVER);
            assert_int_equal(site_tear_down((void **)&site), 0);
        }
    }
    (void)state;
}

/* Not for ever: where it is seen, it is over no more, and no file says so. */
static void forgets_that_a_session_was_over_when_it_is_seen(void **state)
{
    struct site *site = *state;

    end_session(site, "t1");
    assert_true(rig_await_integer(&site->rig,
        "SELECT count(*) FROM belfry_meta WHERE key LIKE 'session_over.%'", 1, SOON_MS));
    sign_in(site, "t1");
    assert_int_equal(attach(site), STORE_OK);
    assert_true(rig_await_integer(&site->rig,
        "SELECT count(*) FROM belfry_meta WHERE key LIKE 'session_over.%'", 0, SOON_MS));
    make_away(site);
    assert_int_equal(attach(site), STORE_OK);
}

static void says_nothing_of_sessions_whose_connections_went(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    enters(site, "t1");
    assert_int_equal(attach(site), STORE_OK);
    store_detach(site->rig.store, "alice", site->sid);
    store_detach(site->rig.store, "alice", site->sid);
    sign_out(site, "t1");
    ends_none(site);
}

static void one_of_two_connections_is_enough(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    enters(site, "t1");
    assert_int_equal(attach(site), STORE_OK);
    store_detach(site->rig.store, "alice", site->sid);
    sign_out(site, "t1");
    ends(site, 1);
}

static void a_refresh_goes_on_with_the_other_session(void **state)
{
    struct site *site = *state;

    sign_in(site, "t1");
    sign_in(site, "t2");
    enters(site, "t1");
    show(site, "t2");
    assert_int_equal(rig_check(&site->rig, "alice", 1000), STORE_OK);
    show(site, "t1");
    store_leave_session(site->rig.store, "alice", site->sid);
    sign_out(site, "t1");
    ends_none(site);
    sign_out(site, "t2");
    ends(site, 2);
    /* Of somebody who is not connected, nothing is begun. */
    sign_in(site, "t3");
    show(site, "t3");
    assert_int_equal(rig_check(&site->rig, "bob", 1000), STORE_UNAVAILABLE);
}

static void sessions_outlive_their_queue(void **state)
{
    struct site *site = *state;
    struct rig *rig = &site->rig;

    sign_in(site, "t1");
    enters(site, "t1");
    rig_sql(rig, "UPDATE belfry_meta SET value = 'another' WHERE key = 'queue'");
    assert_true(rig_await(rig, RIG_REPLACED, 1, SOON_MS));
    assert_int_equal(attach(site), STORE_OK);
    store_detach(rig->store, "alice", site->sid);
    sign_out(site, "t1");
    ends(site, 1);
    store_detach(rig->store, "alice", site->sid);
}

static void takes_no_notice_of_what_is_no_session(void **state)
{
    static const char *const odd[] = {"", ".", "x.1", "AAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAA.", "AAAAAAAAAAAAAAAAAAAAAA.01", "AAAAAAAAAAAAAAAAAAAAAA. 1",
        "AAAAAAAAAAAAAAAAAAAAAB.1", "AAAAAAAAAAAAAAAAAAAAAA.99999999999999999999"};
    struct site *site = *state;

    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        site->rig.session = odd[i];
        assert_int_equal(attach(site), STORE_OK);
        store_detach(site->rig.store, "alice", odd[i]);
    }
}

static bool is_searching(struct rig *rig)
{
    struct store_counters counters;

    store_counters(rig->store, &counters);
    return counters.session_searches > 0;
}

/* Rows that were ahead of the search come to lie behind it. */
static void searches_again_where_a_vacuum_came_between(void **state)
{
    struct site *site = *state;

    app_sql(site, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
                  " INSERT INTO session SELECT 'n' || i, 'bob', 0 FROM n");
    sign_in(site, "t1");
    enters(site, "t1");
    app_sql(site, "UPDATE session SET rowid = rowid + 1 WHERE sessionToken = 't1'");
    hurry(site);
    assert_true(rig_until(&site->rig, is_searching, SOON_MS));
    app_sql(site, "DELETE FROM session WHERE rowid <= 99990; VACUUM");
    assert_int_equal(rowid_of(site, "t1"), 11);
    ends_none(site);
}

#define MANY 6000

static void delivers_while_thousands_of_sessions_end(void **state)
{
    struct site *site = *state;
    struct rig *rig = &site->rig;
    char token[16];

    rig_stop(rig);
    app_sql(site, "BEGIN");
    for (int i = 0; i < 4 * MANY; i++) {
        snprintf(token, sizeof(token), "t%d", i);
        sign_in(site, token);
    }
    app_sql(site, "COMMIT");
    rig_start(rig);
    for (int i = 0; i < MANY; i++) {
        snprintf(token, sizeof(token), "t%d", i);
        show_at(site, token, i + 1);
        assert_int_equal(attach(site), STORE_OK);
    }
    app_sql(site, "DELETE FROM session WHERE rowid %% 2 = 0");
    for (int i = 1; i <= 20; i++) {
        rig_insert(rig, "alice", 1);
        assert_true(rig_await(rig, RIG_ROW, (size_t)i, SOON_MS));
    }
    ends(site, MANY / 2);
    /* So many at a time, however many there are. */
    assert_true(rig->told[RIG_END] >= MANY / 2 / 1024);
    ends_none(site);
}

int main(void)
{
#define SITE_TEST(f) cmocka_unit_test_setup_teardown(f, site_set_up, site_tear_down)
    const struct CMUnitTest tests[] = {
        SITE_TEST(tells_once_of_a_session_that_went_and_refuses_its_tokens),
        SITE_TEST(refuses_a_token_whose_session_went_unwatched),
        SITE_TEST(lets_in_again_where_the_session_is_back),
        SITE_TEST(ends_the_sessions_of_a_user_who_is_deleted),
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
        SITE_TEST(forgets_that_a_session_was_over_when_it_is_seen),
        SITE_TEST(says_nothing_of_sessions_whose_connections_went),
        SITE_TEST(one_of_two_connections_is_enough),
        SITE_TEST(a_refresh_goes_on_with_the_other_session),
        SITE_TEST(sessions_outlive_their_queue),
        SITE_TEST(takes_no_notice_of_what_is_no_session),
        SITE_TEST(searches_again_where_a_vacuum_came_between),
        SITE_TEST(delivers_while_thousands_of_sessions_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
