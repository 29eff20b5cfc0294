#include "tests/unit/files.h"

#include "admin/table.h"

static const struct column columns[] = {
    {"id", "ID", COLUMN_NUMBER, 0},
    {"name", "NAME", COLUMN_TEXT, 6},
    {"data", NULL, COLUMN_JSON, 0},
    {"end", "END", COLUMN_TEXT, 0},
};

static void add_row(
    struct table *table, const char *id, const char *name, const char *data, const char *end)
{
    table_add(table, id);
    table_add(table, name);
    table_add(table, data);
    table_add(table, end);
}

static void assert_prints(
    struct table *table, void (*print)(struct table *, FILE *), const char *expected)
{
    char *text;
    size_t len;

    FILE *out = open_memstream(&text, &len);
    print(table, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
    table_free(table);
}

static void columns_are_aligned_by_characters(void **state)
{
    struct table *table = table_new(columns, 4);

    (void)state;
    add_row(table, "7", "Zoë", "{}", "x");
    add_row(table, "12345", "Bob", "{}", "yz");
    assert_prints(table, table_print,
        "   ID  NAME  END\n"
        "    7  Zoë   x\n"
        "12345  Bob   yz\n");
}

static void a_table_in_parts_is_aligned_as_its_first_part(void **state)
{
    struct table *table = table_new(columns, 4);
    char *text;
    size_t len;

    FILE *out = open_memstream(&text, &len);

    (void)state;
    add_row(table, "12345", "Bob", "{}", "x");
    table_print(table, out);
    table_clear(table);
    assert_int_equal(table_rows(table), 0);
    add_row(table, "7", "Alice", "{}", "y");
    table_print(table, out);
    fclose(out);
    assert_string_equal(text, "   ID  NAME  END\n"
                              "12345  Bob   x\n"
                              "    7  Alice  y\n");
    free(text);
    table_free(table);
}

static void long_cells_are_cut_between_characters(void **state)
{
    struct table *table = table_new(columns, 4);

    (void)state;
    add_row(table, "1", "sixsix", NULL, "");
    add_row(table, "2", "ééééééé", NULL, "");
    assert_prints(table, table_print,
        "ID  NAME    END\n"
        " 1  sixsix  \n"
        " 2  ééééé…  \n");
}

static void control_octets_cannot_reach_the_terminal(void **state)
{
    struct table *table = table_new(columns, 4);

    (void)state;
    add_row(table, "1", "\033[2J", NULL, "a\nb");
    assert_prints(table, table_print,
        "ID  NAME    END\n"
        " 1  \\x1b[…  a\\x0ab\n");
}

static void nothing_is_a_dash_for_people_and_null_in_json(void **state)
{
    struct table *table = table_new(columns, 4);

    (void)state;
    add_row(table, NULL, NULL, NULL, NULL);
    assert_prints(table, table_print, "ID  NAME  END\n -  -     -\n");
    table = table_new(columns, 4);
    add_row(table, NULL, NULL, NULL, NULL);
    assert_prints(
        table, table_print_json, "{\"id\":null,\"name\":null,\"data\":null,\"end\":null}\n");
}

static void json_has_every_cell_whole_one_row_a_line(void **state)
{
    struct table *table = table_new(columns, 4);

    (void)state;
    add_row(table, "1", "longer than six \"quoted\"", "{\"a\":[1]}", "\n");
    add_row(table, "2", "b", "{}", "c");
    assert_prints(table, table_print_json,
        "{\"id\":1,\"name\":\"longer than six "
        "\\\"quoted\\\"\",\"data\":{\"a\":[1]},\"end\":\"\\n\"}\n"
        "{\"id\":2,\"name\":\"b\",\"data\":{},\"end\":\"c\"}\n");
}

static void a_record_leaves_out_what_is_not_there_and_keeps_lines(void **state)
{
    struct table *table = table_new(columns, 4);

    (void)state;
    add_row(table, "1", NULL, "{}", "two\nlines\033");
    assert_prints(table, table_print_records,
        "ID    1\n"
        "END   two\n"
        "      lines\\x1b\n");
}

static void json_is_json_whatever_the_cells_hold(void **state)
{
    static const struct column kinds[] = {
        {"id", "ID", COLUMN_ID, 0},
        {"n", "N", COLUMN_NUMBER, 0},
        {"j", "J", COLUMN_JSON, 0},
    };
    static const char *const cells[] = {
        "12",
        "-1.5e3",
        " { \"a\" : 1 } ",
        "13",
        "01",
        "[1,",
        "14",
        "many",
        "{} {}",
        "15",
        "1.",
        "[\n1,\n2]",
        "16",
        "0x10",
        "nul",
        "17",
        "",
        "",
    };
    struct table *table = table_new(kinds, 3);

    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        table_add(table, cells[i]);
    assert_prints(table, table_print_json,
        "{\"id\":\"12\",\"n\":-1.5e3,\"j\":{\"a\":1}}\n"
        "{\"id\":\"13\",\"n\":\"01\",\"j\":\"[1,\"}\n"
        "{\"id\":\"14\",\"n\":\"many\",\"j\":\"{} {}\"}\n"
        "{\"id\":\"15\",\"n\":\"1.\",\"j\":[1,2]}\n"
        "{\"id\":\"16\",\"n\":\"0x10\",\"j\":\"nul\"}\n"
        "{\"id\":\"17\",\"n\":\"\",\"j\":\"\"}\n");
}

static void states_have_colours_where_they_are_wanted(void **state)
{
    static const struct column states[] = {
        {"status", "STATUS", COLUMN_STATE, 0}, {"at", "AT", COLUMN_TIME, 0}};
    struct table *table = table_new(states, 2);

    (void)state;
    setenv("TZ", "Europe/Berlin", 1);
    table_colour(table);
    table_add(table, "failed");
    table_add(table, "2026-07-01T10:00:00.123Z");
    table_add(table, "pending, archived");
    table_add(table, "2026-01-01T10:00:00.123Z");
    table_add(table, "odd");
    table_add(table, "soon");
    assert_prints(table, table_print,
        "\033[1mSTATUS\033[0m             \033[1mAT\033[0m\n"
        "\033[31mfailed\033[0m             2026-07-01 12:00:00+02:00\n"
        "\033[33mpending, archived\033[0m  2026-01-01 11:00:00+01:00\n"
        "odd                soon\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_have_colours_where_they_are_wanted),
        cmocka_unit_test(columns_are_aligned_by_characters),
        cmocka_unit_test(a_table_in_parts_is_aligned_as_its_first_part),
        cmocka_unit_test(long_cells_are_cut_between_characters),
        cmocka_unit_test(control_octets_cannot_reach_the_terminal),
        cmocka_unit_test(nothing_is_a_dash_for_people_and_null_in_json),
        cmocka_unit_test(json_has_every_cell_whole_one_row_a_line),
        cmocka_unit_test(json_is_json_whatever_the_cells_hold),
        cmocka_unit_test(a_record_leaves_out_what_is_not_there_and_keeps_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
