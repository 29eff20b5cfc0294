#include "fcgi/pairs.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A length is one byte, or four if the highest bit of the first is set. Returns 0, or -1 where they
 * are not all there. */
static int length_read(const char **at, const char *end, size_t *length)
{
    const unsigned char *bytes = (const unsigned char *)*at;

    if (*at == end)
        return -1;
    if (bytes[0] < 0x80) {
        *length = bytes[0];
        *at += 1;
        return 0;
    }
    if (end - *at < 4)
        return -1;
    *length =
        (size_t)(bytes[0] & 0x7f) << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    *at += 4;
    return 0;
}

int pairs_next(const char **at, const char *end, struct pair *pair)
{
    if (*at == end)
        return 0;
    if (length_read(at, end, &pair->name_len) < 0 || length_read(at, end, &pair->value_len) < 0)
        return -1;
    size_t left = (size_t)(end - *at);
    if (pair->name_len > left || pair->value_len > left - pair->name_len)
        return -1;
    pair->name = *at;
    pair->value = *at + pair->name_len;
    *at += pair->name_len + pair->value_len;
    return 1;
}

static bool name_passes(const struct pair *pair)
{
    for (size_t i = 0; i < pair->name_len; i++)
        if ((unsigned char)pair->name[i] <= 0x20 || pair->name[i] == '=' || pair->name[i] == 0x7f)
            return false;
    return pair->name_len > 0;
}

static bool value_passes(const struct pair *pair)
{
    bool certificate = pair->name_len >= 4 && memcmp(pair->name, "SSL_", 4) == 0;

    if (memchr(pair->value, '\0', pair->value_len))
        return false;
    return certificate || (!memchr(pair->value, '\r', pair->value_len) &&
                              !memchr(pair->value, '\n', pair->value_len));
}

int pairs_check(const char *bytes, size_t len, struct reason *why)
{
    struct pair pair;
    const char *at = bytes;
    const char *end = bytes + len;
    int more;

    for (int count = 0; (more = pairs_next(&at, end, &pair)) > 0; count++) {
        if (count == PAIRS_MAX)
            return reason_set(why, "there are more than %d parameters", PAIRS_MAX);
        if (!name_passes(&pair))
            return reason_set(
                why, "the name of a parameter is empty, or contains \"=\" or control characters");
        if (!value_passes(&pair))
            return reason_set(why, "the parameter %.*s contains a line end or NUL",
                (int)(pair.name_len < 64 ? pair.name_len : 64), pair.name);
    }
    return more == 0 ? 0
                     : reason_set(
                           why, "the length of a parameter reaches past the end of the parameters");
}
