#include "common/sql.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

static const char *sql_words(const struct sql *sql, const struct sql_text *text)
{
    return sql->engine->is_postgres ? text->postgres : text->sqlite;
}

void sql_close(struct sql **sql)
{
    if (*sql)
        (*sql)->engine->close(*sql);
    *sql = NULL;
}

struct sql_rows *sql_select(struct sql *sql, const struct sql_text *text,
    const char *const *parameters, size_t count, struct reason *why)
{
    return sql->engine->select(sql, sql_words(sql, text), parameters, count, why);
}

int sql_next(struct sql_rows *rows, struct reason *why)
{
    return rows->sql->engine->next(rows, why);
}

const char *sql_column(struct sql_rows *rows, int column)
{
    return rows->sql->engine->column(rows, column);
}

int64_t sql_number(struct sql_rows *rows, int column)
{
    const char *text = sql_column(rows, column);

    return text ? strtoll(text, NULL, 10) : 0;
}

void sql_end(struct sql_rows *rows)
{
    if (rows)
        rows->sql->engine->end(rows);
}

int sql_count(struct sql *sql, const struct sql_text *text, const char *const *parameters,
    size_t count, int64_t *number, struct reason *why)
{
    struct sql_rows *rows = sql_select(sql, text, parameters, count, why);
    int found = rows ? sql_next(rows, why) : -1;

    if (found == 0)
        reason_set(why, "the database returned no number");
    if (found > 0)
        *number = sql_number(rows, 0);
    sql_end(rows);
    return found > 0 ? 0 : -1;
}

static int check_parameters(const char *const *parameters, size_t count, struct reason *why)
{
    for (size_t i = 0; i < count; i++)
        if (parameters[i] && !text_is_utf8(parameters[i], strlen(parameters[i])))
            return reason_set(why, "%s is not UTF-8", parameters[i]);
    return 0;
}

int64_t sql_change(struct sql *sql, const struct sql_text *text, const char *const *parameters,
    size_t count, struct reason *why)
{
    if (check_parameters(parameters, count, why) < 0)
        return -1;
    return sql->engine->change(sql, sql_words(sql, text), parameters, count, why);
}

int sql_begin(struct sql *sql, struct reason *why)
{
    return sql->engine->begin(sql, why);
}

int sql_commit(struct sql *sql, struct reason *why)
{
    return sql->engine->commit(sql, why);
}
