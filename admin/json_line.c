#include "admin/json_line.h"

#include <string.h>

#include "common/text.h"

/* The longest line: the contents of a row with every character escaped. */
#define LINE_MAX_OCTETS ((size_t)16 << 20)

/* Copies the rest of the string, from `at` to its closing quote. Returns the position after it. */
static size_t add_string(struct buf *out, const char *json, size_t len, size_t at)
{
    char step[TEXT_STEP_SIZE];

    while (at < len && json[at] != '"') {
        bool escape = json[at] == '\\' && at + 1 < len;
        if (escape) {
            buf_add(out, json + at, 2);
            at += 2;
            continue;
        }
        at += text_step_json_shown(json + at, len - at, step);
        buf_add_text(out, step);
    }
    buf_add_char(out, '"');
    return at + 1;
}

void json_line_add(struct buf *out, const char *json, size_t len)
{
    size_t at = 0;

    while (at < len) {
        char octet = json[at++];

        if (octet == '"') {
            buf_add_char(out, octet);
            at = add_string(out, json, len, at);
        } else if (!strchr(" \t\r\n", octet)) {
            buf_add_char(out, octet);
        }
    }
}

void json_line_print(FILE *out, const char *json, size_t len)
{
    struct buf line;

    buf_init(&line, LINE_MAX_OCTETS);
    json_line_add(&line, json, len);
    fprintf(out, "%s\n", line.data);
    buf_release(&line);
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* RFC 8259, section 6. */
bool json_line_is_number(const char *text)
{
    text += *text == '-';
    if (digits(text) == 0 || (*text == '0' && digits(text) > 1))
        return false;
    text += digits(text);
    if (*text == '.') {
        if (digits(++text) == 0)
            return false;
        text += digits(text);
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        if (digits(text) == 0)
            return false;
        text += digits(text);
    }
    return *text == '\0';
}
