#include "gateway/realtime/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 19
#define CONVERSATION_MAX 255

static bool id_from_text(const char *text, size_t len, int64_t *id)
{
    char *end;
    long long number;

    if (len == 0 || len > DIGITS_MAX || strspn(text, "0123456789") != len)
        return false;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || number < 1)
        return false;
    *id = number;
    return true;
}

bool input_id(const json_t *value, int64_t *id)
{
    if (json_is_string(value))
        return id_from_text(json_string_value(value), json_string_length(value), id);
    if (!json_is_integer(value) || json_integer_value(value) < 1)
        return false;
    *id = json_integer_value(value);
    return true;
}

bool input_ids(const json_t *list, int64_t *ids)
{
    size_t i;
    json_t *value;

    json_array_foreach ((json_t *)list, i, value) {
        if (!input_id(value, &ids[i]))
            return false;
    }
    return true;
}

bool input_optional_id(const json_t *object, const char *key, int64_t *id)
{
    const json_t *value = json_object_get(object, key);

    return !value || json_is_null(value) || input_id(value, id);
}

bool input_since(const json_t *data, int64_t *since)
{
    const json_t *given = json_object_get(data, "since");
    bool is_zero = (json_is_integer(given) && json_integer_value(given) == 0) ||
                   (json_is_string(given) && strcmp(json_string_value(given), "0") == 0);

    *since = is_zero ? 0 : -1;
    return !given || json_is_null(given) || is_zero || input_id(given, since);
}

const char *input_name(const json_t *value, char number[INPUT_NUMBER_SIZE])
{
    const char *text = json_string_value(value);

    if (json_is_integer(value)) {
        snprintf(number, INPUT_NUMBER_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return number;
    }
    return text && strlen(text) == json_string_length(value) ? text : NULL;
}

const char *input_conversation(const json_t *data, char number[INPUT_NUMBER_SIZE])
{
    const char *conversation = input_name(json_object_get(data, "conversationId"), number);

    if (!conversation || !*conversation || strlen(conversation) > CONVERSATION_MAX)
        return NULL;
    return conversation;
}

bool input_optional_text(const json_t *object, const char *key, const char **text)
{
    const json_t *value = json_object_get(object, key);

    if (!value || json_is_null(value))
        return true;
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
        return false;
    *text = json_string_value(value);
    return true;
}

bool input_optional_count(const json_t *object, const char *key, int64_t most, int64_t *count)
{
    const json_t *value = json_object_get(object, key);

    if (!value || json_is_null(value))
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > most)
        return false;
    *count = json_integer_value(value);
    return true;
}
