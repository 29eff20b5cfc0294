#include "gateway/store/row_key.h"

#include <string.h>

#include "common/json.h"

static bool key_set(struct row_key *key, const char *user, size_t len, int64_t id)
{
    if (len > ROW_ID_MAX || memchr(user, '\0', len))
        return false;
    memcpy(key->user, user, len);
    key->user[len] = '\0';
    key->id = id;
    return true;
}

/* Digits between the comma and the bracket; 0: something else. */
static int64_t read_id(const char *text, size_t len)
{
    int64_t id = 0;

    if (len == 0 || len > 16)
        return 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        id = id * 10 + (text[i] - '0');
    }
    return id;
}

/* A key without escapes, as most are, needs no JSON parser: somebody may change a hundred thousand
 * rows at once. */
static bool key_read_plain(struct row_key *key, const char *text, size_t len)
{
    const char *comma = memrchr(text, ',', len);
    int64_t id;

    if (!comma || comma - text < 3 || memcmp(text, "[\"", 2) != 0 || comma[-1] != '"' ||
        text[len - 1] != ']')
        return false;
    id = read_id(comma + 1, (size_t)(text + len - 1 - (comma + 1)));
    return id > 0 && key_set(key, text + 2, (size_t)(comma - 1 - (text + 2)), id);
}

bool row_key_read(struct row_key *key, const char *text, size_t len)
{
    json_t *array;
    const json_t *user;
    struct reason why;
    bool is_key;

    if (!memchr(text, '\\', len))
        return key_read_plain(key, text, len);
    array = json_read(text, len, &why);
    user = json_array_get(array, 0);
    is_key = json_is_string(user) && json_is_integer(json_array_get(array, 1)) &&
             key_set(key, json_string_value(user), json_string_length(user),
                 json_integer_value(json_array_get(array, 1)));
    json_decref(array);
    return is_key;
}
