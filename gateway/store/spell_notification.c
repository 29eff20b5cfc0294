#include "gateway/store/spell_notification.h"

#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "common/row_rules.h"

int spell_check_user(const struct cell *user, struct reason *why)
{
    static const struct cell_rule rule = {"user_id", 1, ROW_ID_MAX, false};

    return cell_check_text(user, &rule, why);
}

enum notification_status spell_status(const struct cell *status)
{
    static const struct {
        const char *name;
        enum notification_status status;
    } known[] = {
        {"pending", STATUS_PENDING},
        {"delivered", STATUS_DELIVERED},
        {"read", STATUS_READ},
        {"expired", STATUS_SETTLED},
        {"cancelled", STATUS_SETTLED},
        {"failed", STATUS_SETTLED},
    };

    for (size_t i = 0; status->text && i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(status->text, known[i].name) == 0)
            return known[i].status;
    return STATUS_UNKNOWN;
}

/* What the table's CHECKs say, once more. */
static int notification_check(const struct notification_row *row, struct reason *why)
{
    static const struct cell_rule type = {"type", 1, ROW_TYPE_MAX, false},
                                  title = {"title", 1, ROW_TITLE_MAX, false},
                                  body = {"body", 0, ROW_BODY_MAX, false},
                                  priority = {"priority", 1, 64, false},
                                  data = {"data", 0, ROW_DATA_MAX, true};

    if (cell_check_text(&row->type, &type, why) < 0 ||
        cell_check_text(&row->title, &title, why) < 0 ||
        cell_check_text(&row->body, &body, why) < 0 ||
        cell_check_text(&row->priority, &priority, why) < 0)
        return -1;
    if (!row_is_priority(row->priority.text))
        return reason_set(why, "priority is none of low, normal, high and urgent");
    return cell_check_json(&row->data, &data, true, why);
}

static void add_time(struct buf *json, const char *key, bool known, int64_t ms)
{
    char iso[CLOCK_ISO_SIZE];

    if (known)
        buf_addf(json, ",\"%s\":\"%s\"", key, clock_iso(ms, iso));
    else
        buf_addf(json, ",\"%s\":null", key);
}

static void notification_add_json(
    struct buf *json, const struct notification_row *row, int64_t created_at)
{
    buf_addf(json, "{\"id\":\"%" PRId64 "\"", row->id);
    cell_add_member(json, "type", &row->type);
    cell_add_member(json, "title", &row->title);
    cell_add_member(json, "body", &row->body);
    add_time(json, "timestamp", true, created_at);
    cell_add_member(json, "priority", &row->priority);
    buf_add_text(json, ",\"data\":");
    if (row->data.kind == CELL_NULL)
        buf_add_text(json, "{}");
    else
        cell_add_json(json, &row->data);
}

int spell_notification(const struct notification_row *row, bool listed, size_t user,
    struct page *page, struct reason *why)
{
    int64_t created_at, read_at = 0;
    size_t json = page->text.len;
    int created, read;

    if (row->bad)
        return reason_set(why, "%s", row->bad);
    created = cell_time(&row->created_at, "created_at", &created_at, why);
    if (created == 0)
        reason_set(why, "created_at is NULL");
    if (created <= 0 || notification_check(row, why) < 0)
        return -1;
    read = cell_time(&row->read_at, "read_at", &read_at, why);
    if (read < 0)
        return -1;
    notification_add_json(&page->text, row, created_at);
    if (listed) {
        cell_add_member(&page->text, "status", &row->status);
        add_time(&page->text, "readAt", read == 1, read_at);
    }
    buf_add_char(&page->text, '}');
    page_add(page, row->id, created_at, user, json);
    return 0;
}
