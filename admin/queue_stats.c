#include "admin/queue_stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "admin/listing.h"
#include "common/moment.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define ROWS_MAX 1000000
#define ROWS_MAX_TEXT "1000000"

/* The windows in which rates are measured. */
static const struct {
    const char *name;
    int64_t minutes;
} windows[] = {{"minute", 1}, {"hour", 60}, {"day", 1440}};

#define WINDOWS 3

/* $1, $2 and $3 are the beginnings of the windows. */
static const struct sql_text newest_rows = SQL_BOTH(
    "SELECT status, count(*), min(created_at), max(created_at), "
    "count(*) FILTER (WHERE created_at >= $1), count(*) FILTER (WHERE created_at >= $2), "
    "count(*) FILTER (WHERE created_at >= $3), count(*) FILTER (WHERE delivered_at >= $1), "
    "count(*) FILTER (WHERE delivered_at >= $2), count(*) FILTER (WHERE delivered_at >= $3) "
    "FROM (SELECT status, created_at, delivered_at FROM notifications "
    "ORDER BY id DESC LIMIT " ROWS_MAX_TEXT ") AS newest GROUP BY status ORDER BY status");

enum { STATUS, ROWS, OLDEST, NEWEST, INSERTED, DELIVERED = INSERTED + WINDOWS };

static const struct column status_columns[] = {
    [STATUS] = {"status", "STATUS", COLUMN_STATE, 0},
    [ROWS] = {"count", "COUNT", COLUMN_NUMBER, 0},
    [OLDEST] = {"oldest", "OLDEST", COLUMN_TIME, 0},
    [NEWEST] = {"newest", "NEWEST", COLUMN_TIME, 0},
};

static const struct column rate_columns[] = {
    {"window", "LAST", COLUMN_TEXT, 0},
    {"inserted", "INSERTED", COLUMN_NUMBER, 0},
    {"insertedPerMinute", "A MINUTE", COLUMN_NUMBER, 0},
    {"delivered", "DELIVERED", COLUMN_NUMBER, 0},
    {"deliveredPerMinute", "A MINUTE", COLUMN_NUMBER, 0},
};

/* The first of those that are due, where index and row hold all that is asked. $1 is now. */
#define WAITS "status = 'pending' AND archived_at IS NULL"
#define DUE \
    WAITS " AND (deliver_after IS NULL OR deliver_after <= $1) " \
          "AND (expires_at IS NULL OR expires_at > $1)"

static const struct sql_text first_due = {
    "SELECT id, user_id, created_at, deliver_after FROM notifications WHERE id = "
    "(SELECT min(id) FROM notifications INDEXED BY notifications_pending WHERE " DUE ")",
    "SELECT id, user_id, created_at, deliver_after FROM notifications WHERE id = "
    "(SELECT min(id) FROM (SELECT id FROM notifications WHERE " DUE " OFFSET 0) AS due)"};

static const struct column due_columns[] = {
    {"oldestDue", NULL, COLUMN_ID, 0},
    {"oldestDueUser", NULL, COLUMN_TEXT, 0},
    {"oldestDueSince", NULL, COLUMN_TIME, 0},
    {"oldestDueSeconds", NULL, COLUMN_NUMBER, 0},
    {"counted", NULL, COLUMN_NUMBER, 0},
    {"countedAll", NULL, COLUMN_JSON, 0},
};

static const struct column user_columns[] = {
    {"user", "USER", COLUMN_TEXT, 40},
    {"pending", "PENDING", COLUMN_NUMBER, 0},
    {"unread", "UNREAD", COLUMN_NUMBER, 0},
    {"oldest", "OLDEST", COLUMN_TIME, 0},
};

#define CREATED_OF_FIRST \
    "(SELECT created_at FROM notifications WHERE id = (SELECT min(id) FROM notifications AS n " \
    "WHERE n.user_id = u.user_id AND "
/* The indexes that SQLite is kept to have all that is asked. */
#define USERS(pending_index, delivered_index) \
    "SELECT user_id, pending, unread, coalesce(" CREATED_OF_FIRST WAITS ")), " CREATED_OF_FIRST \
    "status = 'delivered' AND archived_at IS NULL))) FROM (" \
    "SELECT user_id, sum(waits) AS pending, sum(shown) AS unread FROM (SELECT * FROM (" \
    "SELECT user_id, 1 AS waits, CASE WHEN (deliver_after IS NULL OR deliver_after <= $1) " \
    "AND (expires_at IS NULL OR expires_at > $1) THEN 1 ELSE 0 END AS shown " \
    "FROM notifications " pending_index "WHERE " WAITS " LIMIT " ROWS_MAX_TEXT ") AS p " \
    "UNION ALL SELECT * FROM (SELECT user_id, 0, 1 FROM notifications " delivered_index \
    "WHERE status = 'delivered' AND archived_at IS NULL LIMIT " ROWS_MAX_TEXT ") AS d) AS rows " \
    "GROUP BY user_id ORDER BY 2 DESC, 3 DESC, 1 LIMIT 10) AS u " \
    "ORDER BY pending DESC, unread DESC, user_id"

static const struct listing by_user = {
    .sql = {USERS("INDEXED BY notifications_pending ", "INDEXED BY notifications_delivered "),
        USERS("", "")},
    .columns = user_columns,
    .column_count = COUNT(user_columns),
    .none = "nobody has anything unread",
};

struct stats {
    struct admin *admin;
    struct sql *queue;
    int64_t now;
    int64_t counted, inserted[WINDOWS], delivered[WINDOWS];
};

static struct table *stats_table(
    const struct stats *stats, const struct column *columns, size_t count)
{
    struct table *table = table_new(columns, count);

    if (stats->admin->screen.colours)
        table_colour(table);
    return table;
}

/* Prints its rows, if it has any, and frees it. */
static void print_table(const struct stats *stats, struct table *table)
{
    if (stats->admin->json || table_rows(table) == 0)
        table_print_json(table, stats->admin->out);
    else
        table_print(table, stats->admin->out);
    table_free(table);
}

static void take_row(struct stats *stats, struct table *table, struct sql_rows *row)
{
    for (int i = 0; i <= NEWEST; i++)
        table_add(table, sql_column(row, i));
    stats->counted += sql_number(row, ROWS);
    for (int i = 0; i < WINDOWS; i++) {
        stats->inserted[i] += sql_number(row, INSERTED + i);
        stats->delivered[i] += sql_number(row, DELIVERED + i);
    }
}

static int count_rows(struct stats *stats, struct reason *why)
{
    char since[WINDOWS][CLOCK_ISO_SIZE];
    const char *parameters[WINDOWS];
    int found;

    for (int i = 0; i < WINDOWS; i++)
        parameters[i] = clock_iso(stats->now - windows[i].minutes * 60000, since[i]);
    struct sql_rows *rows = sql_select(stats->queue, &newest_rows, parameters, WINDOWS, why);
    if (!rows)
        return -1;
    struct table *table = stats_table(stats, status_columns, COUNT(status_columns));
    while ((found = sql_next(rows, why)) > 0)
        take_row(stats, table, rows);
    sql_end(rows);
    if (found < 0 || (stats->counted == 0 && !stats->admin->json))
        table_clear(table);
    print_table(stats, table);
    return found;
}

static void print_rates(const struct stats *stats)
{
    struct table *table = stats_table(stats, rate_columns, COUNT(rate_columns));

    for (int i = 0; i < WINDOWS; i++) {
        double minutes = (double)windows[i].minutes;

        table_add(table, windows[i].name);
        table_addf(table, "%" PRId64, stats->inserted[i]);
        table_addf(table, "%.2f", (double)stats->inserted[i] / minutes);
        table_addf(table, "%" PRId64, stats->delivered[i]);
        table_addf(table, "%.2f", (double)stats->delivered[i] / minutes);
    }
    print_table(stats, table);
}

/* For how long a row has been due, in milliseconds; -1 if its times cannot be read. */
static int64_t due_for(const struct stats *stats, struct sql_rows *row)
{
    int64_t created, after;
    const char *later = sql_column(row, 3);

    if (!sql_column(row, 2) || clock_parse_iso(sql_column(row, 2), &created) < 0)
        return -1;
    if (later && clock_parse_iso(later, &after) == 0 && after > created)
        created = after;
    return stats->now > created ? stats->now - created : 0;
}

static void tell_due_to_people(const struct stats *stats, struct sql_rows *row)
{
    char words[DURATION_WORDS_SIZE];
    struct buf user;

    buf_init(&user, 4096);
    buf_add_escaped(&user, sql_column(row, 1), strlen(sql_column(row, 1)));
    fprintf(stats->admin->out,
        "\nThe oldest that is due has waited for %s: `belfry explain %s` says why (for %s).\n",
        duration_words(due_for(stats, row), words), sql_column(row, 0), user.data);
    buf_release(&user);
}

static void tell_due_to_programs(const struct stats *stats, struct sql_rows *row)
{
    struct table *table = stats_table(stats, due_columns, COUNT(due_columns));

    for (int i = 0; i < 3; i++)
        table_add(table, row ? sql_column(row, i) : NULL);
    if (row)
        table_addf(table, "%" PRId64, due_for(stats, row) / 1000);
    else
        table_add(table, NULL);
    table_addf(table, "%" PRId64, stats->counted);
    table_add(table, stats->counted < ROWS_MAX ? "true" : "false");
    print_table(stats, table);
}

static int tell_oldest_due(const struct stats *stats, struct reason *why)
{
    char now[CLOCK_ISO_SIZE];
    const char *parameter = clock_iso(stats->now, now);
    struct sql_rows *rows = sql_select(stats->queue, &first_due, &parameter, 1, why);
    int found = rows ? sql_next(rows, why) : -1;

    if (found >= 0 && stats->admin->json)
        tell_due_to_programs(stats, found > 0 ? rows : NULL);
    else if (found > 0)
        tell_due_to_people(stats, rows);
    sql_end(rows);
    return found < 0 ? -1 : 0;
}

/* Views that should be empty, and what it means if they are not. */
static int print_trouble(const struct stats *stats, struct reason *why)
{
    static const struct {
        struct sql_text sql;
        const char *sentence;
    } views[] = {
        {SQL_BOTH("SELECT count(*) FROM queue_stuck"),
            "stuck: due for more than a minute though the user is online (view queue_stuck)"},
        {SQL_BOTH("SELECT count(*) FROM undelivered"),
            "undelivered: due for more than 5 minutes, the user is away (view undelivered)"},
        {{"SELECT count(*) FROM undelivered WHERE user_id GLOB '*[0-9].0' "
          "AND user_id NOT GLOB '*[^0-9]*.0' "
          "AND user_id NOT IN (SELECT user_id FROM presence)",
             "SELECT count(*) FROM undelivered WHERE user_id ~ '^[0-9]+[.]0$' "
             "AND NOT EXISTS (SELECT 1 FROM presence AS p WHERE p.user_id = undelivered.user_id)"},
            "of these wait for ids like 42.0, numbers that a program bound as floats: no token has "
            "such a \"sub\""},
    };
    for (size_t i = 0; i < COUNT(views); i++) {
        int64_t count;
        if (sql_count(stats->queue, &views[i].sql, NULL, 0, &count, why) < 0)
            return -1;
        if (count > 0)
            fprintf(stats->admin->out, "\n%" PRId64 " %s\n", count, views[i].sentence);
    }
    return 0;
}

static int print_for_people(const struct stats *stats)
{
    struct reason why;
    char now[CLOCK_ISO_SIZE];
    const char *parameter = clock_iso(stats->now, now);

    FILE *out = stats->admin->out;

    if (stats->counted == ROWS_MAX)
        fprintf(out, "These are the newest %d; older ones are not counted.\n", ROWS_MAX);
    fputc('\n', out);
    print_rates(stats);
    if (tell_oldest_due(stats, &why) < 0)
        return admin_refuse(stats->admin, "%s", why.text);
    fputc('\n', out);
    if (listing_print(stats->admin, stats->queue, &by_user, &parameter, 1) < 0)
        return ADMIN_REFUSED;
    return print_trouble(stats, &why) < 0 ? admin_refuse(stats->admin, "%s", why.text) : ADMIN_DONE;
}

/* Whom it concerns is left out: for that there are views. */
static int print_for_programs(const struct stats *stats)
{
    struct reason why;

    print_rates(stats);
    return tell_oldest_due(stats, &why) < 0 ? admin_refuse(stats->admin, "%s", why.text)
                                            : ADMIN_DONE;
}

static int print_stats(struct stats *stats)
{
    struct reason why;

    if (count_rows(stats, &why) < 0)
        return admin_refuse(stats->admin, "%s", why.text);
    if (stats->admin->json)
        return print_for_programs(stats);
    if (stats->counted > 0)
        return print_for_people(stats);
    admin_say(stats->admin, "the queue is empty");
    return ADMIN_DONE;
}

static int queue_stats_run(struct admin *admin, const struct arguments *arguments)
{
    struct stats stats = {.admin = admin, .now = clock_wall_ms(admin->clock)};

    (void)arguments;
    if (admin_look_into_queue(admin, &stats.queue) < 0)
        return ADMIN_REFUSED;
    int status = print_stats(&stats);
    sql_close(&stats.queue);
    return status;
}

const struct command queue_stats_command = {
    .name = "queue stats",
    .summary = "Count notifications by status and by user, and how fast they come and go",
    .more = "Of a very long queue only the newest million notifications are counted.",
    .paged = true,
    .run = queue_stats_run,
};
