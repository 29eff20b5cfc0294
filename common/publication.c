#include "common/publication.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/moment.h"
#include "common/row_rules.h"
#include "common/text.h"

enum field_form { FORM_TEXT, FORM_EVENT, FORM_PRIORITY, FORM_JSON, FORM_OBJECT, FORM_TIME };

struct field_rule {
    const char *name, *column;
    enum field_form form;
    bool required;
    size_t least, most; /* of the length */
};

static const struct field_rule notification_rules[NOTIFICATION_FIELDS] = {
    [NOTIFICATION_USER] = {"user", "user_id", FORM_TEXT, true, 1, ROW_ID_MAX},
    [NOTIFICATION_TITLE] = {"title", "title", FORM_TEXT, true, 1, ROW_TITLE_MAX},
    [NOTIFICATION_BODY] = {"body", "body", FORM_TEXT, false, 0, ROW_BODY_MAX},
    [NOTIFICATION_TYPE] = {"type", "type", FORM_TEXT, false, 1, ROW_TYPE_MAX},
    [NOTIFICATION_PRIORITY] = {"priority", "priority", FORM_PRIORITY, false, 0, 0},
    [NOTIFICATION_DATA] = {"data", "data", FORM_OBJECT, false, 0, ROW_DATA_MAX},
    [NOTIFICATION_AFTER] = {"after", "deliver_after", FORM_TIME, false, 0, 0},
    [NOTIFICATION_EXPIRES] = {"expires", "expires_at", FORM_TIME, false, 0, 0},
    [NOTIFICATION_KEY] = {"key", "idempotency_key", FORM_TEXT, false, 1, ROW_ID_MAX},
};

static const struct field_rule message_rules[MESSAGE_FIELDS] = {
    [MESSAGE_CONVERSATION] = {"conversationId", "conversation_id", FORM_TEXT, true, 1, ROW_ID_MAX},
    [MESSAGE_SENDER] = {"senderId", "sender_id", FORM_TEXT, true, 1, ROW_ID_MAX},
    [MESSAGE_SENDER_NAME] = {"senderName", "sender_name", FORM_TEXT, false, 0, ROW_NAME_MAX},
    [MESSAGE_CONTENT] = {"content", "content", FORM_TEXT, true, 1, ROW_CONTENT_MAX},
    [MESSAGE_METADATA] = {"metadata", "metadata", FORM_JSON, false, 0, ROW_METADATA_MAX},
    [MESSAGE_REFERENCE] = {"clientRef", "client_ref", FORM_TEXT, false, 1, ROW_ID_MAX},
};

static const struct field_rule broadcast_rules[BROADCAST_FIELDS] = {
    [BROADCAST_TOPIC] = {"topic", "topic", FORM_TEXT, true, 1, ROW_TOPIC_MAX},
    [BROADCAST_EVENT] = {"event", "event", FORM_EVENT, true, 1, ROW_EVENT_CHARACTERS_MAX},
    [BROADCAST_DATA] = {"data", "data", FORM_JSON, false, 0, ROW_DATA_MAX},
    [BROADCAST_EXPIRES] = {"expires", "expires_at", FORM_TIME, false, 0, 0},
};

static const struct field_rule conversation_rules[CONVERSATION_FIELDS] = {
    [CONVERSATION_ID] = {"id", "id", FORM_TEXT, true, 1, ROW_ID_MAX},
    [CONVERSATION_TITLE] = {"title", "title", FORM_TEXT, false, 0, ROW_TITLE_MAX},
};

static const struct field_rule member_rules[MEMBER_FIELDS] = {
    [MEMBER_CONVERSATION] = {"conversationId", "conversation_id", FORM_TEXT, true, 1, ROW_ID_MAX},
    [MEMBER_USER] = {"user", "user_id", FORM_TEXT, true, 1, ROW_ID_MAX},
};

static const struct {
    const char *name;
    const struct field_rule *fields;
    int count;
} kinds[PUBLICATION_KINDS] = {
    [PUBLICATION_NOTIFICATION] = {"notification", notification_rules, NOTIFICATION_FIELDS},
    [PUBLICATION_MESSAGE] = {"message", message_rules, MESSAGE_FIELDS},
    [PUBLICATION_BROADCAST] = {"broadcast", broadcast_rules, BROADCAST_FIELDS},
    [PUBLICATION_CONVERSATION] = {"conversation", conversation_rules, CONVERSATION_FIELDS},
    [PUBLICATION_MEMBER] = {"member", member_rules, MEMBER_FIELDS},
};

const char *publication_field_name(enum publication_kind kind, int field)
{
    return kinds[kind].fields[field].name;
}

/* Behind reason_set, which has said why. */
static int error_set(
    struct publication_error *error, enum publication_fault fault, const char *field)
{
    error->fault = fault;
    error->field = field;
    return -1;
}

/* ---- from JSON ---- */

static int field_of(enum publication_kind kind, const char *member)
{
    for (int i = 0; i < kinds[kind].count; i++)
        if (strcmp(member, kinds[kind].fields[i].name) == 0 ||
            strcmp(member, kinds[kind].fields[i].column) == 0)
            return i;
    return -1;
}

/* Two names of one field with two values: which of them is meant? */
static int check_contradictions(
    enum publication_kind kind, const json_t *object, struct publication_error *error)
{
    for (int i = 0; i < kinds[kind].count; i++) {
        const struct field_rule *rule = &kinds[kind].fields[i];
        const json_t *one = json_object_get(object, rule->name);
        const json_t *other = json_object_get(object, rule->column);
        if (!one || !other || json_equal(one, other))
            continue;
        reason_set(&error->why, "%s and %s are the same field, but have different values",
            rule->name, rule->column);
        return error_set(error, PUBLICATION_CONTRADICTION, rule->name);
    }
    return 0;
}

/* What is JSON in the column, as text. NULL with the error where it does not fit. */
static const char *dump_member(
    const json_t *value, const char *name, struct buf *json, struct publication_error *error)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    buf_clear(json);
    buf_add_text(json, text ? text : "");
    free(text);
    if (!json->overflowed)
        return json->data;
    reason_set(&error->why, "%s is too long", name);
    error_set(error, PUBLICATION_LENGTH, name);
    return NULL;
}

static int take_member(struct publication *publication, const char *name, const json_t *value,
    struct buf *json, struct publication_error *error)
{
    int field = field_of(publication->kind, name);
    const char *text = json_string_value(value);

    if (field < 0) {
        reason_set(&error->why, "a %s has no %s", kinds[publication->kind].name, name);
        return error_set(error, PUBLICATION_UNKNOWN_FIELD, name);
    }
    if (json_is_null(value))
        return 0;
    enum field_form form = kinds[publication->kind].fields[field].form;
    if (form == FORM_JSON || (form == FORM_OBJECT && !text)) {
        text = dump_member(value, name, json, error);
        if (!text)
            return -1;
    } else if (!text || strlen(text) != json_string_length(value)) {
        reason_set(&error->why, "%s must be a string%s", name, text ? " without NUL" : "");
        return error_set(error, PUBLICATION_NOT_TEXT, name);
    }
    publication->fields[field] = text;
    publication->spelled[field] = name;
    return 0;
}

int publication_from_json(struct publication *publication, const json_t *object, struct buf *json,
    struct publication_error *error)
{
    const char *name;
    json_t *value;

    if (!json_is_object(object)) {
        reason_set(&error->why, "is not a JSON object");
        return error_set(error, PUBLICATION_NOT_OBJECT, NULL);
    }
    if (check_contradictions(publication->kind, object, error) < 0)
        return -1;
    json_object_foreach ((json_t *)(uintptr_t)object, name, value)
        if (take_member(publication, name, value, json, error) < 0)
            return -1;
    return 0;
}

/* ---- checks ---- */

/* A field on its way into the row. */
struct given_field {
    const struct field_rule *rule;
    const char *text;
    const char *spelled;
    struct publication_error *error;
};

static int check_length(const struct given_field *field, size_t length, const char *unit)
{
    const struct field_rule *rule = field->rule;

    if (length >= rule->least && length <= rule->most)
        return 0;
    if (rule->least == 0)
        reason_set(
            &field->error->why, "%s must be at most %zu %s long", rule->column, rule->most, unit);
    else
        reason_set(&field->error->why, "%s must be %zu to %zu %s long", rule->column, rule->least,
            rule->most, unit);
    return error_set(field->error, PUBLICATION_LENGTH, field->spelled);
}

static int check_text(const struct given_field *field)
{
    return check_length(field, strlen(field->text), "octets");
}

static int check_event(const struct given_field *field)
{
    if (check_length(field, text_characters(field->text), "characters") < 0)
        return -1;
    if (!row_event_is_reserved(field->text))
        return 0;
    reason_set(&field->error->why, "event must not be a name that socket.io keeps for itself");
    return error_set(field->error, PUBLICATION_RESERVED, field->spelled);
}

static int check_priority(const struct given_field *field)
{
    if (row_is_priority(field->text))
        return 0;
    reason_set(&field->error->why, "priority must be low, normal, high or urgent");
    return error_set(field->error, PUBLICATION_NOT_ALLOWED, field->spelled);
}

static int check_json(const struct given_field *field)
{
    bool object = field->rule->form == FORM_OBJECT;
    struct reason *why = &field->error->why;

    if (json_check(field->text, strlen(field->text), object, why) < 0) {
        reason_prefix(why, "%s must be %s: ", field->rule->column,
            object ? "a JSON object" : "JSON, a string in double quotes too");
        return error_set(field->error, PUBLICATION_NOT_JSON, field->spelled);
    }
    return check_text(field);
}

static int (*const checks[])(const struct given_field *field) = {
    [FORM_TEXT] = check_text,
    [FORM_EVENT] = check_event,
    [FORM_PRIORITY] = check_priority,
    [FORM_JSON] = check_json,
    [FORM_OBJECT] = check_json,
};

/* Reads the time into `iso`, which becomes the field's text. */
static int read_time(struct given_field *field, int64_t now_ms, char *iso)
{
    if (moment_read(field->text, now_ms, iso, &field->error->why) < 0) {
        reason_prefix(&field->error->why, "%s: ", field->rule->name);
        return error_set(field->error, PUBLICATION_NOT_TIME, field->spelled);
    }
    field->text = iso;
    return 0;
}

static int check_given(const struct given_field *field)
{
    if (!field->text && field->rule->required) {
        reason_set(&field->error->why, "there is no %s", field->rule->name);
        return error_set(field->error, PUBLICATION_MISSING, field->spelled);
    }
    if (field->text && !text_is_utf8(field->text, strlen(field->text))) {
        reason_set(&field->error->why, "%s is not UTF-8", field->rule->name);
        return error_set(field->error, PUBLICATION_NOT_TEXT, field->spelled);
    }
    return 0;
}

int publication_check(const struct publication *publication, int64_t now_ms,
    struct publication_row *row, struct publication_error *error)
{
    int times = 0;

    *row = (struct publication_row){.kind = publication->kind, .published_at = now_ms};
    for (int i = 0; i < kinds[publication->kind].count; i++) {
        const struct field_rule *rule = &kinds[publication->kind].fields[i];
        const char *spelled = publication->spelled[i] ? publication->spelled[i] : rule->name;
        struct given_field field = {rule, publication->fields[i], spelled, error};
        int result = check_given(&field);
        if (result == 0 && field.text)
            result = rule->form == FORM_TIME ? read_time(&field, now_ms, row->times[times++])
                                             : checks[rule->form](&field);
        if (result < 0)
            return -1;
        row->values[i] = field.text;
    }
    return 0;
}

void publication_row_copy(struct publication_row *copy, const struct publication_row *row)
{
    *copy = *row;
    for (int field = 0; field < PUBLICATION_FIELDS_MAX; field++)
        for (int time = 0; time < PUBLICATION_TIMES_MAX; time++)
            if (row->values[field] == row->times[time])
                copy->values[field] = copy->times[time];
}

int publication_row_change(
    struct publication_row *row, int field, const char *text, struct publication_error *error)
{
    const struct field_rule *rule = &kinds[row->kind].fields[field];
    const struct given_field given = {rule, text, rule->name, error};

    if (check_given(&given) < 0 || checks[rule->form](&given) < 0)
        return -1;
    row->values[field] = text;
    return 0;
}
