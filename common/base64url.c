#include "common/base64url.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *base64url_encode(const void *octets, size_t len, char *out)
{
    const unsigned char *from = octets;
    char *to = out;
    uint32_t bits = 0;
    int held = 0;

    for (size_t i = 0; i < len; i++) {
        bits = (bits << 8 | from[i]) & 0x3FFF;
        for (held += 8; held >= 6; held -= 6)
            *to++ = alphabet[bits >> (held - 6) & 0x3F];
    }
    if (held > 0)
        *to++ = alphabet[bits << (6 - held) & 0x3F];
    *to = '\0';
    return out;
}

/* 0 to 63, or -1. */
static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_decode(const char *text, size_t len, void *out, size_t *octets)
{
    unsigned char *to = out;
    uint32_t bits = 0;
    int held = 0;

    for (size_t i = 0; i < len; i++) {
        int value = value_of(text[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *to++ = (unsigned char)(bits >> held);
            bits &= (1u << held) - 1;
        }
    }
    *octets = (size_t)(to - (unsigned char *)out);
    return len % 4 != 1 && bits == 0;
}
