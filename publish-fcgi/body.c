#include "publish-fcgi/body.h"

#include <string.h>
#include <strings.h>

#include "common/json.h"

static const struct {
    const char *type;
    enum body_form form;
} types[] = {
    {"application/json", BODY_JSON},
    {"application/x-ndjson", BODY_LINES},
    {"application/ndjson", BODY_LINES},
};

enum body_form body_form_of(const char *content_type)
{
    size_t len = strcspn(content_type, "; \t");

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strlen(types[i].type) == len && strncasecmp(content_type, types[i].type, len) == 0)
            return types[i].form;
    return BODY_OTHER;
}

static void refuse_count(struct publish_reply *reply)
{
    reply_refuse(
        reply, 413, "too_many_objects", "A request may have at most %d objects", BODY_OBJECTS_MAX);
}

static json_t *read_json(const char *text, size_t len, struct publish_reply *reply)
{
    struct reason why;
    json_t *value = json_read_distinct(text, len, &why);
    json_t *array = value;

    if (!value) {
        reply_refuse(reply, 400, "bad_json", "The body is %s", why.text);
    } else if (!json_is_array(value)) {
        array = json_array();
        json_array_append_new(array, value);
    }
    return array;
}

static bool is_blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r", line[i]) || line[i] == '\0')
            return false;
    return true;
}

static int read_line(json_t *array, const char *line, size_t len, struct publish_reply *reply)
{
    struct reason why;

    if (is_blank(line, len))
        return 0;
    json_t *value = json_read_distinct(line, len, &why);
    if (value)
        return json_array_append_new(array, value);
    reply_refuse(reply, 400, "bad_json", "The line is %s", why.text);
    reply_blame(reply, (int64_t)json_array_size(array), NULL);
    return -1;
}

static json_t *read_lines(const char *text, size_t len, struct publish_reply *reply)
{
    json_t *array = json_array();
    int result = 0;

    while (len > 0 && result == 0 && json_array_size(array) <= BODY_OBJECTS_MAX) {
        const char *newline = memchr(text, '\n', len);
        size_t line = newline ? (size_t)(newline - text) : len;
        result = read_line(array, text, line, reply);
        line += newline != NULL;
        text += line;
        len -= line;
    }
    if (result == 0)
        return array;
    json_decref(array);
    return NULL;
}

json_t *body_read(enum body_form form, const char *text, size_t len, struct publish_reply *reply)
{
    json_t *array = NULL;

    if (form == BODY_OTHER) {
        reply_refuse(reply, 415, "unsupported_media_type",
            "The Content-Type must be application/json or application/x-ndjson");
        return NULL;
    }
    if (json_values(text, len) > BODY_VALUES_MAX) {
        reply_refuse(reply, 413, "too_many_values", "The body may have at most %d JSON values",
            BODY_VALUES_MAX);
        return NULL;
    }
    array = form == BODY_JSON ? read_json(text, len, reply) : read_lines(text, len, reply);
    if (!array || json_array_size(array) <= BODY_OBJECTS_MAX)
        return array;
    refuse_count(reply);
    json_decref(array);
    return NULL;
}
