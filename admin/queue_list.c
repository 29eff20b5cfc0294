#include "admin/queue_list.h"

#include <string.h>

#include "admin/listing.h"
#include "admin/queue.h"
#include "common/moment.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SQL_MAX_OCTETS 8192

static const struct column columns[] = {
    {"id", "ID", COLUMN_ID, 0},
    {"user", "USER", COLUMN_TEXT, 24},
    {"status", NULL, COLUMN_TEXT, 0},
    {NULL, "STATUS", COLUMN_STATE, 0}, /* archived rows are marked for people */
    {"priority", "PRIORITY", COLUMN_TEXT, 0},
    {"type", "TYPE", COLUMN_TEXT, 16},
    {"createdAt", "CREATED", COLUMN_TIME, 0},
    {"deliverAfter", NULL, COLUMN_TIME, 0},
    {"expiresAt", NULL, COLUMN_TIME, 0},
    {"attempts", NULL, COLUMN_NUMBER, 0},
    {"seenAt", NULL, COLUMN_TIME, 0},
    {"archivedAt", NULL, COLUMN_TIME, 0},
    {"updatedAt", NULL, COLUMN_TIME, 0},
    {"title", "TITLE", COLUMN_TEXT, 40},
};

static const char selection[] =
    "SELECT id, user_id, status, "
    "status || CASE WHEN archived_at IS NULL THEN '' ELSE ', archived' END, priority, type, "
    "created_at, deliver_after, expires_at, attempts, seen_at, archived_at, updated_at, title "
    "FROM notifications";

#define UNSEEN "(seen_at IS NULL AND archived_at IS NULL AND status IN ('pending', 'delivered'))"

/* What an option adds to the statement. */
static const struct {
    const char *option;
    const char *compare;  /* with its value; else: */
    const char *yes, *no; /* what its value stands for */
} filters[QUEUE_LIST_FILTERS] = {
    [QUEUE_LIST_USER] = {"--user", "user_id =", NULL, NULL},
    [QUEUE_LIST_STATUS] = {"--status", "status =", NULL, NULL},
    [QUEUE_LIST_TYPE] = {"--type", "type =", NULL, NULL},
    [QUEUE_LIST_SINCE] = {"--since", "created_at >=", NULL, NULL},
    [QUEUE_LIST_ARCHIVED] = {"--archived", NULL, "archived_at IS NOT NULL", "archived_at IS NULL"},
    [QUEUE_LIST_SEEN] = {"--seen", NULL, "NOT " UNSEEN, UNSEEN},
    [QUEUE_LIST_UPDATED] = {"--updated", NULL, "updated_at IS NOT NULL", "updated_at IS NULL"},
};

/* The partial indexes. */
enum { PENDING, DELIVERED, SETTLED, ARCHIVED, PARTS };

static const struct {
    const char *index, *condition;
} parts[PARTS] = {
    [PENDING] = {"notifications_pending", "status = 'pending' AND archived_at IS NULL"},
    [DELIVERED] = {"notifications_delivered", "status = 'delivered' AND archived_at IS NULL"},
    [SETTLED] = {"notifications_settled",
        "status <> 'pending' AND status <> 'delivered' AND archived_at IS NULL"},
    [ARCHIVED] = {"notifications_archived", "archived_at IS NOT NULL"},
};

static bool is_value(const struct queue_list_wish *wish, int filter, const char *value)
{
    return wish->values[filter] && strcmp(wish->values[filter], value) == 0;
}

/* Whether rows that are asked for may be in this part. */
static bool may_hold(const struct queue_list_wish *wish, int part)
{
    bool is_pending = is_value(wish, QUEUE_LIST_STATUS, "pending");
    bool is_delivered = is_value(wish, QUEUE_LIST_STATUS, "delivered");

    if (part == ARCHIVED)
        return !is_value(wish, QUEUE_LIST_ARCHIVED, "no") && !is_value(wish, QUEUE_LIST_SEEN, "no");
    if (is_value(wish, QUEUE_LIST_ARCHIVED, "yes"))
        return false;
    if (part == SETTLED)
        return !is_pending && !is_delivered && !is_value(wish, QUEUE_LIST_SEEN, "no");
    return !wish->values[QUEUE_LIST_STATUS] || (part == PENDING ? is_pending : is_delivered);
}

/* All that is asked for, after a condition that always holds. */
static void add_conditions(
    const struct queue_list_wish *wish, struct buf *sql, struct queue_list_parameters *parameters)
{
    buf_add_text(sql, "1 = 1");
    parameters->count = 0;
    for (int i = 0; i < QUEUE_LIST_FILTERS; i++) {
        if (!wish->values[i])
            continue;
        if (!filters[i].compare) {
            buf_addf(sql, " AND %s", is_value(wish, i, "yes") ? filters[i].yes : filters[i].no);
            continue;
        }
        parameters->values[parameters->count++] = wish->values[i];
        buf_addf(sql, " AND %s $%zu", filters[i].compare, parameters->count);
    }
}

/* The newest ids of those in an index, `among` them. PostgreSQL would rather read the table from
 * its newest row on than what an index does not order: OFFSET 0 keeps it from that. */
static void add_ids(const struct queue_list_wish *wish, bool is_postgres, const char *index,
    const char *among, const char *conditions, struct buf *sql)
{
    if (is_postgres)
        buf_addf(sql,
            "SELECT id FROM (SELECT id FROM notifications WHERE %s AND %s%s) AS part "
            "ORDER BY id DESC LIMIT %s",
            among, conditions, wish->values[QUEUE_LIST_USER] ? "" : " OFFSET 0", wish->limit);
    else
        buf_addf(sql,
            "SELECT id FROM notifications INDEXED BY %s WHERE %s AND %s ORDER BY id DESC LIMIT %s",
            index, among, conditions, wish->limit);
}

static void add_ids_of_parts(
    const struct queue_list_wish *wish, bool is_postgres, const char *conditions, struct buf *sql)
{
    const char *between = "";

    for (int i = 0; i < PARTS; i++) {
        if (!may_hold(wish, i))
            continue;
        buf_addf(sql, "%sSELECT id FROM (", between);
        add_ids(wish, is_postgres, parts[i].index, parts[i].condition, conditions, sql);
        buf_addf(sql, ") AS part%d", i);
        between = " UNION ALL ";
    }
    if (!*between)
        buf_add_text(sql, "SELECT id FROM notifications WHERE 1 = 0");
}

void queue_list_statement(const struct queue_list_wish *wish, bool is_postgres, struct buf *sql,
    struct queue_list_parameters *parameters)
{
    bool by_parts = wish->values[QUEUE_LIST_USER] || !may_hold(wish, SETTLED);
    struct buf conditions;

    buf_init(&conditions, SQL_MAX_OCTETS);
    add_conditions(wish, &conditions, parameters);
    /* SQLite finds ids, and the newest rows, without an index; it might rather sort all of one. */
    buf_addf(sql, "%s%s WHERE ", selection, is_postgres ? "" : " NOT INDEXED");
    if (by_parts || wish->values[QUEUE_LIST_SINCE]) {
        /* PostgreSQL would join with IN by a scan of the whole table. */
        buf_add_text(sql, is_postgres ? "id = ANY (ARRAY(" : "id IN (");
        if (by_parts)
            add_ids_of_parts(wish, is_postgres, conditions.data, sql);
        else
            add_ids(wish, is_postgres, "notifications_created", "1 = 1", conditions.data, sql);
        buf_add_text(sql, is_postgres ? "))" : ")");
    } else {
        buf_add_text(sql, conditions.data);
    }
    buf_addf(sql, " ORDER BY id DESC LIMIT %s", wish->limit);
    buf_release(&conditions);
}

/* Reads --since: a time, or how long ago. */
static int read_since(
    const struct admin *admin, const char **since, char iso[CLOCK_ISO_SIZE], struct reason *why)
{
    int64_t seconds, now = clock_wall_ms(admin->clock);

    if (!*since)
        return 0;
    if (duration_read(*since, &seconds, NULL) == 0)
        clock_iso(now - seconds * 1000, iso);
    else if (**since == '+' || moment_read_local(*since, now, iso, NULL) < 0)
        return reason_set(why,
            "--since: %s is not a time: write one like 2026-11-22T19:19:00Z, or how long ago, like "
            "15m, 12h or 7d",
            *since);
    *since = iso;
    return 0;
}

static int read_wish(const struct admin *admin, const struct arguments *arguments,
    struct queue_list_wish *wish, char since[CLOCK_ISO_SIZE], struct reason *why)
{
    const char *limit = arguments_value(arguments, "--limit");

    *wish = (struct queue_list_wish){.limit = limit ? limit : "50"};
    for (int i = 0; i < QUEUE_LIST_FILTERS; i++) {
        wish->values[i] = arguments_value(arguments, filters[i].option);
        if (wish->values[i] && filters[i].yes && !is_value(wish, i, "yes") &&
            !is_value(wish, i, "no"))
            return reason_set(why, "%s must be yes or no", filters[i].option);
    }
    if (wish->values[QUEUE_LIST_STATUS] && !queue_is_status(wish->values[QUEUE_LIST_STATUS]))
        return reason_set(why, "%s", QUEUE_STATUS_MISUSE);
    if (!queue_is_number(wish->limit))
        return reason_set(why, "--limit must be a whole number, like 50");
    return read_since(admin, &wish->values[QUEUE_LIST_SINCE], since, why);
}

static int list(struct admin *admin, struct sql *queue, const struct queue_list_wish *wish)
{
    struct queue_list_parameters parameters;
    struct buf sql;

    buf_init(&sql, SQL_MAX_OCTETS);
    queue_list_statement(wish, queue->engine->is_postgres, &sql, &parameters);
    const struct listing listing = {
        .sql = SQL_BOTH(sql.data),
        .columns = columns,
        .column_count = COUNT(columns),
        .none = "no notifications",
    };
    int64_t rows = listing_print(admin, queue, &listing, parameters.values, parameters.count);
    buf_release(&sql);
    return rows < 0 ? ADMIN_REFUSED : ADMIN_DONE;
}

static int queue_list_run(struct admin *admin, const struct arguments *arguments)
{
    struct queue_list_wish wish;
    char since[CLOCK_ISO_SIZE];
    struct reason why;
    struct sql *queue;

    if (read_wish(admin, arguments, &wish, since, &why) < 0)
        return admin_misuse(admin, "%s", why.text);
    if (admin_look_into_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int status = list(admin, queue, &wish);
    sql_close(&queue);
    return status;
}

static const struct command_option queue_list_options[] = {
    {"--user", "USER", "only of this user"},
    {"--status", "STATUS", "pending, delivered, read, expired, cancelled or failed"},
    {"--type", "TYPE", "notification, message, alert, system, or your own"},
    {"--since", "TIME", "inserted since 2026-11-22T19:19:00Z, or since 15m, 12h or 7d ago"},
    {"--archived", "yes|no", "only those that are archived, or only the others"},
    {"--seen", "yes|no", "no: only unread ones that the user has not seen in a list yet"},
    {"--updated", "yes|no", "only those changed since they were inserted, or only the others"},
    {"--limit", "N", "at most this many, newest first; default 50"},
    {NULL, NULL, NULL},
};

const struct command queue_list_command = {
    .name = "queue list",
    .summary = "List notifications, newest first",
    .options = queue_list_options,
    .more =
        "On a terminal it has colours, unless NO_COLOR is set, and what is more than a screen is\n"
        "shown by $PAGER, or less. Times are local for people, and UTC with --json.\n\n"
        "    belfry queue list --user alice --since 12h\n"
        "    belfry queue list --status failed --limit 1000 --json",
    .paged = true,
    .run = queue_list_run,
};
