#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/store/search.h"
#include "gateway/store/sqlite/session_file.h"

#define TABLE "CREATE TABLE session (sessionToken TEXT, userId TEXT, expires TEXT);"

struct place {
    char folder[64], path[96];
    sqlite3 *app;
    struct session_file file;
    struct search search;
};

static void app_sql(struct place *place, const char *sql)
{
    char *error = NULL;

    if (sqlite3_exec(place->app, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
}

static void app_open(struct place *place, const char *path)
{
    assert_int_equal(sqlite3_open(path, &place->app), SQLITE_OK);
    app_sql(place, TABLE);
}

static int set_up(void **state)
{
    static char authjs[] = "authjs", better_auth[] = "better_auth";
    static char *names[] = {authjs, better_auth};
    static const struct config_list sources = {names, 2};
    struct place *place = mem_zalloc(sizeof(*place));

    snprintf(place->folder, sizeof(place->folder), "/tmp/belfry-sessions-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/app.db", place->folder);
    app_open(place, place->path);
    session_file_init(&place->file, place->path, &sources);
    search_init(&place->search);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char command[96];

    search_release(&place->search);
    session_file_close(&place->file);
    sqlite3_close(place->app);
    snprintf(command, sizeof(command), "rm -rf %s", place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static struct token_session session_of(const char *token, int64_t rowid)
{
    struct token_session session = {.rowid = rowid};

    token_session_digest(token, strlen(token), session.hash);
    return session;
}

static int has(struct place *place, const char *token, int64_t rowid)
{
    const struct token_session session = session_of(token, rowid);

    return session_file_has(&place->file, &session);
}

static void says_what_became_of_the_file(void **state)
{
    struct place *place = *state;
    struct session_file *file = &place->file;
    char other[128];

    assert_int_equal(session_file_look(file), SESSIONS_ANOTHER);
    assert_int_equal(session_file_look(file), SESSIONS_SAME);
    app_sql(place, "INSERT INTO session VALUES ('t1', 'alice', 0)");
    assert_int_equal(session_file_look(file), SESSIONS_CHANGED);
    assert_int_equal(session_file_look(file), SESSIONS_SAME);
    app_sql(place, "VACUUM");
    assert_int_equal(session_file_look(file), SESSIONS_REBUILT);
    app_sql(place, "ALTER TABLE session ADD COLUMN device");
    assert_int_equal(session_file_look(file), SESSIONS_REBUILT);
    assert_int_equal(has(place, "t1", 1), 1);
    sqlite3_close(place->app);
    snprintf(other, sizeof(other), "%s/other.db", place->folder);
    app_open(place, other);
    assert_int_equal(rename(other, place->path), 0);
    assert_int_equal(session_file_look(file), SESSIONS_ANOTHER);
    assert_int_equal(has(place, "t1", 1), 0);
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(session_file_look(file), -1);
    assert_int_equal(file->sessions.code, SQLITE_CANTOPEN);
    assert_non_null(strstr(file->sessions.why.text, "app.db: No such file"));
}

static void does_not_take_a_lock_or_a_migration_for_an_empty_table(void **state)
{
    struct place *place = *state;
    struct session_file *file = &place->file;

    app_sql(place, "INSERT INTO session VALUES ('t1', 'alice', 0)");
    assert_int_equal(session_file_look(file), SESSIONS_ANOTHER);
    app_sql(place, "BEGIN EXCLUSIVE");
    assert_int_equal(has(place, "t1", 1), -1);
    assert_int_equal(file->sessions.code, SQLITE_BUSY);
    assert_int_equal(session_file_look(file), -1);
    app_sql(place, "ALTER TABLE session RENAME TO old; COMMIT; BEGIN EXCLUSIVE");
    assert_int_equal(session_file_look(file), -1);
    app_sql(place, "ALTER TABLE old RENAME COLUMN sessionToken TO secret; COMMIT");
    assert_int_equal(session_file_look(file), -1);
    assert_int_equal(file->sessions.code, SQLITE_NOTFOUND);
    app_sql(place, "ALTER TABLE old RENAME COLUMN secret TO sessionToken;"
                   "ALTER TABLE old RENAME TO session");
    assert_int_equal(session_file_look(file), SESSIONS_ANOTHER);
    assert_int_equal(has(place, "t1", 1), 1);
}

static void finds_a_lock_at_the_first_look_too(void **state)
{
    struct place *place = *state;

    app_sql(place, "BEGIN EXCLUSIVE");
    assert_int_equal(session_file_look(&place->file), -1);
    assert_int_equal(place->file.sessions.code, SQLITE_BUSY);
    app_sql(place, "COMMIT");
    assert_int_equal(session_file_look(&place->file), SESSIONS_ANOTHER);
}

static void refuses_tables_whose_rowid_is_a_column_or_none(void **state)
{
    struct place *place = *state;

    app_sql(place, "DROP TABLE session;"
                   "CREATE TABLE session (sessionToken, userId, expires, rowid TEXT)");
    assert_int_equal(session_file_look(&place->file), -1);
    assert_non_null(strstr(place->file.sessions.why.text, "has no rowid"));
    app_sql(place, "DROP TABLE session; CREATE TABLE session (sessionToken TEXT PRIMARY KEY,"
                   " userId, expires) WITHOUT ROWID");
    assert_int_equal(session_file_look(&place->file), -1);
    assert_non_null(strstr(place->file.sessions.why.text, "has no rowid"));
}

/* Whether t1 exists after the application has run this. */
static int has_after(struct place *place, const char *sql)
{
    app_sql(place, sql);
    assert_true(session_file_look(&place->file) > 0);
    return has(place, "t1", 1);
}

static void a_session_is_over_when_its_user_is_gone_or_a_column_says_so(void **state)
{
    struct place *place = *state;

    app_sql(place, "CREATE TABLE users (id TEXT PRIMARY KEY, banned INTEGER);"
                   "INSERT INTO users VALUES ('alice', NULL)");
    assert_int_equal(has_after(place, "INSERT INTO session VALUES ('t1', 'alice', 0)"), 1);
    assert_int_equal(has_after(place, "UPDATE users SET banned = 1"), 0);
    assert_int_equal(has_after(place, "UPDATE users SET banned = 0"), 1);
    assert_int_equal(has_after(place, "DELETE FROM users"), 0);
    assert_int_equal(has_after(place, "INSERT INTO users VALUES ('alice', 0)"), 1);
    assert_int_equal(has_after(place, "ALTER TABLE session ADD COLUMN revoked_at"), 1);
    assert_int_equal(has_after(place, "UPDATE session SET revoked_at = datetime()"), 0);
}

struct met {
    size_t count;
    int64_t rowids[64];
};

static void meet(void *context, const struct token_session *session)
{
    struct met *met = context;

    assert_true(met->count < 64);
    met->rowids[met->count++] = session->rowid;
}

static void walks_over_all_rows_of_all_tables_whatever_their_rowids(void **state)
{
    struct place *place = *state;
    const int64_t expected[] = {INT64_MIN, -5, 0, 7, INT64_MAX, 1, 2, 3};

    app_sql(place, "INSERT INTO session (rowid, sessionToken) VALUES"
                   " (-9223372036854775808, 'a'), (-5, NULL), (0, x'00ff'), (7, 7),"
                   " (9223372036854775807, 'e');"
                   "CREATE TABLE sessions (token, userId, expiresAt);"
                   "INSERT INTO sessions VALUES ('f', 0, 0), ('g', 0, 0), ('h', 0, 0)");
    for (size_t most = 1; most < 10; most++) {
        struct session_walk walk = {.table = 0};
        struct met met = {.count = 0};

        assert_true(session_file_look(&place->file) >= 0);
        while (session_file_walk(&place->file, &walk, most, meet, &met) == 1)
            continue;
        assert_int_equal(met.count, 8);
        assert_memory_equal(met.rowids, expected, sizeof(expected));
    }
}

static enum search_result result_of(struct place *place, const char *token)
{
    struct token_session session = session_of(token, 0);

    return search_result(&place->search, &session);
}

static bool seek(struct place *place, const char *token)
{
    const struct token_session session = session_of(token, 0);

    return search_for(&place->search, &session);
}

static int step(struct place *place)
{
    return search_step(&place->search, &place->file.sessions, 1);
}

/* The first three of them; one row per step. */
static void fill(struct place *place)
{
    app_sql(place, "INSERT INTO session (sessionToken) VALUES ('t1'), ('t2'), ('t3')");
    assert_int_equal(session_file_look(&place->file), SESSIONS_ANOTHER);
}

static void finds_what_is_there_and_knows_what_is_not(void **state)
{
    struct place *place = *state;
    struct token_session session = session_of("t2", 0);

    fill(place);
    assert_int_equal(result_of(place, "t2"), SEARCH_UNASKED);
    assert_true(seek(place, "t2"));
    assert_true(seek(place, "t9"));
    assert_int_equal(step(place), 0);
    assert_int_equal(result_of(place, "t2"), SEARCH_WAITS);
    assert_int_equal(step(place), 1);
    assert_int_equal(search_result(&place->search, &session), SEARCH_FOUND);
    assert_int_equal(session.rowid, 2);
    while (!search_is_through(&place->search))
        assert_int_equal(step(place), 0);
    assert_int_equal(result_of(place, "t9"), SEARCH_WAITS);
    assert_int_equal(step(place), 1);
    assert_int_equal(result_of(place, "t9"), SEARCH_GONE);
    assert_false(search_waits(&place->search));
}

static void what_comes_late_is_not_gone_before_a_pass_of_its_own(void **state)
{
    struct place *place = *state;

    fill(place);
    seek(place, "t9");
    step(place);
    step(place);
    seek(place, "t1");
    seek(place, "t8");
    while (!search_is_through(&place->search))
        step(place);
    step(place);
    assert_int_equal(result_of(place, "t9"), SEARCH_GONE);
    assert_int_equal(result_of(place, "t1"), SEARCH_WAITS);
    assert_int_equal(step(place), 1);
    assert_int_equal(result_of(place, "t1"), SEARCH_FOUND);
    assert_int_equal(result_of(place, "t8"), SEARCH_WAITS);
}

static void begins_again_where_rows_have_moved(void **state)
{
    struct place *place = *state;

    fill(place);
    seek(place, "t3");
    step(place);
    app_sql(place, "DELETE FROM session WHERE sessionToken < 't3'; VACUUM");
    assert_int_equal(session_file_look(&place->file), SESSIONS_REBUILT);
    search_restart(&place->search);
    assert_int_equal(step(place), 1);
    assert_int_equal(result_of(place, "t3"), SEARCH_FOUND);
    search_forget(&place->search);
    assert_int_equal(result_of(place, "t3"), SEARCH_UNASKED);
}

static void is_bounded_and_forgets_the_oldest_it_found_out(void **state)
{
    struct place *place = *state;
    char token[16];

    fill(place);
    seek(place, "t1");
    seek(place, "t2");
    step(place);
    step(place);
    for (int i = 2; i < SEARCH_MAX; i++) {
        snprintf(token, sizeof(token), "u%d", i);
        assert_true(seek(place, token));
    }
    assert_int_equal(result_of(place, "t1"), SEARCH_FOUND);
    assert_true(seek(place, "more"));
    assert_int_equal(result_of(place, "t1"), SEARCH_UNASKED);
    assert_int_equal(result_of(place, "t2"), SEARCH_FOUND);
    assert_true(seek(place, "t2"));
    assert_false(seek(place, "too many"));
    assert_true(seek(place, "more"));
    assert_int_equal(result_of(place, "too many"), SEARCH_UNASKED);
    assert_int_equal(place->search.count, SEARCH_MAX);
}

int main(void)
{
#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        PLACE_TEST(says_what_became_of_the_file),
        PLACE_TEST(does_not_take_a_lock_or_a_migration_for_an_empty_table),
        PLACE_TEST(finds_a_lock_at_the_first_look_too),
        PLACE_TEST(a_session_is_over_when_its_user_is_gone_or_a_column_says_so),
        PLACE_TEST(refuses_tables_whose_rowid_is_a_column_or_none),
        PLACE_TEST(walks_over_all_rows_of_all_tables_whatever_their_rowids),
        PLACE_TEST(finds_what_is_there_and_knows_what_is_not),
        PLACE_TEST(what_comes_late_is_not_gone_before_a_pass_of_its_own),
        PLACE_TEST(begins_again_where_rows_have_moved),
        PLACE_TEST(is_bounded_and_forgets_the_oldest_it_found_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
