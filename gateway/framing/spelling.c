#include "gateway/framing/spelling.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/framing/event.h"

/* The text between the brackets of a JSON array, without leading white space. */
static struct event_text inside_of_array(const struct arguments *arguments)
{
    const char *from = memchr(arguments->json, '[', arguments->len);
    const char *end = arguments->json + arguments->len;

    while (end > arguments->json && end[-1] != ']')
        end--;
    if (!from || end <= from + 1)
        return (struct event_text){"", 0};
    for (from++, end--; from < end && strchr(" \t\r\n", *from); from++)
        continue;
    return (struct event_text){from, (size_t)(end - from)};
}

void spelling_add_array(struct buf *out, const char *name, const struct arguments *arguments)
{
    struct event_text inside = arguments->single
                                   ? (struct event_text){arguments->json, arguments->len}
                                   : inside_of_array(arguments);

    buf_add_char(out, '[');
    if (name)
        buf_add_json_string(out, name, strlen(name));
    if (name && inside.len > 0)
        buf_add_char(out, ',');
    buf_add(out, inside.text, inside.len);
    buf_add_char(out, ']');
}

void spelling_add_value(struct buf *out, const struct arguments *arguments)
{
    if (arguments->single) {
        buf_add(out, arguments->json, arguments->len);
        return;
    }
    json_t *array = json_loadb(arguments->json, arguments->len, JSON_ALLOW_NUL, NULL);
    char *first = json_dumps(json_array_get(array, 0), JSON_ENCODE_ANY | JSON_COMPACT);
    buf_add_text(out, first ? first : "null");
    free(first);
    json_decref(array);
}
