#include "publish-fcgi/notification.h"

#include <inttypes.h>
#include <string.h>

#include "common/json.h"
#include "common/row_rules.h"
#include "publish-fcgi/access.h"
#include "publish-fcgi/body.h"
#include "publish-fcgi/faults.h"

/* ---- reading ---- */

enum { COLUMN_OF_USER = 1 };

enum row_form { ROW_TEXT, ROW_ID, ROW_NUMBER, ROW_JSON };

/* The columns of PUBLISH_FIND_ROW. */
static const struct {
    const char *name;
    enum row_form form;
} columns[] = {
    {"id", ROW_ID},
    {"user", ROW_TEXT},
    {"status", ROW_TEXT},
    {"error", ROW_TEXT},
    {"type", ROW_TEXT},
    {"priority", ROW_TEXT},
    {"title", ROW_TEXT},
    {"body", ROW_TEXT},
    {"data", ROW_JSON},
    {"createdAt", ROW_TEXT},
    {"deliverAfter", ROW_TEXT},
    {"expiresAt", ROW_TEXT},
    {"attempts", ROW_NUMBER},
    {"deliveredAt", ROW_TEXT},
    {"readAt", ROW_TEXT},
    {"seenAt", ROW_TEXT},
    {"archivedAt", ROW_TEXT},
    {"updatedAt", ROW_TEXT},
    {"key", ROW_TEXT},
};

#define ROW_ID_SIZE 24

static const char *id_text(const struct publish_turn *turn, char out[ROW_ID_SIZE])
{
    snprintf(out, ROW_ID_SIZE, "%" PRId64, turn->request->id);
    return out;
}

/* Whoever can open the queue may have written a row that the rules forbid. */
static void add_column(struct buf *out, const char *text, int column)
{
    enum row_form form = columns[column].form;
    struct reason why;

    if (!text || (form == ROW_JSON && json_check(text, strlen(text), true, &why) < 0))
        buf_add_text(out, "null");
    else if (form == ROW_TEXT)
        buf_add_json_string(out, text, strlen(text));
    else if (form == ROW_ID)
        buf_addf(out, "\"%s\"", text);
    else
        buf_add_text(out, text);
}

static void add_row(struct buf *out, const char *const *row)
{
    const int count = (int)(sizeof(columns) / sizeof(columns[0]));

    buf_clear(out);
    for (int i = 0; i < count; i++) {
        buf_addf(out, "%s\"%s\":", i == 0 ? "{" : ",", columns[i].name);
        add_column(out, row[i], i);
    }
    buf_add_char(out, '}');
}

/* Fills the body with the row if `show` is set. Returns 0, or -1 where the turn is refused. */
static int row_find(struct publish_turn *turn, bool show)
{
    char id[ROW_ID_SIZE];
    struct reason why;
    int found = PUBLISH_ASK(turn->queue, PUBLISH_FIND_ROW, &why, id_text(turn, id));
    const char *user = found > 0 ? turn->queue->row[COLUMN_OF_USER] : NULL;

    if (found < 0)
        return publish_turn_fail(turn, &why);
    if (!user || !access_covers_user(&turn->key, user)) {
        reply_refuse(&turn->reply, 404, "not_found", "There is no such notification");
        return -1;
    }
    if (show)
        add_row(&turn->reply.body, turn->queue->row);
    return 0;
}

void notification_show(struct publish_turn *turn)
{
    if (row_find(turn, true) == 0 && turn->reply.body.overflowed)
        reply_refuse(&turn->reply, 500, "answer_too_large", "The answer would be too long");
}

/* ---- changing ---- */

/* What a PATCH gives. */
struct change {
    struct publication publication;
    struct publication_row row;
    struct buf json;
    bool sets_data, sets_expires; /* a null empties them */
};

static int refuse_field(struct publish_turn *turn, int field, const struct change *change)
{
    struct publication_error error = {
        PUBLICATION_NOT_ALLOWED, change->publication.spelled[field], {""}};

    reason_set(&error.why, "%s cannot be changed", error.field);
    fault_refuse(&turn->reply, 0, &error);
    return -1;
}

static bool has_member(const json_t *object, const char *name, const char *column)
{
    return json_object_get(object, name) || json_object_get(object, column);
}

/* A whole notification is checked, with words in place of what the object need not have. */
static int change_check(struct publish_turn *turn, struct change *change, const json_t *object)
{
    static const int fixed[] = {NOTIFICATION_USER, NOTIFICATION_AFTER, NOTIFICATION_KEY};
    const char **fields = change->publication.fields;
    struct publication_error error;

    if (publication_from_json(&change->publication, object, &change->json, &error) < 0) {
        fault_refuse(&turn->reply, 0, &error);
        return -1;
    }
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (fields[fixed[i]])
            return refuse_field(turn, fixed[i], change);
    bool titled = fields[NOTIFICATION_TITLE];
    fields[NOTIFICATION_USER] = "nobody";
    if (!titled)
        fields[NOTIFICATION_TITLE] = "untitled";
    if (publication_check(&change->publication, turn->now_ms, &change->row, &error) < 0) {
        fault_refuse(&turn->reply, 0, &error);
        return -1;
    }
    if (!titled)
        change->row.values[NOTIFICATION_TITLE] = NULL;
    change->sets_data = has_member(object, "data", "data");
    change->sets_expires = has_member(object, "expires", "expires_at");
    return 0;
}

static int change_read(struct publish_turn *turn, struct change *change, json_t **body)
{
    const struct publish_request *request = turn->request;
    enum body_form form = body_form_of(request->content_type);

    if (form != BODY_JSON) {
        reply_refuse(&turn->reply, 415, "unsupported_media_type",
            "The Content-Type must be application/json");
        return -1;
    }
    *body = body_read(form, request->body, request->body_len, &turn->reply);
    if (!*body)
        return -1;
    if (json_array_size(*body) == 1)
        return change_check(turn, change, json_array_get(*body, 0));
    reply_refuse(&turn->reply, 400, "not_an_object", "The body must be one JSON object");
    return -1;
}

/* Returns 0, or -1 where the turn is refused. */
static int row_change(struct publish_turn *turn, const struct change *change)
{
    const char *const *values = change->row.values;
    char id[ROW_ID_SIZE];
    struct reason why;
    int result = PUBLISH_ASK(turn->queue, PUBLISH_CHANGE_ROW, &why, id_text(turn, id),
        values[NOTIFICATION_TITLE], values[NOTIFICATION_BODY], values[NOTIFICATION_TYPE],
        values[NOTIFICATION_PRIORITY], values[NOTIFICATION_DATA], values[NOTIFICATION_EXPIRES],
        change->sets_data ? "1" : "0", change->sets_expires ? "1" : "0");

    return result < 0 ? publish_turn_fail(turn, &why) : 0;
}

void notification_change(struct publish_turn *turn)
{
    struct change change = {.publication.kind = PUBLICATION_NOTIFICATION};
    json_t *body = NULL;

    buf_init(&change.json, 2 * ROW_DATA_MAX);
    if (change_read(turn, &change, &body) == 0 && publish_turn_begin(turn) == 0) {
        if (row_find(turn, false) == 0 && row_change(turn, &change) == 0)
            row_find(turn, true);
        publish_turn_end(turn);
    }
    json_decref(body);
    buf_release(&change.json);
}

void notification_cancel(struct publish_turn *turn)
{
    struct reason why;

    if (publish_turn_begin(turn) < 0)
        return;
    turn->reply.status = 204;
    if (row_find(turn, false) == 0) {
        char id[ROW_ID_SIZE];

        if (PUBLISH_ASK(turn->queue, PUBLISH_CANCEL_ROW, &why, id_text(turn, id)) < 0)
            publish_turn_fail(turn, &why);
    }
    publish_turn_end(turn);
}
