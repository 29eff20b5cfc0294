/* The plans by which SQLite runs the statements of `belfry`: none walks a table that grows, but for
 * commands that are about all of it. */
#include "tests/unit/admin/command_line.h"

#include "common/buf.h"
#include "common/memory.h"
#include "common/statistics.h"
#include "tests/unit/queue_file.h"

#define STATEMENTS_MAX 512
#define WORDS_MAX 8

/* Those of the command that runs. `file`: the database that each is for. */
static struct {
    struct {
        char *sql, *file;
    } list[STATEMENTS_MAX];
    size_t count;
    bool is_off;
} noted;

/* SQLite calls it when a statement begins, and for each trigger that it fires. */
static int on_statement(unsigned event, void *context, void *statement, void *sql)
{
    const char *file = sqlite3_db_filename(sqlite3_db_handle(statement), "main");

    (void)event;
    (void)context;
    if (noted.is_off || !file || !*file || strncmp(sql, "--", 2) == 0)
        return 0;
    assert_true(noted.count < STATEMENTS_MAX);
    noted.list[noted.count].sql = mem_strdup(sql);
    noted.list[noted.count++].file = mem_strdup(file);
    return 0;
}

static int on_open(sqlite3 *db)
{
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, NULL);
}

static void forget_statements(void)
{
    for (; noted.count > 0; noted.count--) {
        free(noted.list[noted.count - 1].sql);
        free(noted.list[noted.count - 1].file);
    }
}

static bool is_walk(const char *plan)
{
    static const char *const growing[] = {"SCAN broadcasts", "SCAN changes",
        "SCAN conversation_members", "SCAN conversations", "SCAN messages", "SCAN notifications",
        "SCAN presence;", "SCAN p ", "SCAN p;", "SCAN publish_requests", "SCAN revocations",
        "SCAN sessions", "SCAN users"};

    for (size_t i = 0; i < sizeof growing / sizeof *growing; i++)
        if (strstr(plan, growing[i]))
            return true;
    return false;
}

/* The database of the n-th noted statement: `db`, that of the one before, if it is the same. */
static sqlite3 *database_of(size_t n, sqlite3 *db)
{
    struct reason why;

    if (n > 0 && strcmp(noted.list[n].file, noted.list[n - 1].file) == 0)
        return db;
    database_close(&db);
    if (database_open(noted.list[n].file, DATABASE_OWN, 1000, &db, &why) < 0)
        fail_msg("%s", why.text);
    return db;
}

/* Adds those of the noted statements that walk a large table, with their plans. */
static void find_walks(struct buf *walks)
{
    char plan[4096];
    sqlite3 *db = NULL;

    noted.is_off = true;
    for (size_t i = 0; i < noted.count; i++) {
        db = database_of(i, db);
        if (is_walk(statement_plan(db, noted.list[i].sql, plan, sizeof plan)))
            buf_addf(walks, "%s\n%s\n", noted.list[i].sql, plan);
    }
    database_close(&db);
    noted.is_off = false;
}

/* They are run in this order: what one needs is made by those before it. */
static const struct {
    const char *words[WORDS_MAX];
    bool is_about_all; /* it counts, lists or changes rows of all users, or searches among them */
} commands[] = {
    {{"send", "alice", "title", "--key", "k"}, false},
    {{"broadcast", "x", "--topic", "role:a", "--expires", "+1h"}, false},
    {{"conversation", "create", "c", "alice", "bob"}, false},
    {{"conversation", "add", "c", "carol"}, false},
    {{"conversation", "list", "c"}, false},
    {{"conversation", "list"}, true},
    {{"conversation", "remove", "c", "bob"}, false},
    {{"conversation", "remove", "c", "--all", "--yes"}, false},
    {{"queue", "show", "1"}, false},
    {{"explain", "1"}, false},
    {{"queue", "cancel", "1"}, false},
    {{"queue", "retry", "1"}, false},
    {{"queue", "cancel", "--user", "alice"}, false},
    {{"queue", "retry", "--failed"}, true},
    {{"queue", "list"}, true},
    {{"queue", "list", "--user", "alice"}, false},
    {{"queue", "stats"}, true},
    {{"queue", "purge", "--yes"}, false},
    {{"queue", "purge", "--older=1h", "--user=bob", "--yes"}, false},
    {{"status"}, true},
    {{"revoke", "alice"}, false},
    {{"revoke", "--all", "--yes"}, true},
    {{"user", "add", "alice", "--email", "a@example.org"}, false},
    {{"user", "edit", "alice", "--name", "Alice"}, false},
    {{"user", "list"}, true},
    {{"session", "create", "alice"}, false},
    {{"session", "list", "--user", "alice"}, true},
    {{"session", "list"}, true},
    {{"session", "revoke", "--user", "alice"}, false},
    {{"user", "remove", "alice", "--yes"}, false},
    {{"key", "create", "web"}, false},
    {{"key", "list"}, false},
    {{"key", "revoke", "web"}, false},
};

static void check_command(struct command_line *line, const char *const *words, bool is_about_all)
{
    struct buf walks;

    forget_statements();
    int status = command_line_run(
        line, words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7], NULL);
    if (status == ADMIN_MISUSED || noted.count == 0)
        fail_msg("belfry %s %s: %s", words[0], words[1] ? words[1] : "", line->err);
    buf_init(&walks, 1 << 16);
    find_walks(&walks);
    if ((walks.len > 0) != is_about_all)
        fail_msg("belfry %s %s\n%s", words[0], words[1] ? words[1] : "", walks.data);
    buf_release(&walks);
    forget_statements();
}

static void check_all(struct command_line *line)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        check_command(line, commands[i].words, commands[i].is_about_all);
}

static void forget_small_tables(struct command_line *line)
{
    struct reason why;
    sqlite3 *db;

    assert_int_equal(database_open(line->database, DATABASE_OWN, 1000, &db, &why), 0);
    assert_int_equal(statistics_forget_small(db, &why), 0);
    database_close(&db);
}

static void only_what_is_about_all_rows_walks_a_table_that_grows(void **state)
{
    check_all(*state);
}

/* SQLite then believes that a walk through the table costs nothing, whatever it grows to, until a
 * gateway makes it forget that. */
static void nor_does_more_after_it_was_analyzed_while_it_was_small(void **state)
{
    struct command_line *line = *state;

    command_line_sql(line, "belfry.db",
        "INSERT INTO notifications (user_id, title) VALUES ('bob', 't'), ('carol', 't');"
        "INSERT INTO messages (conversation_id, sender_id, content) VALUES ('d', 'bob', 't');"
        "ANALYZE");
    forget_small_tables(line);
    check_all(line);
}

static int set_up(void **state)
{
    if (command_line_set_up_queue(state) != 0)
        return -1;
    return sqlite3_auto_extension((void (*)(void))on_open) == SQLITE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    sqlite3_reset_auto_extension();
    forget_statements();
    return command_line_tear_down(state);
}

int main(void)
{
#define PLAN_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        PLAN_TEST(only_what_is_about_all_rows_walks_a_table_that_grows),
        PLAN_TEST(nor_does_more_after_it_was_analyzed_while_it_was_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
