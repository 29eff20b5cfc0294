#include "common/base64url.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The value of each ASCII character, plus one: 0 stands for all that are not in the alphabet. */
static const unsigned char values[256] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 63, 0, 0, 53, 54,
    55, 56, 57, 58, 59, 60, 61, 62, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0, 0, 0, 0, 64, 0, 27, 28, 29, 30, 31, 32,
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52};

char *base64url_encode(const void *octets, size_t len, char *out)
{
    const unsigned char *from = octets;
    char *to = out;

    for (; len >= 3; len -= 3, from += 3, to += 4) {
        uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        to[0] = alphabet[bits >> 18];
        to[1] = alphabet[bits >> 12 & 0x3F];
        to[2] = alphabet[bits >> 6 & 0x3F];
        to[3] = alphabet[bits & 0x3F];
    }
    if (len > 0) {
        uint32_t bits = (uint32_t)from[0] << 8 | (len == 2 ? from[1] : 0);

        *to++ = alphabet[bits >> 10];
        *to++ = alphabet[bits >> 4 & 0x3F];
        if (len == 2)
            *to++ = alphabet[bits << 2 & 0x3F];
    }
    *to = '\0';
    return out;
}

/* 0 to 63, or -1. */
static int32_t value_of(char c)
{
    return values[(unsigned char)c] - 1;
}

/* The 2 or 3 characters behind the last group of 4. Returns how many octets they are, or 0 where
 * they are none. */
static size_t rest_decode(const char *text, size_t len, unsigned char *to)
{
    int32_t first = value_of(text[0]), second = value_of(text[1]);
    int32_t third = len == 3 ? value_of(text[2]) : 0;
    int32_t unused = len == 3 ? third & 0x3 : second & 0xF;

    if ((first | second | third) < 0 || unused != 0)
        return 0;
    to[0] = (unsigned char)(first << 2 | second >> 4);
    if (len == 3)
        to[1] = (unsigned char)(second << 4 | third >> 2);
    return len - 1;
}

bool base64url_decode(const char *text, size_t len, void *out, size_t *octets)
{
    unsigned char *to = out;
    size_t rest = len % 4;

    for (const char *end = text + len - rest; text < end; text += 4, to += 3) {
        int32_t first = value_of(text[0]), second = value_of(text[1]);
        int32_t third = value_of(text[2]), fourth = value_of(text[3]);
        if ((first | second | third | fourth) < 0)
            return false;
        int32_t bits = first << 18 | second << 12 | third << 6 | fourth;
        to[0] = (unsigned char)(bits >> 16);
        to[1] = (unsigned char)(bits >> 8);
        to[2] = (unsigned char)bits;
    }
    size_t more = rest > 1 ? rest_decode(text, rest, to) : 0;
    *octets = (size_t)(to - (unsigned char *)out) + more;
    return rest == 0 || more > 0;
}
