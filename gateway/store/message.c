#include "gateway/store/message.h"
#include "gateway/store/queue.h"

#include <inttypes.h>

#include "common/database.h"
#include "gateway/store/column.h"

/* Of STATEMENT_MESSAGE. */
enum { CONVERSATION, SENDER, SENDER_NAME, CONTENT, METADATA, CLIENT_REF, CREATED_AT };

/* What the table's CHECKs say, once more. */
static const struct column texts[] = {
    {CONVERSATION, "conversation_id", 1, 255, false},
    {SENDER, "sender_id", 1, 255, false},
    {SENDER_NAME, "sender_name", 0, 1024, true},
    {CONTENT, "content", 1, 32768, false},
    {CLIENT_REF, "client_ref", 1, 255, true},
};

static int check(sqlite3_stmt *statement, int64_t *created_at, struct reason *why)
{
    static const struct column metadata = {METADATA, "metadata", 0, 8192, true};
    int created;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (column_check_text(statement, &texts[i], why) < 0)
            return -1;
    if (column_check_json(statement, &metadata, false, why) < 0)
        return -1;
    created = column_time(statement, CREATED_AT, "created_at", created_at, why);
    return created == 0 ? reason_set(why, "created_at is NULL") : created < 0 ? -1 : 0;
}

static void add_json(struct buf *json, int64_t id, int64_t created_at, sqlite3_stmt *statement)
{
    const char *metadata = database_text(statement, METADATA);
    bool has_name = sqlite3_column_type(statement, SENDER_NAME) != SQLITE_NULL;
    char iso[CLOCK_ISO_SIZE];

    buf_addf(json, "{\"id\":\"%" PRId64 "\"", id);
    column_add_member(json, "conversationId", statement, CONVERSATION);
    column_add_member(json, "senderId", statement, SENDER);
    column_add_member(json, "senderName", statement, has_name ? SENDER_NAME : SENDER);
    column_add_member(json, "content", statement, CONTENT);
    if (metadata) {
        buf_add_text(json, ",\"metadata\":");
        column_add_json(json, statement, METADATA);
    }
    buf_addf(json, ",\"timestamp\":\"%s\"", clock_iso(created_at, iso));
    if (database_text(statement, CLIENT_REF))
        column_add_member(json, "tempId", statement, CLIENT_REF);
    buf_add_text(json, ",\"status\":\"sent\"}");
}

static int add(sqlite3_stmt *statement, int64_t id, struct page *page, struct reason *why)
{
    size_t conversation, sender, json;
    int64_t created_at;

    if (check(statement, &created_at, why) < 0)
        return -1;
    conversation = page_add_text(page, database_text(statement, CONVERSATION));
    sender = page_add_text(page, database_text(statement, SENDER));
    json = page->text.len;
    add_json(&page->text, id, created_at, statement);
    page_add(page, id, created_at, sender, json);
    page->rows[page->count - 1].place = conversation;
    return 0;
}

static void pass_by(struct queue *queue, int64_t id, const struct reason *why)
{
    struct failures *bad = &queue->chat.bad_messages;

    if (!failures_add(bad, id, why))
        return;
    failures_give_up(bad, failures_first(bad));
    turn_count(&queue->turn, COUNTER_MESSAGES_FAILED, 1);
    log_warn(queue->turn.log, "message %" PRId64 " cannot be sent: %s", id, why->text);
}

static bool is_joined(const struct queue *queue, sqlite3_stmt *statement)
{
    const char *conversation = database_text(statement, CONVERSATION);

    return conversation && joined_has(&queue->chat.joined, conversation,
                               (size_t)sqlite3_column_bytes(statement, CONVERSATION));
}

int message_add(struct queue *queue, int64_t id, bool joined_only, struct page *page)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_MESSAGE);
    struct reason why;
    int added = 0;
    int step;

    sqlite3_bind_int64(statement, 1, id);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW && (!joined_only || is_joined(queue, statement))) {
        added = add(statement, id, page, &why) == 0;
        if (!added)
            pass_by(queue, id, &why);
        turn_count(&queue->turn, COUNTER_MESSAGES_READ, (uint64_t)added);
    }
    if (step == SQLITE_TOOBIG) {
        sqlite3_reset(statement);
        reason_set(&why, "the row is too large to be read");
        pass_by(queue, id, &why);
        return 0;
    }
    return file_done(queue->file, statement, step) < 0 ? -1 : added;
}
