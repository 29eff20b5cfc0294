#include "admin/connections.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "admin/ask_ops.h"
#include "admin/table.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/token.h"

/* As many as the gateway gives at once: gateway/ops/connection_page.h. */
#define PAGE "500"
#define PATH_MAX_BYTES 2048

static const struct column columns[] = {
    {"id", "id", COLUMN_ID, 0},
    {"user", "user", COLUMN_TEXT, 40},
    {"address", "address", COLUMN_TEXT, 0},
    {"framing", "framing", COLUMN_TEXT, 0},
    {"carrier", "carrier", COLUMN_TEXT, 0},
    {"openedAt", NULL, COLUMN_TEXT, 0},
    {"ageSeconds", NULL, COLUMN_NUMBER, 0},
    {NULL, "age", COLUMN_TEXT, 0},
    {"unconfirmed", "unconfirmed", COLUMN_NUMBER, 0},
    {"unsentBytes", "unsent bytes", COLUMN_NUMBER, 0},
};

#define COLUMNS (sizeof columns / sizeof *columns)

static void add_age(struct table *table, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
    size_t i = 0;

    while (i < 3 && seconds < 2 * units[i].seconds)
        i++;
    table_addf(table, "%" PRId64 " %s", seconds / units[i].seconds, units[i].unit);
}

static void add_row(struct table *table, const json_t *row, int64_t now)
{
    static const char *const texts[] = {"id", "user", "address", "framing", "carrier", "openedAt"};
    static const char *const numbers[] = {"unconfirmed", "unsentBytes"};
    const char *opened = json_text(row, "openedAt");
    int64_t opened_at = now;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        table_add(table, json_text(row, texts[i]));
    if (opened)
        clock_parse_iso(opened, &opened_at);
    int64_t age = now > opened_at ? (now - opened_at) / 1000 : 0;
    table_addf(table, "%" PRId64, age);
    add_age(table, age);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        table_addf(
            table, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(row, numbers[i])));
}

/* Adds what the page has to the table. `next` gets where the next page begins, "" for none. 0, or
 * -1 with the reason. */
static int take_page(
    const struct http_reply *reply, struct table *table, struct buf *next, struct reason *why)
{
    json_t *page = json_read(reply->body.data, reply->body.len, why), *row;
    const json_t *rows = json_object_get(page, "connections");
    const char *now = json_text(page, "now"), *after = json_text(page, "next");
    int64_t at = 0;
    size_t i;

    buf_clear(next);
    if (!json_is_array(rows) || !now || clock_parse_iso(now, &at) < 0) {
        json_decref(page);
        return reason_set(why, "what answers there is no belfry-gateway of this version");
    }
    json_array_foreach (rows, i, row)
        add_row(table, row, at);
    buf_add_text(next, after ? after : "");
    json_decref(page);
    return 0;
}

static int ask_page(const char *address, const char *user, const char *after, struct table *table,
    struct buf *next, struct reason *why)
{
    struct http_reply reply;
    struct buf path;

    buf_init(&path, PATH_MAX_BYTES);
    buf_addf(&path, "/connections?max=" PAGE "&after=%s", after);
    if (user) {
        buf_add_text(&path, "&user=");
        ask_ops_add_value(&path, user);
    }
    int result = ask_ops(address, path.data, &reply, why);
    if (result == 200)
        result = take_page(&reply, table, next, why);
    else if (result > 0)
        result = reason_set(why, "the gateway answers %d: %s", result, reply.body.data);
    else
        reason_prefix(why, "the gateway does not answer on ops_listen: ");
    http_reply_release(&reply);
    buf_release(&path);
    return result;
}

static void print_page(const struct admin *admin, struct table *table)
{
    if (table_rows(table) > 0)
        (admin->json ? table_print_json : table_print)(table, admin->out);
    table_clear(table);
}

/* Returns how many there are, or -1 with the reason. */
static int64_t list(
    const struct admin *admin, const char *address, const char *user, struct reason *why)
{
    struct table *table = table_new(columns, COLUMNS);
    struct buf after, next;
    int64_t count = 0;
    int result;

    buf_init(&after, 64);
    buf_init(&next, 64);
    buf_add_char(&after, '0');
    do {
        result = ask_page(address, user, after.data, table, &next, why);
        count += (int64_t)table_rows(table);
        print_page(admin, table);
        buf_clear(&after);
        buf_add(&after, next.data, next.len);
    } while (result == 0 && after.len > 0);
    buf_release(&next);
    buf_release(&after);
    table_free(table);
    return result < 0 ? -1 : count;
}

static int connections_run(struct admin *admin, const struct arguments *arguments)
{
    const char *user = arguments_value(arguments, "--user");
    struct reason why;
    const char *address = ask_ops_address(&admin->config, &why);

    if (user && strlen(user) > TOKEN_SUBJECT_MAX)
        return admin_misuse(admin, "--user: an id has %d bytes at most", TOKEN_SUBJECT_MAX);
    int64_t count = address ? list(admin, address, user, &why) : -1;
    if (count < 0)
        return admin_refuse(admin, "%s", why.text);
    if (count == 0 && !admin->json)
        admin_say(
            admin, "%s is connected to this gateway", user ? "no client of this user" : "nobody");
    return ADMIN_DONE;
}

static const struct command_option connections_options[] = {
    {"--user", "USER", "only of this user"},
    {NULL, NULL, NULL},
};

const struct command connections_command = {
    .name = "connections",
    .summary = "List who is connected to the running gateway",
    .options = connections_options,
    .more =
        "It asks the gateway on this machine, at ops_listen. `id` is `connection` in its log.\n\n"
        "    belfry connections --user alice",
    .run = connections_run,
};
