#include "admin/queue.h"

#include <stdlib.h>
#include <string.h>

#include "admin/listing.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct column list_columns[] = {
    {"id", "ID", COLUMN_ID, 0},
    {"user", "USER", COLUMN_TEXT, 24},
    {"status", NULL, COLUMN_TEXT, 0},
    {NULL, "STATUS", COLUMN_TEXT, 0}, /* archived rows are marked for people */
    {"priority", "PRIORITY", COLUMN_TEXT, 0},
    {"type", "TYPE", COLUMN_TEXT, 16},
    {"createdAt", "CREATED", COLUMN_TEXT, 0},
    {"deliverAfter", NULL, COLUMN_TEXT, 0},
    {"expiresAt", NULL, COLUMN_TEXT, 0},
    {"attempts", NULL, COLUMN_NUMBER, 0},
    {"seenAt", NULL, COLUMN_TEXT, 0},
    {"archivedAt", NULL, COLUMN_TEXT, 0},
    {"updatedAt", NULL, COLUMN_TEXT, 0},
    {"title", "TITLE", COLUMN_TEXT, 40},
};

/* The filters are 'yes', 'no' or NULL. Whatever is unread, not archived and without seen_at is
 * unseen. */
static const struct listing list = {
    .sql = SQL_BOTH(
        "SELECT id, user_id, status, "
        "status || CASE WHEN archived_at IS NULL THEN '' ELSE ', archived' END, "
        "priority, type, created_at, deliver_after, expires_at, attempts, seen_at, archived_at, "
        "updated_at, title FROM notifications "
        "WHERE (CAST($1 AS TEXT) IS NULL OR user_id = $1) AND (CAST($2 AS TEXT) IS NULL OR status "
        "= $2) "
        "AND (CAST($4 AS TEXT) IS NULL OR ($4 = 'yes') = (archived_at IS NOT NULL)) "
        "AND (CAST($5 AS TEXT) IS NULL OR ($5 = 'yes') = "
        "(seen_at IS NOT NULL OR archived_at IS NOT NULL "
        "OR status NOT IN ('pending', 'delivered'))) "
        "AND (CAST($6 AS TEXT) IS NULL OR ($6 = 'yes') = (updated_at IS NOT NULL)) "
        "ORDER BY id DESC LIMIT CAST($3 AS BIGINT)"),
    .columns = list_columns,
    .column_count = COUNT(list_columns),
    .none = "no notifications",
};

static const struct column show_columns[] = {
    {"id", "id", COLUMN_ID, 0},
    {"user", "user", COLUMN_TEXT, 0},
    {"status", "status", COLUMN_TEXT, 0},
    {"error", "error", COLUMN_TEXT, 0},
    {"type", "type", COLUMN_TEXT, 0},
    {"priority", "priority", COLUMN_TEXT, 0},
    {"title", "title", COLUMN_TEXT, 0},
    {"body", "body", COLUMN_TEXT, 0},
    {"data", "data", COLUMN_JSON, 0},
    {"createdAt", "created", COLUMN_TEXT, 0},
    {"deliverAfter", "not before", COLUMN_TEXT, 0},
    {"expiresAt", "expires", COLUMN_TEXT, 0},
    {"attempts", "attempts", COLUMN_NUMBER, 0},
    {"deliveredAt", "delivered", COLUMN_TEXT, 0},
    {"readAt", "read", COLUMN_TEXT, 0},
    {"seenAt", "seen", COLUMN_TEXT, 0},
    {"archivedAt", "archived", COLUMN_TEXT, 0},
    {"updatedAt", "updated", COLUMN_TEXT, 0},
    {"key", "key", COLUMN_TEXT, 0},
};

static const struct listing show = {
    .sql = SQL_BOTH(
        "SELECT id, user_id, status, error, type, priority, title, nullif(body, ''), data, "
        "created_at, deliver_after, expires_at, attempts, delivered_at, read_at, seen_at, "
        "archived_at, updated_at, idempotency_key FROM notifications WHERE id = "
        "CAST($1 AS BIGINT)"),
    .columns = show_columns,
    .column_count = COUNT(show_columns),
    .none = "there is no such notification",
    .record = true,
};

static const struct column summary_columns[] = {
    {"status", "STATUS", COLUMN_TEXT, 0},
    {"count", "COUNT", COLUMN_NUMBER, 0},
    {"oldest", "OLDEST", COLUMN_TEXT, 0},
    {"newest", "NEWEST", COLUMN_TEXT, 0},
};

static const struct listing summary = {
    .sql = SQL_BOTH("SELECT status, count, oldest, newest FROM queue_summary ORDER BY status"),
    .columns = summary_columns,
    .column_count = COUNT(summary_columns),
    .none = "the queue is empty",
};

static const struct column user_columns[] = {
    {"user", "USER", COLUMN_TEXT, 40},
    {"pending", "PENDING", COLUMN_NUMBER, 0},
    {"unread", "UNREAD", COLUMN_NUMBER, 0},
    {"oldest", "OLDEST", COLUMN_TEXT, 0},
};

static const struct listing by_user = {
    .sql = SQL_BOTH("SELECT user_id, pending, unread, oldest FROM queue_by_user "
                    "ORDER BY pending DESC, unread DESC, user_id LIMIT 10"),
    .columns = user_columns,
    .column_count = COUNT(user_columns),
    .none = "nobody has anything unread",
};

bool queue_is_status(const char *text)
{
    static const char *const statuses[] = {
        "pending", "delivered", "read", "expired", "cancelled", "failed"};

    for (size_t i = 0; i < COUNT(statuses); i++)
        if (strcmp(text, statuses[i]) == 0)
            return true;
    return false;
}

bool queue_is_number(const char *text)
{
    return *text != '\0' && strlen(text) <= 18 && strspn(text, "0123456789") == strlen(text);
}

/* Whether the filters are 'yes', 'no' or not given. */
static bool are_filters(const char *const *filters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (filters[i] && strcmp(filters[i], "yes") != 0 && strcmp(filters[i], "no") != 0)
            return false;
    return true;
}

static int queue_list_run(struct admin *admin, const struct arguments *arguments)
{
    struct sql *queue;
    const char *status = arguments_value(arguments, "--status");
    const char *limit = arguments_value(arguments, "--limit");
    const char *const parameters[] = {arguments_value(arguments, "--user"), status,
        limit ? limit : "50", arguments_value(arguments, "--archived"),
        arguments_value(arguments, "--seen"), arguments_value(arguments, "--updated")};

    if (status && !queue_is_status(status))
        return admin_misuse(admin, QUEUE_STATUS_MISUSE);
    if (limit && !queue_is_number(limit))
        return admin_misuse(admin, "--limit must be a whole number, like 50");
    if (!are_filters(&parameters[3], 3))
        return admin_misuse(admin, "--archived, --seen and --updated must be yes or no");
    if (admin_look_into_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int64_t rows = listing_print(admin, queue, &list, parameters, COUNT(parameters));
    sql_close(&queue);
    return rows < 0 ? ADMIN_REFUSED : ADMIN_DONE;
}

static int queue_show_run(struct admin *admin, const struct arguments *arguments)
{
    struct sql *queue;

    if (!queue_is_number(arguments->operands[0]))
        return admin_misuse(admin, "the ID of a notification is a number, as `belfry send` prints");
    if (admin_look_into_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int64_t rows = listing_print(admin, queue, &show, arguments->operands, 1);
    sql_close(&queue);
    if (rows == 0 && admin->json)
        admin_say(admin, "%s", show.none);
    return rows > 0 ? ADMIN_DONE : ADMIN_REFUSED;
}

/* Views that should be empty, and what it means if they are not. */
static int print_trouble(struct admin *admin, struct sql *queue)
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
        struct reason why;
        int64_t count;
        if (sql_count(queue, &views[i].sql, NULL, 0, &count, &why) < 0)
            return admin_refuse(admin, "%s", why.text);
        if (count > 0)
            fprintf(admin->out, "\n%lld %s\n", (long long)count, views[i].sentence);
    }
    return ADMIN_DONE;
}

/* With --json only the summary: for the rest there are views. */
static int queue_stats_run(struct admin *admin, const struct arguments *arguments)
{
    struct sql *queue;

    (void)arguments;
    if (admin_look_into_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int64_t rows = listing_print(admin, queue, &summary, NULL, 0);
    int status = rows < 0 ? ADMIN_REFUSED : ADMIN_DONE;
    if (rows > 0 && !admin->json) {
        fputc('\n', admin->out);
        if (listing_print(admin, queue, &by_user, NULL, 0) < 0)
            status = ADMIN_REFUSED;
        else
            status = print_trouble(admin, queue);
    }
    sql_close(&queue);
    return status;
}

static const struct command_option queue_list_options[] = {
    {"--user", "USER", "only of this user"},
    {"--status", "STATUS", "pending, delivered, read, expired, cancelled or failed"},
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
    .run = queue_list_run,
};

const struct command queue_show_command = {
    .name = "queue show",
    .operands = "ID",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Show all columns of a notification",
    .run = queue_show_run,
};

const struct command queue_stats_command = {
    .name = "queue stats",
    .summary = "Count notifications by status and by user",
    .run = queue_stats_run,
};
