#include "common/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

/* Copies as many whole characters as fit, escaped where needed. */
static void copy_shown(char *out, size_t size, const char *text)
{
    size_t left = strlen(text);
    size_t used = text_plain(text, left < size ? left : size - 1);
    char step[TEXT_STEP_SIZE];

    memcpy(out, text, used);
    text += used;
    left -= used;
    while (left > 0) {
        size_t taken = text_step_shown(text, left, step);
        size_t octets = strlen(step);

        if (used + octets >= size)
            break;
        memcpy(out + used, step, octets);
        used += octets;
        text += taken;
        left -= taken;
    }
    out[used] = '\0';
}

static void format_sentence(struct reason *why, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void format_sentence(struct reason *why, const char *format, va_list args)
{
    char sentence[sizeof(why->text)];

    if (vsnprintf(sentence, sizeof(sentence), format, args) < 0)
        snprintf(sentence, sizeof(sentence), "%s", format);
    copy_shown(why->text, sizeof(why->text), sentence);
}

int reason_set(struct reason *why, const char *format, ...)
{
    va_list args;

    if (!why)
        return -1;
    va_start(args, format);
    format_sentence(why, format, args);
    va_end(args);
    return -1;
}

int reason_prefix(struct reason *why, const char *format, ...)
{
    struct reason below;
    size_t used;
    va_list args;

    if (!why)
        return -1;
    below = *why;
    va_start(args, format);
    format_sentence(why, format, args);
    va_end(args);
    used = strlen(why->text);
    copy_shown(why->text + used, sizeof(why->text) - used, below.text);
    return -1;
}
