#include "gateway/store/sqlite/column.h"

#include "common/database.h"

struct cell column_cell(sqlite3_stmt *statement, int column)
{
    int type = sqlite3_column_type(statement, column);
    struct cell cell = {.kind = type == SQLITE_NULL ? CELL_NULL : CELL_OTHER};

    if (type != SQLITE_TEXT)
        return cell;
    cell.text = database_text(statement, column);
    cell.len = (size_t)sqlite3_column_bytes(statement, column);
    if (cell.text)
        cell.kind = CELL_TEXT;
    return cell;
}

int column_time(sqlite3_stmt *statement, int column, int64_t *ms)
{
    struct cell cell = column_cell(statement, column);

    return cell_time(&cell, "", ms, NULL);
}
