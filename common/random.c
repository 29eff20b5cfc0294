#include "common/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void random_octets(void *out, size_t count)
{
    unsigned char *at = out;
    while (count > 0) {
        ssize_t got = getrandom(at, count, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            perror("getrandom");
            abort();
        }
        at += got;
        count -= (size_t)got;
    }
}

static char *base64url(const unsigned char *octets, size_t count, char *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *end = out;
    unsigned int bits = 0;
    int held = 0;
    for (size_t i = 0; i < count; i++) {
        bits = (bits << 8 | octets[i]) & 0xffff;
        for (held += 8; held >= 6; held -= 6)
            *end++ = alphabet[bits >> (held - 6) & 63];
    }
    if (held > 0)
        *end++ = alphabet[bits << (6 - held) & 63];
    *end = '\0';
    return out;
}

char *random_name(char *out)
{
    unsigned char octets[16];
    random_octets(octets, sizeof octets);
    return base64url(octets, sizeof octets, out);
}

char *random_key(char *out)
{
    unsigned char octets[32];
    random_octets(octets, sizeof octets);
    base64url(octets, sizeof octets, out);
    explicit_bzero(octets, sizeof octets);
    return out;
}
