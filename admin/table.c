#include "admin/table.h"

#include <stdlib.h>
#include <string.h>

#include "admin/json_line.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/memory.h"
#include "common/moment.h"
#include "common/text.h"

/* The longest line; a cell of the queue has at most 32 KiB. */
#define LINE_MAX_OCTETS (1 << 20)

struct table {
    const struct column *columns;
    size_t column_count;
    char **cells;
    size_t count, room;
    size_t *widths; /* of what was printed so far; NULL: nothing was */
    bool coloured;
};

#define TITLE_COLOUR "1" /* bold */

/* Select Graphic Rendition of ECMA-48. */
static const struct {
    const char *state, *colour;
} colours[] = {
    {"pending", "33"},
    {"delivered", "32"},
    {"read", "32"},
    {"good", "32"},
    {"failed", "31"},
    {"revoked", "31"},
    {"expired", "2"},
    {"cancelled", "2"},
};

struct table *table_new(const struct column *columns, size_t column_count)
{
    struct table *table = mem_zalloc(sizeof *table);

    table->columns = columns;
    table->column_count = column_count;
    return table;
}

void table_free(struct table *table)
{
    table_clear(table);
    free(table->widths);
    free(table->cells);
    free(table);
}

void table_clear(struct table *table)
{
    while (table->count > 0)
        free(table->cells[--table->count]);
}

void table_colour(struct table *table)
{
    table->coloured = true;
}

void table_add(struct table *table, const char *text)
{
    if (table->count == table->room) {
        table->room = table->room ? table->room * 2 : 64;
        table->cells = mem_resize(table->cells, table->room * sizeof *table->cells);
    }
    table->cells[table->count++] = mem_strdup_or_null(text);
}

void table_addf(struct table *table, const char *format, ...)
{
    struct buf text;
    va_list args;

    buf_init(&text, LINE_MAX_OCTETS);
    va_start(args, format);
    buf_vaddf(&text, format, args);
    va_end(args);
    table_add(table, text.data);
    buf_release(&text);
}

size_t table_rows(const struct table *table)
{
    return table->count / table->column_count;
}

/* The length of the first `count` characters. */
static size_t octets_of(const char *text, size_t count)
{
    size_t at = 0;

    for (; text[at] != '\0' && count > 0; count--)
        for (at++; (text[at] & 0xc0) == 0x80;)
            at++;
    return at;
}

/* Times in rows of text are there to be compared, in records to be exact. */
static const char *shown_time(
    const struct column *column, const char *cell, bool exact, char out[MOMENT_SHOWN_SIZE])
{
    int64_t ms;

    if (column->kind != COLUMN_TIME || clock_parse_iso(cell, &ms) < 0)
        return cell;
    return moment_show(ms, exact, out);
}

/* A cell as people see it, cut to the width of the column. */
static void show_cell(const struct column *column, const char *cell, struct buf *out)
{
    char time[MOMENT_SHOWN_SIZE];
    const char *text = cell ? shown_time(column, cell, false, time) : "-";

    buf_clear(out);
    buf_add_escaped(out, text, strlen(text));
    if (column->width_max == 0 || text_characters(out->data) <= column->width_max)
        return;
    out->len = octets_of(out->data, column->width_max - 1);
    buf_add_text(out, "…");
}

/* Widens what was measured before. */
static void measure_columns(const struct table *table, size_t *widths)
{
    struct buf shown;

    buf_init(&shown, LINE_MAX_OCTETS);
    for (size_t i = 0; i < table->count; i++) {
        const struct column *column = &table->columns[i % table->column_count];
        if (!column->title)
            continue;
        show_cell(column, table->cells[i], &shown);
        size_t width = text_characters(shown.data);
        if (width > widths[i % table->column_count])
            widths[i % table->column_count] = width;
    }
    buf_release(&shown);
}

/* Of a cell; what follows a comma is a remark. NULL: none. */
static const char *colour_of(const struct column *column, const char *cell)
{
    size_t len = cell && column->kind == COLUMN_STATE ? strcspn(cell, ",") : 0;

    for (size_t i = 0; len > 0 && i < sizeof colours / sizeof *colours; i++)
        if (strlen(colours[i].state) == len && strncmp(colours[i].state, cell, len) == 0)
            return colours[i].colour;
    return NULL;
}

static void add_coloured(struct buf *line, const char *shown, const char *colour)
{
    if (colour)
        buf_addf(line, "\033[%sm%s\033[0m", colour, shown);
    else
        buf_add_text(line, shown);
}

/* What a line is printed with. */
struct line_cell {
    const struct column *column;
    size_t width;
    const char *shown, *colour;
    bool last;
};

/* Appends a cell with the blanks that align it, but none at the end of the line. */
static void add_aligned(struct buf *line, const struct line_cell *cell)
{
    int blanks = (int)(cell->width - text_characters(cell->shown));
    bool right = cell->column->kind == COLUMN_NUMBER || cell->column->kind == COLUMN_ID;

    buf_addf(line, "%*s", right ? blanks : 0, "");
    add_coloured(line, cell->shown, cell->colour);
    if (!cell->last)
        buf_addf(line, "%*s", (right ? 0 : blanks) + 2, "");
}

static size_t last_shown(const struct table *table)
{
    size_t last = 0;

    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].title)
            last = i;
    return last;
}

/* Prints the titles if `cells` is NULL. */
static void print_line(
    const struct table *table, const size_t *widths, char *const *cells, FILE *out)
{
    struct buf line, shown;

    buf_init(&line, LINE_MAX_OCTETS);
    buf_init(&shown, LINE_MAX_OCTETS);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (!column->title)
            continue;
        const char *colour = cells ? colour_of(column, cells[i]) : TITLE_COLOUR;
        if (cells)
            show_cell(column, cells[i], &shown);
        add_aligned(&line, &(struct line_cell){
                               .column = column,
                               .width = widths[i],
                               .shown = cells ? shown.data : column->title,
                               .colour = table->coloured ? colour : NULL,
                               .last = i == last_shown(table),
                           });
    }
    fprintf(out, "%s\n", line.data);
    buf_release(&shown);
    buf_release(&line);
}

static void measure_titles(struct table *table)
{
    table->widths = mem_array(table->column_count, sizeof *table->widths);
    for (size_t i = 0; i < table->column_count; i++)
        table->widths[i] = table->columns[i].title ? text_characters(table->columns[i].title) : 0;
}

void table_print(struct table *table, FILE *out)
{
    bool is_first = !table->widths;

    if (is_first)
        measure_titles(table);
    measure_columns(table, table->widths);
    if (is_first)
        print_line(table, table->widths, NULL, out);
    for (size_t i = 0; i < table->count; i += table->column_count)
        print_line(table, table->widths, &table->cells[i], out);
}

/* Whether the cell can be inserted into JSON as it is. */
static bool is_json(const struct column *column, const char *cell)
{
    struct reason why;

    if (column->kind == COLUMN_NUMBER)
        return json_line_is_number(cell);
    return column->kind == COLUMN_JSON && json_check(cell, strlen(cell), false, &why) == 0;
}

static void add_json_cell(struct buf *line, const struct column *column, const char *cell)
{
    buf_add_json_string(line, column->key, strlen(column->key));
    buf_add_char(line, ':');
    if (!cell)
        buf_add_text(line, "null");
    else if (is_json(column, cell))
        buf_add_text(line, cell);
    else
        buf_add_json_string(line, cell, strlen(cell));
}

void table_print_json(struct table *table, FILE *out)
{
    struct buf line;

    buf_init(&line, LINE_MAX_OCTETS);
    for (size_t i = 0; i < table->count; i++) {
        size_t at = i % table->column_count;
        if (table->columns[at].key) {
            buf_add_char(&line, at == 0 ? '{' : ',');
            add_json_cell(&line, &table->columns[at], table->cells[i]);
        }
        if (at + 1 < table->column_count)
            continue;
        buf_add_char(&line, '}');
        json_line_print(out, line.data, line.len);
        buf_clear(&line);
    }
    buf_release(&line);
}

/* Escapes each line of the cell by itself, so that a body keeps its lines and control characters
 * show. */
static void print_lines(const char *cell, int indent, FILE *out)
{
    struct buf shown;

    buf_init(&shown, LINE_MAX_OCTETS);
    for (;;) {
        size_t len = strcspn(cell, "\n");

        buf_clear(&shown);
        buf_add_escaped(&shown, cell, len);
        fprintf(out, "%s\n", shown.data);
        if (cell[len] == '\0')
            break;
        cell += len + 1;
        fprintf(out, "%*s", indent, "");
    }
    buf_release(&shown);
}

/* JSON is shown without blanks between its tokens, as engines differ in which they keep. */
static void print_record_cell(const struct column *column, const char *cell, int indent, FILE *out)
{
    char time[MOMENT_SHOWN_SIZE];
    struct buf shown;

    buf_init(&shown, LINE_MAX_OCTETS);
    if (column->kind == COLUMN_JSON && is_json(column, cell))
        json_line_add(&shown, cell, strlen(cell));
    else
        buf_add_text(&shown, shown_time(column, cell, true, time));
    print_lines(shown.data, indent, out);
    buf_release(&shown);
}

void table_print_records(struct table *table, FILE *out)
{
    int widest = 0;

    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].title && (int)strlen(table->columns[i].title) > widest)
            widest = (int)strlen(table->columns[i].title);
    for (size_t i = 0; i < table->count; i++) {
        const struct column *column = &table->columns[i % table->column_count];
        if (!column->title || !table->cells[i])
            continue;
        fprintf(out, "%-*s  ", widest, column->title);
        print_record_cell(column, table->cells[i], widest + 2, out);
    }
}
