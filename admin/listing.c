#include "admin/listing.h"

/* As many are aligned with each other, at least. */
#define PART_ROWS 1000

static void listing_print_part(
    struct admin *admin, const struct listing *listing, struct table *table)
{
    if (admin->json)
        table_print_json(table, admin->out);
    else if (listing->record)
        table_print_records(table, admin->out);
    else
        table_print(table, admin->out);
    table_clear(table);
}

/* Returns the number of rows, or -1 with the reason. */
static int64_t listing_print_rows(struct admin *admin, const struct listing *listing,
    struct sql_rows *rows, struct table *table, struct reason *why)
{
    int64_t count = 0;
    int found;

    while ((found = sql_next(rows, why)) > 0) {
        for (size_t i = 0; i < listing->column_count; i++)
            table_add(table, sql_column(rows, (int)i));
        if (++count % PART_ROWS == 0)
            listing_print_part(admin, listing, table);
    }
    if (table_rows(table) > 0)
        listing_print_part(admin, listing, table);
    return found < 0 ? -1 : count;
}

int64_t listing_print(struct admin *admin, struct sql *sql, const struct listing *listing,
    const char *const *parameters, size_t parameter_count)
{
    struct reason why;
    struct sql_rows *rows = sql_select(sql, &listing->sql, parameters, parameter_count, &why);
    struct table *table = table_new(listing->columns, listing->column_count);

    if (admin->screen.colours)
        table_colour(table);
    int64_t count = rows ? listing_print_rows(admin, listing, rows, table, &why) : -1;

    sql_end(rows);
    table_free(table);
    if (count < 0)
        admin_say(admin, "%s", why.text);
    else if (count == 0 && !admin->json)
        admin_say(admin, "%s", listing->none);
    return count;
}
