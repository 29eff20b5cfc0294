#include "tests/unit/store/store_rig.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "build-config.h"
#include "common/database.h"
#include "common/memory.h"
#include "common/schema.h"
#ifdef WITH_POSTGRESQL
#include "tests/unit/store/postgres_rig.h"
#endif

/* For what ought to come soon. */
#define PATIENCE_MS 20000
/* Between two looks at what another process or thread is to write: it needs the processor, too. */
#define LONGEST_PAUSE_MS 16

static int64_t moved_wall_ms(const struct clock *clock)
{
    const struct rig *rig = clock->context;
    struct clock system = clock_system();

    return system.wall_ms(&system) + rig->wall_offset;
}

static int64_t moved_steady_ms(const struct clock *clock)
{
    const struct rig *rig = clock->context;
    struct clock system = clock_system();

    return system.steady_ms(&system) + rig->steady_offset;
}

static struct rig *note(void *context, enum rig_news news)
{
    struct rig *rig = context;

    rig->told[news]++;
    return rig;
}

static void keep_user(struct rig *rig, const char *user)
{
    snprintf(rig->last_user, sizeof(rig->last_user), "%s", user);
}

static void on_row(void *context, const struct store_row *row)
{
    struct rig *rig = context;

    rig->last_row_at = uv_hrtime();
    assert_true(rig->told[RIG_ROW] < RIG_ROWS_MAX);
    assert_int_equal(strlen(row->json), row->len);
    rig->rows[rig->told[RIG_ROW]++] = row->id;
    keep_user(rig, row->user);
    snprintf(rig->last_json, sizeof(rig->last_json), "%s", row->json);
}

static void on_due(void *context, const char *user, const char *mark)
{
    (void)mark;
    keep_user(note(context, RIG_DUE), user);
}

static void on_unread(void *context, const char *user, const struct store_counts *counts)
{
    struct rig *rig = note(context, RIG_UNREAD);

    keep_user(rig, user);
    rig->unread = counts->unread;
    rig->unseen = counts->unseen;
}

static void on_updated(void *context, const struct store_row *row, bool is_pending)
{
    struct rig *rig = note(context, RIG_UPDATED);

    assert_int_equal(strlen(row->json), row->len);
    keep_user(rig, row->user);
    snprintf(rig->last_json, sizeof(rig->last_json), "%s", row->json);
    rig->updated = (struct rig_update){row->id, is_pending};
}

static void keep_ids(struct rig *rig, const char *user, const int64_t *ids, size_t count)
{
    assert_in_range(count, 1, STORE_IDS_MAX);
    for (size_t i = 1; i < count; i++)
        assert_true(ids[i - 1] < ids[i]);
    keep_user(rig, user);
    memcpy(rig->told_ids, ids, count * sizeof(*ids));
    rig->told_id_count = count;
    if (count > rig->most_ids)
        rig->most_ids = count;
}

static void on_removed(
    void *context, const char *user, enum store_removal removal, const int64_t *ids, size_t count)
{
    struct rig *rig = note(context, RIG_REMOVED);

    keep_ids(rig, user, ids, count);
    rig->removed[removal] += count;
}

static void on_told_marked(
    void *context, const char *user, bool is_read, const int64_t *ids, size_t count)
{
    struct rig *rig = note(context, RIG_MARKED);

    keep_ids(rig, user, ids, count);
    rig->marked[is_read] += count;
}

static void on_revoked(void *context, const char *user, int64_t not_before)
{
    struct rig *rig = note(context, RIG_REVOKED);

    keep_user(rig, user);
    rig->not_before = not_before;
}

static void on_session_over(void *context, const char *user, const char *hash)
{
    struct rig *rig = note(context, RIG_SESSION_OVER);

    keep_user(rig, user);
    snprintf(rig->last_hash, sizeof(rig->last_hash), "%s", hash);
}

static void on_expiring(void *context, const char *user, const int64_t *ids, size_t count)
{
    struct rig *rig = note(context, RIG_EXPIRING);

    keep_user(rig, user);
    for (size_t i = 0; i < count && rig->expiring_count < 64; i++)
        rig->expiring[rig->expiring_count++] = ids[i];
}

static void on_available(void *context)
{
    note(context, RIG_AVAILABLE);
}

static void on_unavailable(void *context, const struct reason *why)
{
    struct rig *rig = note(context, RIG_UNAVAILABLE);

    snprintf(rig->reason, sizeof(rig->reason), "%s", why->text);
}

static void on_replaced(void *context)
{
    note(context, RIG_REPLACED);
}

static void on_end(void *context)
{
    note(context, RIG_END);
}

static const struct store_news rig_callbacks = {
    .row = on_row,
    .due = on_due,
    .unread = on_unread,
    .updated = on_updated,
    .removed = on_removed,
    .marked = on_told_marked,
    .revoked = on_revoked,
    .session_over = on_session_over,
    .expiring = on_expiring,
    .available = on_available,
    .unavailable = on_unavailable,
    .replaced = on_replaced,
    .end = on_end,
};

static void file_make(struct rig *rig)
{
    struct reason why = {""};

    rig->settings.database = rig->settings.database_shown = rig->path;
    if (database_open(rig->path, DATABASE_CREATE, 5000, &rig->db, &why) < 0 ||
        schema_init_queue(rig->db, rig->path, &why) < 0)
        fail_msg("%s", why.text);
}

static void file_close(struct rig *rig)
{
    database_close(&rig->db);
}

static void file_run(struct rig *rig, const char *sql)
{
    char *error = NULL;

    if (sqlite3_exec(rig->db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
}

static char *file_text(struct rig *rig, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    const char *text = NULL;
    char *copy;

    if (sqlite3_prepare_v2(rig->db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(rig->db));
    if (sqlite3_step(statement) == SQLITE_ROW)
        text = (const char *)sqlite3_column_text(statement, 0);
    copy = mem_strdup(text ? text : "NULL");
    sqlite3_finalize(statement);
    return copy;
}

static const struct rig_database of_file = {file_make, file_close, file_run, file_text, NULL};
static const struct rig_database *database_in_use = &of_file;

void rig_use(const struct rig_database *database)
{
    database_in_use = database ? database : &of_file;
}

int rig_run(const struct CMUnitTest *contract, size_t count, const struct CMUnitTest *of_files,
    size_t file_count)
{
    int failed = _cmocka_run_group_tests("SQLite", contract, count, NULL, NULL);

    if (file_count > 0)
        failed += _cmocka_run_group_tests("files", of_files, file_count, NULL, NULL);
#ifdef WITH_POSTGRESQL
    failed += _cmocka_run_group_tests(
        "PostgreSQL", contract, count, postgres_rig_start, postgres_rig_stop);
#endif
    return failed;
}

static void on_tick(uv_timer_t *ticker)
{
    (void)ticker;
}

void rig_init(struct rig *rig)
{
    *rig = (struct rig){.folder = "/tmp/belfry-queue-XXXXXX"};
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof(rig->path), "%s/belfry.db", rig->folder);
    rig->news = rig_callbacks;
    rig->clock = clock_system();
    rig->clock.wall_ms = moved_wall_ms;
    rig->clock.steady_ms = moved_steady_ms;
    rig->clock.context = rig;
    rig->log_fd = open(rig->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_true(rig->log_fd >= 0);
    log_sink_init(&rig->sink, rig->log_fd, LOG_TEXT, LOG_DEBUG, &rig->clock, "test");
    rig->log = logger_root(&rig->sink);
    rig->settings = (struct store_settings){
        .instance = "rig:1",
        .synchronous = "full",
        .poll_interval_ms = 1000,
        .retain_days = 30,
    };
    rig->rows = mem_array(RIG_ROWS_MAX, sizeof(*rig->rows));
    assert_int_equal(uv_loop_init(&rig->loop), 0);
    uv_timer_init(&rig->loop, &rig->ticker);
    uv_timer_start(&rig->ticker, on_tick, 1, 1);
    rig->database = database_in_use;
    rig->database->make(rig);
}

void rig_release(struct rig *rig)
{
    char command[128];

    if (rig->store)
        rig_stop(rig);
    rig->database->close(rig);
    uv_close((uv_handle_t *)&rig->ticker, NULL);
    uv_run(&rig->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&rig->loop), 0);
    close(rig->log_fd);
    free(rig->rows);
    snprintf(command, sizeof(command), "rm -rf %s", rig->folder);
    assert_int_equal(system(command), 0);
}

void rig_start(struct rig *rig)
{
    struct reason why = {""};

    rig->has_ended = false;
    rig->store =
        store_new(&rig->loop, &rig->clock, &rig->log, &rig->settings, &rig->news, rig, &why);
    if (!rig->store)
        fail_msg("%s", why.text);
}

int rig_set_up(void **state)
{
    struct rig *rig = mem_zalloc(sizeof(*rig));

    rig_init(rig);
    rig_start(rig);
    *state = rig;
    return 0;
}

int rig_set_up_unsynced(void **state)
{
    struct rig *rig = mem_zalloc(sizeof(*rig));

    rig_init(rig);
    rig->settings.synchronous = "off";
    if (rig->db)
        rig_sql(rig, "PRAGMA synchronous = OFF");
    rig_start(rig);
    *state = rig;
    return 0;
}

int rig_tear_down(void **state)
{
    rig_release(*state);
    free(*state);
    return 0;
}

static void on_ended(void *context)
{
    ((struct rig *)context)->has_ended = true;
}

static bool has_ended(struct rig *rig)
{
    return rig->has_ended;
}

void rig_stop(struct rig *rig)
{
    store_end(rig->store, on_ended, rig);
    assert_true(rig_until(rig, has_ended, PATIENCE_MS));
    rig->store = NULL;
}

bool rig_loop_turn(struct rig *rig, int64_t until)
{
    uv_run(&rig->loop, UV_RUN_ONCE);
    return clock_steady_ms(&rig->clock) < until;
}

bool rig_until(struct rig *rig, bool (*done)(struct rig *rig), int64_t ms)
{
    int64_t until = clock_steady_ms(&rig->clock) + ms;

    while (!done(rig))
        if (!rig_loop_turn(rig, until))
            return false;
    return true;
}

void rig_idle(struct rig *rig, int64_t ms)
{
    int64_t until = clock_steady_ms(&rig->clock) + ms;

    while (rig_loop_turn(rig, until))
        continue;
}

bool rig_await(struct rig *rig, enum rig_news news, size_t count, int64_t ms)
{
    int64_t until = clock_steady_ms(&rig->clock) + ms;

    while (rig->told[news] < count)
        if (!rig_loop_turn(rig, until))
            return false;
    return true;
}

void rig_open_again(struct rig *rig)
{
    assert_int_equal(sqlite3_open(rig->path, &rig->db), SQLITE_OK);
    sqlite3_busy_timeout(rig->db, PATIENCE_MS);
}

void rig_sql_of(sqlite3 *db, const char *format, va_list args)
{
    char *error = NULL;
    char *sql = sqlite3_vmprintf(format, args);

    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
    sqlite3_free(sql);
}

void rig_sql(struct rig *rig, const char *format, ...)
{
    va_list args;
    char *sql;

    va_start(args, format);
    sql = sqlite3_vmprintf(format, args);
    va_end(args);
    rig->database->run(rig, sql);
    sqlite3_free(sql);
}

void rig_lock(struct rig *rig)
{
    rig_sql(rig, rig->db ? "BEGIN IMMEDIATE"
                         : "BEGIN; LOCK TABLE notifications, messages IN EXCLUSIVE MODE");
}

void rig_insert(struct rig *rig, const char *user, int count)
{
    for (int i = 0; i < count; i++)
        rig_sql(rig, "INSERT INTO notifications (user_id, title) VALUES ('%s', 'hello')", user);
}

static char *text_of(struct rig *rig, const char *format, va_list args)
{
    char *sql = sqlite3_vmprintf(format, args);
    char *text = rig->database->text(rig, sql);

    sqlite3_free(sql);
    return text;
}

/* -1 where there is no row. */
int64_t rig_integer(struct rig *rig, const char *format, ...)
{
    int64_t value;
    va_list args;
    char *text;

    va_start(args, format);
    text = text_of(rig, format, args);
    va_end(args);
    value = strcmp(text, "NULL") == 0 ? -1 : strcmp(text, "t") == 0 ? 1 : strtoll(text, NULL, 10);
    free(text);
    return value;
}

const char *rig_text(struct rig *rig, char out[512], const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = text_of(rig, format, args);
    va_end(args);
    snprintf(out, 512, "%s", text);
    free(text);
    return out;
}

bool rig_await_integer(struct rig *rig, const char *sql, int64_t value, int64_t ms)
{
    int64_t until = clock_steady_ms(&rig->clock) + ms;
    int64_t pause = 1;

    while (rig_integer(rig, "%s", sql) != value) {
        if (clock_steady_ms(&rig->clock) >= until)
            return false;
        rig_idle(rig, pause);
        pause = pause < LONGEST_PAUSE_MS ? 2 * pause : pause;
    }
    return true;
}

FILE *rig_shell(struct rig *rig)
{
    char command[256];

    FILE *shell;

    snprintf(command, sizeof(command), "sqlite3 -bail -cmd '.timeout 10000' '%s' > /dev/null",
        rig->path);
    shell = popen(command, "w");
    assert_non_null(shell);
    return shell;
}

bool rig_logged(struct rig *rig, const char *text)
{
    static char log[1 << 20];
    ssize_t got = pread(rig->log_fd, log, sizeof(log) - 1, 0);

    log[got > 0 ? got : 0] = '\0';
    return strstr(log, text) != NULL;
}
