#include "gateway/store/spell.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/clock.h"
#include "common/row_rules.h"
#include "common/text.h"

static int spell_check_created(const struct cell *created_at, int64_t *ms, struct reason *why)
{
    int created = cell_time(created_at, "created_at", ms, why);

    if (created == 0)
        return reason_set(why, "created_at is NULL");
    return created < 0 ? -1 : 0;
}

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

int spell_check_status(const struct cell *status, struct reason *why)
{
    if (spell_status(status) != STATUS_UNKNOWN)
        return 0;
    return reason_set(why, "status is not pending, delivered, read, expired, cancelled or failed");
}

/* Repeats the table's CHECKs. */
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
        cell_check_text(&row->priority, &priority, why) < 0 ||
        spell_check_status(&row->status, why) < 0)
        return -1;
    if (!row_is_priority(row->priority.text))
        return reason_set(why, "priority is not low, normal, high or urgent");
    return cell_check_json(&row->data, &data, true, why);
}

/* Every row that is sent is spelled here, and to format a line takes as long as the whole rest. */
static void spell_add_id(struct buf *json, int64_t id)
{
    char digits[24];
    char *at = digits + sizeof(digits);
    uint64_t rest = id < 0 ? 0 - (uint64_t)id : (uint64_t)id;

    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (id < 0)
        *--at = '-';
    buf_add_text(json, "{\"id\":\"");
    buf_add(json, at, (size_t)(digits + sizeof(digits) - at));
    buf_add_char(json, '"');
}

static void spell_add_time(struct buf *json, const char *key, bool known, int64_t ms)
{
    char iso[CLOCK_ISO_SIZE];

    cell_add_key(json, key);
    if (known) {
        buf_add_char(json, '"');
        buf_add_text(json, clock_iso(ms, iso));
        buf_add_char(json, '"');
    } else {
        buf_add_text(json, "null");
    }
}

static void notification_add_json(
    struct buf *json, const struct notification_row *row, int64_t created_at)
{
    spell_add_id(json, row->id);
    cell_add_member(json, "type", &row->type);
    cell_add_member(json, "title", &row->title);
    cell_add_member(json, "body", &row->body);
    spell_add_time(json, "timestamp", true, created_at);
    cell_add_member(json, "priority", &row->priority);
    buf_add_text(json, ",\"data\":");
    if (row->data.kind == CELL_NULL)
        buf_add_text(json, "{}");
    else
        cell_add_json(json, &row->data);
}

/* When something was done with the row. */
struct spelled_time {
    const char *column, *key;
    size_t cell; /* offset in struct notification_row */
    bool always; /* also where it is NULL */
};

static const struct spelled_time row_times[] = {
    {"read_at", "readAt", offsetof(struct notification_row, read_at), true},
    {"seen_at", "seenAt", offsetof(struct notification_row, seen_at), false},
    {"archived_at", "archivedAt", offsetof(struct notification_row, archived_at), false},
    {"updated_at", "updatedAt", offsetof(struct notification_row, updated_at), false},
};
#define TIMES (sizeof(row_times) / sizeof(row_times[0]))

static int times_read(
    const struct notification_row *row, int64_t ms[TIMES], bool known[TIMES], struct reason *why)
{
    for (size_t i = 0; i < TIMES; i++) {
        const void *cell = (const char *)row + row_times[i].cell;
        int is_known = cell_time(cell, row_times[i].column, &ms[i], why);

        if (is_known < 0)
            return -1;
        known[i] = is_known == 1;
    }
    return 0;
}

int spell_notification(const struct notification_row *row, bool listed, size_t user,
    struct page *page, struct reason *why)
{
    int64_t created_at, ms[TIMES] = {0};
    bool known[TIMES];
    size_t json = page->text.len;

    if (row->bad)
        return reason_set(why, "%s", row->bad);
    if (spell_check_created(&row->created_at, &created_at, why) < 0 ||
        notification_check(row, why) < 0 || times_read(row, ms, known, why) < 0)
        return -1;
    notification_add_json(&page->text, row, created_at);
    if (listed)
        cell_add_member(&page->text, "status", &row->status);
    for (size_t i = 0; listed && i < TIMES; i++)
        if (known[i] || row_times[i].always)
            spell_add_time(&page->text, row_times[i].key, known[i], ms[i]);
    buf_add_char(&page->text, '}');
    page_add(page, row->id, created_at, user, json);
    return 0;
}

static int message_check(const struct message_row *row, int64_t *created_at, struct reason *why)
{
    static const struct cell_rule conversation = {"conversation_id", 1, ROW_ID_MAX, false},
                                  sender = {"sender_id", 1, ROW_ID_MAX, false},
                                  sender_name = {"sender_name", 0, ROW_NAME_MAX, true},
                                  content = {"content", 1, ROW_CONTENT_MAX, false},
                                  client_ref = {"client_ref", 1, ROW_ID_MAX, true},
                                  metadata = {"metadata", 0, ROW_METADATA_MAX, true};

    if (row->bad)
        return reason_set(why, "%s", row->bad);
    if (cell_check_text(&row->conversation, &conversation, why) < 0 ||
        cell_check_text(&row->sender, &sender, why) < 0 ||
        cell_check_text(&row->sender_name, &sender_name, why) < 0 ||
        cell_check_text(&row->content, &content, why) < 0 ||
        cell_check_text(&row->client_ref, &client_ref, why) < 0 ||
        cell_check_json(&row->metadata, &metadata, false, why) < 0)
        return -1;
    return spell_check_created(&row->created_at, created_at, why);
}

static void message_add_json(struct buf *json, const struct message_row *row, int64_t created_at)
{
    spell_add_id(json, row->id);
    cell_add_member(json, "conversationId", &row->conversation);
    cell_add_member(json, "senderId", &row->sender);
    cell_add_member(
        json, "senderName", row->sender_name.kind == CELL_NULL ? &row->sender : &row->sender_name);
    cell_add_member(json, "content", &row->content);
    if (row->metadata.kind != CELL_NULL) {
        buf_add_text(json, ",\"metadata\":");
        cell_add_json(json, &row->metadata);
    }
    spell_add_time(json, "timestamp", true, created_at);
    if (row->client_ref.kind != CELL_NULL)
        cell_add_member(json, "tempId", &row->client_ref);
    buf_add_text(json, ",\"status\":\"sent\"}");
}

int spell_message(const struct message_row *row, struct page *page, struct reason *why)
{
    size_t conversation, sender, json;
    int64_t created_at;

    if (message_check(row, &created_at, why) < 0)
        return -1;
    conversation = page_add_text(page, row->conversation.text);
    sender = page_add_text(page, row->sender.text);
    json = page->text.len;
    message_add_json(&page->text, row, created_at);
    page_add(page, row->id, created_at, sender, json);
    page->rows[page->count - 1].topic = conversation;
    return 0;
}

static int event_check(const struct cell *event, struct reason *why)
{
    static const struct cell_rule rule = {"event", 1, 4 * ROW_EVENT_CHARACTERS_MAX, false};

    if (cell_check_text(event, &rule, why) < 0)
        return -1;
    if (text_characters(event->text) > ROW_EVENT_CHARACTERS_MAX)
        return reason_set(why, "event is longer than %d characters", ROW_EVENT_CHARACTERS_MAX);
    if (row_event_is_reserved(event->text))
        return reason_set(why, "event is a name that socket.io keeps for itself");
    return 0;
}

static int broadcast_check(
    const struct broadcast_row *row, struct broadcast_times *times, struct reason *why)
{
    static const struct cell_rule topic = {"topic", 1, ROW_TOPIC_MAX, false};
    static const struct cell_rule data = {"data", 0, ROW_DATA_MAX, true};
    int expires;

    if (row->bad)
        return reason_set(why, "%s", row->bad);
    if (cell_check_text(&row->topic, &topic, why) < 0 || event_check(&row->event, why) < 0 ||
        cell_check_json(&row->data, &data, false, why) < 0 ||
        spell_check_created(&row->created_at, &times->created_at, why) < 0)
        return -1;
    expires = cell_time(&row->expires_at, "expires_at", &times->expires_at, why);
    times->ends = expires == 1;
    return expires < 0 ? -1 : 0;
}

int spell_broadcast(const struct broadcast_row *row, struct page *page,
    struct broadcast_times *times, struct reason *why)
{
    size_t topic, event, json;

    if (broadcast_check(row, times, why) < 0)
        return -1;
    topic = page_add_text(page, row->topic.text);
    event = page_add_text(page, row->event.text);
    json = page->text.len;
    if (row->data.kind != CELL_NULL)
        cell_add_json(&page->text, &row->data);
    page_add(page, row->id, times->created_at, event, json);
    page->rows[page->count - 1].topic = topic;
    page->rows[page->count - 1].stays = times->ends;
    return 0;
}
