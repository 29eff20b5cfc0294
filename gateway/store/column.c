#include "gateway/store/column.h"

#include "common/database.h"

struct cell column_cell(sqlite3_stmt *statement, int column)
{
    struct cell cell = {.kind = CELL_OTHER};

    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        cell.kind = CELL_NULL;
    if (sqlite3_column_type(statement, column) != SQLITE_TEXT)
        return cell;
    cell.text = database_text(statement, column);
    cell.len = (size_t)sqlite3_column_bytes(statement, column);
    if (cell.text)
        cell.kind = CELL_TEXT;
    return cell;
}

static struct cell_rule rule_of(const struct column *column)
{
    return (struct cell_rule){
        column->name, (size_t)column->least, (size_t)column->most, column->may_be_null};
}

int column_check_text(sqlite3_stmt *statement, const struct column *column, struct reason *why)
{
    struct cell cell = column_cell(statement, column->index);
    struct cell_rule rule = rule_of(column);

    return cell_check_text(&cell, &rule, why);
}

int column_check_json(
    sqlite3_stmt *statement, const struct column *column, bool object, struct reason *why)
{
    struct cell cell = column_cell(statement, column->index);
    struct cell_rule rule = rule_of(column);

    return cell_check_json(&cell, &rule, object, why);
}

int column_time(
    sqlite3_stmt *statement, int column, const char *name, int64_t *ms, struct reason *why)
{
    struct cell cell = column_cell(statement, column);

    return cell_time(&cell, name, ms, why);
}

void column_add_json(struct buf *json, sqlite3_stmt *statement, int column)
{
    struct cell cell = column_cell(statement, column);

    cell_add_json(json, &cell);
}

void column_add_member(struct buf *json, const char *key, sqlite3_stmt *statement, int column)
{
    struct cell cell = column_cell(statement, column);

    cell_add_member(json, key, &cell);
}
