#include "common/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "common/base64url.h"
#include "common/memory.h"

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

char *random_name(char *out)
{
    unsigned char octets[16];

    random_octets(octets, sizeof octets);
    return base64url_encode(octets, sizeof octets, out);
}

char *random_key(char *out)
{
    unsigned char octets[32];

    random_octets(octets, sizeof octets);
    base64url_encode(octets, sizeof octets, out);
    mem_wipe(octets, sizeof octets);
    return out;
}
