#include "common/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* RFC 3629, section 4: the first byte determines the length and the range of the second. */
static const struct {
    unsigned char first_low, first_high;
    unsigned char second_low, second_high;
    unsigned char octets;
} shapes[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static bool continues(unsigned char octet)
{
    return (octet & 0xC0) == 0x80;
}

size_t text_character(const char *text, size_t len)
{
    const unsigned char *octets = (const unsigned char *)text;

    if (len == 0)
        return 0;
    if (octets[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (octets[0] < shapes[i].first_low || octets[0] > shapes[i].first_high)
            continue;
        if (len < shapes[i].octets || octets[1] < shapes[i].second_low ||
            octets[1] > shapes[i].second_high)
            return 0;
        for (size_t j = 2; j < shapes[i].octets; j++)
            if (!continues(octets[j]))
                return 0;
        return shapes[i].octets;
    }
    return 0;
}

size_t text_plain(const char *text, size_t len)
{
    size_t plain = 0;

    while (plain < len && text[plain] >= 0x20 && text[plain] < 0x7F)
        plain++;
    return plain;
}

bool text_is_utf8(const char *text, size_t len)
{
    while (len > 0) {
        size_t plain = text_plain(text, len);
        size_t step = plain > 0 ? plain : text_character(text, len);

        if (step == 0)
            return false;
        text += step;
        len -= step;
    }
    return true;
}

size_t text_characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

/* C1 control characters are C2 80 to C2 9F: some terminals obey them like escape sequences. */
static bool is_control(const char *text, size_t octets)
{
    unsigned char first = (unsigned char)text[0];

    if (octets == 1)
        return first < 0x20 || first == 0x7F;
    return octets == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0;
}

bool text_has_control(const char *text, size_t len)
{
    while (len > 0) {
        size_t plain = text_plain(text, len);
        size_t octets = plain > 0 ? plain : text_character(text, len);

        if (plain == 0 && octets > 0 && is_control(text, octets))
            return true;
        text += octets > 0 ? octets : 1;
        len -= octets > 0 ? octets : 1;
    }
    return false;
}

int text_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t text_cut(const char *text, size_t len, size_t max)
{
    size_t end = max;

    if (len <= max)
        return len;
    while (end > 0 && max - end < 3 && continues((unsigned char)text[end]))
        end--;
    return text_character(text + end, len - end) > 0 ? end : max;
}

/* The code point of a character of 2 to 4 bytes. */
static uint32_t code_point(const char *text, size_t octets)
{
    uint32_t point = (unsigned char)text[0] & (0xFFu >> (octets + 1));

    for (size_t i = 1; i < octets; i++)
        point = point << 6 | ((unsigned char)text[i] & 0x3Fu);
    return point;
}

/* Characters that change the direction of what follows, end a line, or are invisible: they can make
 * one text look like another. The joiners U+200C and U+200D are not among them, since some
 * languages and emoji need them. */
static bool is_hidden(const char *text, size_t octets)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x061C, 0x061C},   /* Arabic letter mark */
        {0x200B, 0x200B},   /* zero width space */
        {0x200E, 0x200F},   /* directional marks */
        {0x2028, 0x202E},   /* line and paragraph separators, embeddings, overrides */
        {0x2060, 0x206F},   /* invisible operators, isolates */
        {0xFEFF, 0xFEFF},   /* byte order mark */
        {0xFFF9, 0xFFFB},   /* annotations */
        {0xE0000, 0xE007F}, /* tags */
    };
    uint32_t point = octets < 2 ? 0 : code_point(text, octets);

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

static size_t copy_character(const char *text, size_t octets, char *out)
{
    memcpy(out, text, octets);
    out[octets] = '\0';
    return octets;
}

static size_t copy_hex(const char *text, size_t octets, char *out)
{
    for (size_t i = 0; i < octets; i++)
        snprintf(out + 4 * i, 5, "\\x%02x", (unsigned char)text[i]);
    return octets;
}

size_t text_step_shown(const char *text, size_t len, char *out)
{
    size_t octets = text_character(text, len);

    if (octets == 0)
        return copy_hex(text, 1, out);
    if (is_control(text, octets) || is_hidden(text, octets))
        return copy_hex(text, octets, out);
    return copy_character(text, octets, out);
}

size_t text_step_quoted(const char *text, size_t len, char *out)
{
    if (*text != '"' && *text != '\\')
        return text_step_shown(text, len, out);
    out[0] = '\\';
    copy_character(text, 1, out + 1);
    return 1;
}

size_t text_step_json(const char *text, size_t len, char *out)
{
    static const char named[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    size_t octets = text_character(text, len);
    const char *name = *text != '\0' ? strchr(named, *text) : NULL;

    if (octets == 0) {
        copy_character("\xEF\xBF\xBD", 3, out);
        return 1;
    }
    if (name) {
        out[0] = '\\';
        copy_character(letters + (name - named), 1, out + 1);
        return 1;
    }
    if (octets == 1 && is_control(text, 1)) {
        snprintf(out, TEXT_STEP_SIZE, "\\u%04x", (unsigned char)*text);
        return 1;
    }
    return copy_character(text, octets, out);
}

size_t text_step_json_shown(const char *text, size_t len, char *out)
{
    size_t octets = text_character(text, len);
    uint32_t point;

    if (octets < 2 || (!is_control(text, octets) && !is_hidden(text, octets)))
        return text_step_json(text, len, out);
    point = code_point(text, octets);
    if (point < 0x10000)
        snprintf(out, TEXT_STEP_SIZE, "\\u%04x", (unsigned)point);
    else
        snprintf(out, TEXT_STEP_SIZE, "\\u%04x\\u%04x", (unsigned)(0xD7C0 + (point >> 10)),
            (unsigned)(0xDC00 + (point & 0x3FF)));
    return octets;
}
