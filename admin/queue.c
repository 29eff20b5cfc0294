#include "admin/queue.h"

#include <stdlib.h>
#include <string.h>

#include "admin/listing.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

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
    {"createdAt", "created", COLUMN_TIME, 0},
    {"deliverAfter", "not before", COLUMN_TIME, 0},
    {"expiresAt", "expires", COLUMN_TIME, 0},
    {"attempts", "attempts", COLUMN_NUMBER, 0},
    {"deliveredAt", "delivered", COLUMN_TIME, 0},
    {"readAt", "read", COLUMN_TIME, 0},
    {"seenAt", "seen", COLUMN_TIME, 0},
    {"archivedAt", "archived", COLUMN_TIME, 0},
    {"updatedAt", "updated", COLUMN_TIME, 0},
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

const struct command queue_show_command = {
    .name = "queue show",
    .operands = "ID",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Show all columns of a notification",
    .paged = true,
    .run = queue_show_run,
};
