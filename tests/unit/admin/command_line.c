#include "tests/unit/admin/command_line.h"

#include <unistd.h>

#include "common/database.h"
#include "common/memory.h"

#define WORDS_MAX 32

static int64_t set_time(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

int command_line_set_up(void **state)
{
    struct command_line *line = mem_zalloc(sizeof *line);

    line->folder = folder_new();
    line->database = path_in(line->folder, "belfry.db");
    line->config = path_in(line->folder, "belfry.conf");
    file_write(line->config, "", 0);
    line->wall_ms = 1795375140123; /* 2026-11-22T19:19:00.123Z */
    line->clock = clock_system();
    line->clock.wall_ms = set_time;
    line->clock.context = &line->wall_ms;
    *state = line;
    return 0;
}

int command_line_set_up_queue(void **state)
{
    command_line_set_up(state);
    return command_line_run(*state, "init", "--sessions", NULL);
}

int command_line_tear_down(void **state)
{
    struct command_line *line = *state;

    folder_remove(line->folder);
    free(line->out);
    free(line->err);
    free(line->config);
    free(line->database);
    free(line->folder);
    free(line);
    return 0;
}

static int collect(va_list args, const char **words)
{
    int count = 0;
    const char *word;

    while ((word = va_arg(args, const char *))) {
        assert_true(count < WORDS_MAX - 1);
        words[count++] = word;
    }
    return count;
}

static int run(struct command_line *line, int argc, char **argv)
{
    size_t out_len, err_len;
    struct admin admin = {.clock = &line->clock, .attended = line->attended};

    free(line->out);
    free(line->err);
    admin.in = tmpfile();
    admin.out = open_memstream(&line->out, &out_len);
    admin.err = open_memstream(&line->err, &err_len);
    if (line->in)
        fwrite(line->in, 1, line->in_len ? line->in_len : strlen(line->in), admin.in);
    fflush(admin.in);
    assert_int_equal(lseek(fileno(admin.in), 0, SEEK_SET), 0);
    int status = admin_main(&admin, argc, argv);
    fclose(admin.in);
    fclose(admin.out);
    fclose(admin.err);
    line->in = NULL;
    line->in_len = 0;
    line->attended = false;
    return status;
}

int command_line_run(struct command_line *line, ...)
{
    const char *words[WORDS_MAX + 5] = {
        "belfry", "--config", line->config, "--database", line->database};
    va_list args;

    va_start(args, line);
    int count = collect(args, words + 5);
    va_end(args);
    char *argv[WORDS_MAX + 5];
    for (int i = 0; i < count + 5; i++)
        argv[i] = mem_strdup(words[i]);
    int status = run(line, count + 5, argv);
    for (int i = 0; i < count + 5; i++)
        free(argv[i]);
    return status;
}

void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static sqlite3 *open_file(const struct command_line *line, const char *file)
{
    struct reason why;
    sqlite3 *db;
    char *path = path_in(line->folder, file);

    if (database_open(path, DATABASE_OWN, 1000, &db, &why) < 0)
        fail_msg("%s", why.text);
    free(path);
    return db;
}

char *command_line_select(const struct command_line *line, const char *file, const char *sql)
{
    sqlite3 *db = open_file(line, file);
    sqlite3_stmt *statement;
    char *value = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW)
        value = mem_strdup_or_null(database_text(statement, 0));
    sqlite3_finalize(statement);
    database_close(&db);
    return value;
}

void assert_selects(
    const struct command_line *line, const char *file, const char *sql, const char *expected)
{
    char *value = command_line_select(line, file, sql);

    assert_non_null(value);
    assert_string_equal(value, expected);
    free(value);
}

void command_line_sql(const struct command_line *line, const char *file, const char *sql)
{
    sqlite3 *db = open_file(line, file);
    struct reason why;

    if (database_exec(db, sql, &why) < 0)
        fail_msg("%s", why.text);
    database_close(&db);
}
