#include "admin/queue_change.h"

#include <stdlib.h>
#include <string.h>

#include "admin/confirm.h"
#include "admin/known.h"
#include "admin/queue.h"
#include "common/memory.h"
#include "common/moment.h"

#define DEFAULT_DAYS 30
#define DAY_SECONDS 86400

/* How a command changes single rows, or all rows of a kind. $1 is the id or the value of the
 * option; $2 is now. */
struct edit {
    const char *done; /* "retried" */
    struct sql_text one, all;
    const char *option; /* the option that asks for all */
    const char *misuse;
};

/* An expiry time in the past is removed, or the row would expire again at once. */
#define RETRY \
    "UPDATE notifications SET status = 'pending', error = NULL, delivered_at = NULL, " \
    "read_at = NULL, seen_at = NULL, archived_at = NULL, expires_at = CASE WHEN expires_at > $2 " \
    "THEN expires_at END "

static const struct edit retry = {
    .done = "retried",
    .one = SQL_BOTH(
        RETRY "WHERE id = CAST($1 AS BIGINT) AND (status <> 'pending' OR archived_at IS NOT NULL)"),
    .all = SQL_BOTH(RETRY "WHERE status = 'failed' AND CAST($1 AS TEXT) IS NOT NULL"),
    .option = "--failed",
    .misuse = "give the IDs of notifications, or --failed for all that failed",
};

#define CANCEL "UPDATE notifications SET status = 'cancelled' WHERE status = 'pending' AND "

static const struct edit cancel = {
    .done = "cancelled",
    .one = SQL_BOTH(CANCEL "id = CAST($1 AS BIGINT) AND CAST($2 AS TEXT) IS NOT NULL"),
    .all = SQL_BOTH(CANCEL "user_id = $1 AND CAST($2 AS TEXT) IS NOT NULL"),
    .option = "--user",
    .misuse = "give the IDs of notifications, or --user for all that wait for a user",
};

/* malloc()ed, or NULL if there is no such row. */
static char *status_of(struct sql *queue, const char *id)
{
    static const struct sql_text text =
        SQL_BOTH("SELECT status FROM notifications WHERE id = CAST($1 AS BIGINT)");
    struct sql_rows *rows = sql_select(queue, &text, &id, 1, NULL);
    char *status = NULL;

    if (rows && sql_next(rows, NULL) > 0)
        status = mem_strdup_or_null(sql_column(rows, 0));
    sql_end(rows);
    return status;
}

static void say_unchanged(const struct admin *admin, struct sql *queue, const char *id)
{
    char *status = status_of(queue, id);

    if (status)
        admin_say(admin, "notification %s is %s already", id, status);
    else
        admin_say(admin, "there is no notification %s", id);
    free(status);
}

/* If nothing was done for a user, the name may be wrong. */
static void warn_if_none(
    const struct admin *admin, struct sql *queue, const struct arguments *arguments, int64_t count)
{
    const char *user = arguments_value(arguments, "--user");

    if (count == 0 && user)
        known_warn_of_user(admin, queue, user);
}

/* Returns how many rows it changed, or -1 with the reason. For each id that was not changed, a
 * sentence says why. */
static int change_rows(struct admin *admin, struct sql *queue, const struct arguments *arguments,
    const struct edit *edit, struct reason *why)
{
    const char *all = arguments_value(arguments, edit->option);
    char now[CLOCK_ISO_SIZE];
    int changed = 0;

    clock_iso(clock_wall_ms(admin->clock), now);
    if (all)
        return (int)sql_change(queue, &edit->all, (const char *const[]){all, now}, 2, why);
    for (size_t i = 0; i < arguments->operand_count; i++) {
        const char *const parameters[] = {arguments->operands[i], now};
        int64_t rows = sql_change(queue, &edit->one, parameters, 2, why);
        if (rows < 0)
            return -1;
        if (rows == 0)
            say_unchanged(admin, queue, arguments->operands[i]);
        changed += (int)rows;
    }
    return changed;
}

static void tell_count(const struct admin *admin, const char *done, int64_t count)
{
    if (admin->json)
        admin_print_json(admin, json_pack("{s:I}", done, (json_int_t)count));
    else
        admin_say(admin, "%lld %s", (long long)count, done);
}

static int edit_run(struct admin *admin, const struct arguments *arguments, const struct edit *edit)
{
    const char *all = arguments_value(arguments, edit->option);
    struct reason why;
    struct sql *queue;

    if (!all == (arguments->operand_count == 0))
        return admin_misuse(admin, "%s", edit->misuse);
    for (size_t i = 0; i < arguments->operand_count; i++)
        if (!queue_is_number(arguments->operands[i]))
            return admin_misuse(admin, "%s", edit->misuse);
    if (admin_open_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int changed = sql_begin(queue, &why);
    if (changed == 0)
        changed = change_rows(admin, queue, arguments, edit, &why);
    if (changed >= 0 && sql_commit(queue, &why) < 0)
        changed = -1;
    warn_if_none(admin, queue, arguments, changed);
    sql_close(&queue);
    if (changed < 0)
        return admin_refuse(admin, "%s", why.text);
    tell_count(admin, edit->done, changed);
    return all || changed == (int)arguments->operand_count ? ADMIN_DONE : ADMIN_REFUSED;
}

static int queue_retry_run(struct admin *admin, const struct arguments *arguments)
{
    return edit_run(admin, arguments, &retry);
}

static int queue_cancel_run(struct admin *admin, const struct arguments *arguments)
{
    return edit_run(admin, arguments, &cancel);
}

/* Pending rows that are not archived stay, unless that status is asked for. */
#define TO_PURGE \
    "WHERE created_at < $1 AND CASE WHEN CAST($2 AS TEXT) IS NULL THEN status <> 'pending' " \
    "OR archived_at IS NOT NULL ELSE status = $2 END AND (CAST($3 AS TEXT) IS NULL OR user_id = " \
    "$3) "

#define NEXT_TO_PURGE "SELECT id FROM notifications " TO_PURGE "ORDER BY created_at LIMIT 1000"

/* How many rows would be deleted, or -1 with the reason. */
static int64_t count_to_purge(
    struct sql *queue, const char *const parameters[3], struct reason *why)
{
    static const struct sql_text text = SQL_BOTH("SELECT count(*) FROM notifications " TO_PURGE);
    int64_t count;

    return sql_count(queue, &text, parameters, 3, &count, why) < 0 ? -1 : count;
}

/* Deletes one batch per transaction, so that nobody waits long for it. */
static int64_t purge_rows(struct sql *queue, const char *const parameters[3], struct reason *why)
{
    /* PostgreSQL would join with IN by a scan of the whole table, for each batch. */
    static const struct sql_text text = {
        "DELETE FROM notifications WHERE id IN (" NEXT_TO_PURGE ")",
        "DELETE FROM notifications WHERE id = ANY (ARRAY(" NEXT_TO_PURGE "))",
    };
    int64_t purged = 0, rows;

    do {
        rows = sql_change(queue, &text, parameters, 3, why);
        if (rows < 0)
            return -1;
        purged += rows;
    } while (rows > 0);
    return purged;
}

/* Whether the gateway would delete these by itself: then nobody is asked. */
static bool is_retention(const struct admin *admin, int64_t seconds, const char *status)
{
    int64_t days = admin->config.queue.retain_days;

    return days > 0 && seconds >= days * DAY_SECONDS && (!status || strcmp(status, "pending") != 0);
}

static int purge_if_confirmed(
    struct admin *admin, struct sql *queue, int64_t seconds, const struct arguments *arguments)
{
    char before[CLOCK_ISO_SIZE];
    const char *status = arguments_value(arguments, "--status");
    const char *const parameters[] = {
        clock_iso(clock_wall_ms(admin->clock) - seconds * 1000, before), status,
        arguments_value(arguments, "--user")};
    struct reason why;
    int64_t purged = count_to_purge(queue, parameters, &why);

    if (purged > 0 && !is_retention(admin, seconds, status) &&
        !confirm(admin, arguments, "delete %lld notification%s for good", (long long)purged,
            purged == 1 ? "" : "s"))
        return ADMIN_REFUSED;
    if (purged > 0)
        purged = purge_rows(queue, parameters, &why);
    if (purged < 0)
        return admin_refuse(admin, "%s", why.text);
    tell_count(admin, "purged", purged);
    warn_if_none(admin, queue, arguments, purged);
    return ADMIN_DONE;
}

static int queue_purge_run(struct admin *admin, const struct arguments *arguments)
{
    const char *older = arguments_value(arguments, "--older");
    const char *status = arguments_value(arguments, "--status");
    int64_t days = admin->config.queue.retain_days;
    int64_t seconds = (days > 0 ? days : DEFAULT_DAYS) * DAY_SECONDS;
    struct reason why;
    struct sql *queue;

    if (older && duration_read(older, &seconds, &why) < 0)
        return admin_misuse(admin, "--older: %s", why.text);
    if (status && !queue_is_status(status))
        return admin_misuse(admin, QUEUE_STATUS_MISUSE);
    if (admin_open_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int result = purge_if_confirmed(admin, queue, seconds, arguments);
    sql_close(&queue);
    return result;
}

static const struct command_option queue_retry_options[] = {
    {"--failed", NULL, "all that failed"},
    {NULL, NULL, NULL},
};

const struct command queue_retry_command = {
    .name = "queue retry",
    .operands = "[ID]…",
    .operands_max = COMMAND_OPERANDS_MAX,
    .summary = "Send notifications again, whatever became of them",
    .options = queue_retry_options,
    .more = "An expiry time in the past is removed, or they would expire at once.",
    .run = queue_retry_run,
};

static const struct command_option queue_cancel_options[] = {
    {"--user", "USER", "everything that waits for this user"},
    {NULL, NULL, NULL},
};

const struct command queue_cancel_command = {
    .name = "queue cancel",
    .operands = "[ID]…",
    .operands_max = COMMAND_OPERANDS_MAX,
    .summary = "Cancel notifications that still wait",
    .options = queue_cancel_options,
    .run = queue_cancel_run,
};

static const struct command_option queue_purge_options[] = {
    {"--older", "TIME", "inserted longer ago than this, like 7d; default: retain_days"},
    {"--status", "STATUS", "only with this status, even pending; default: all but pending"},
    {"--user", "USER", "only of this user"},
    {"--yes", NULL, "do not ask"},
    {NULL, NULL, NULL},
};

const struct command queue_purge_command = {
    .name = "queue purge",
    .summary = "Delete old notifications that no longer wait",
    .options = queue_purge_options,
    .more =
        "The gateway does this by itself after retain_days. To delete more than that, this asks\n"
        "first; where nobody can answer, as in cron, it needs --yes.\n\n"
        "    belfry queue purge --older 7d --status read",
    .run = queue_purge_run,
};
