#include "admin/listing.h"

#include "common/database.h"

static void print(struct admin *admin, const struct listing *listing, const struct table *table)
{
    if (admin->json)
        table_print_json(table, admin->out);
    else if (table_rows(table) == 0)
        admin_say(admin, "%s", listing->none);
    else if (listing->record)
        table_print_records(table, admin->out);
    else
        table_print(table, admin->out);
}

int listing_print(struct admin *admin, sqlite3 *db, const struct listing *listing,
    const char *const *parameters, size_t parameter_count)
{
    sqlite3_stmt *statement;
    struct reason why;
    int rows = -1;

    if (database_prepare(db, &listing->sql, &statement, 1, &why) < 0) {
        admin_say(admin, "%s", why.text);
        return -1;
    }
    struct table *table = table_new(listing->columns, listing->column_count);
    for (size_t i = 0; i < parameter_count; i++)
        database_bind(statement, (int)i + 1, parameters[i]);
    if (table_fill(table, statement, &why) < 0) {
        admin_say(admin, "%s", why.text);
    } else {
        print(admin, listing, table);
        rows = (int)table_rows(table);
    }
    table_free(table);
    database_finalize(&statement, 1);
    return rows;
}
