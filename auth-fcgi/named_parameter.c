#include "auth-fcgi/named_parameter.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define NAME ":token"

static bool is_of_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Up to the end mark, and with it; to the end of the text if there is none. */
static size_t span_to(const char *from, const char *mark)
{
    const char *end = strstr(from, mark);

    return end ? (size_t)(end - from) + strlen(mark) : strlen(from);
}

/* 'It''s' and "a ""b""" are two of the same in a row, which makes no difference here. E'\'' does.
 */
static size_t span_quoted(const char *at, bool has_escapes)
{
    size_t len = 1;

    while (at[len] && at[len] != *at)
        len += has_escapes && at[len] == '\\' && at[len + 1] ? 2 : 1;
    return at[len] ? len + 1 : len;
}

/* Comments nest. */
static size_t span_comment(const char *at)
{
    size_t len = 0, depth = 0;

    do {
        bool begins = strncmp(at + len, "/*", 2) == 0, ends = strncmp(at + len, "*/", 2) == 0;
        depth += begins;

        depth -= ends;
        len += begins || ends ? 2 : 1;
    } while (at[len] && depth > 0);
    return len;
}

/* $tag$…$tag$; 1 if it is another dollar. */
static size_t span_dollars(const char *at)
{
    size_t len = 1;
    char tag[64];

    while (is_of_name(at[len]) && at[len] != '$')
        len++;
    if (at[len] != '$' || len + 2 > sizeof(tag))
        return 1;
    memcpy(tag, at, len + 1);
    tag[len + 1] = '\0';
    return len + 1 + span_to(at + len + 1, tag);
}

/* How far what begins here is to be copied as it is. */
static size_t span(const char *at, const char *sql)
{
    bool has_escapes =
        at > sql && (at[-1] == 'e' || at[-1] == 'E') && (at - 1 == sql || !is_of_name(at[-2]));
    size_t len = 0;

    if (*at == '\'' || *at == '"')
        return span_quoted(at, *at == '\'' && has_escapes);
    if (strncmp(at, "--", 2) == 0)
        return span_to(at, "\n");
    if (strncmp(at, "/*", 2) == 0)
        return span_comment(at);
    if (*at == '$')
        return span_dollars(at);
    if (strncmp(at, "::", 2) == 0)
        return 2;
    while (is_of_name(at[len]))
        len++;
    return len > 0 ? len : 1;
}

size_t named_parameter_replace(const char *sql, struct buf *out)
{
    size_t count = 0, len;

    for (const char *at = sql; *at; at += len) {
        len = span(at, sql);
        if (strncmp(at, NAME, strlen(NAME)) == 0 && !is_of_name(at[strlen(NAME)])) {
            len = strlen(NAME);
            buf_add_text(out, "$1");
            count++;
        } else {
            buf_add(out, at, len);
        }
    }
    return count;
}
