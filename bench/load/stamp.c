#include <stdlib.h>
#include <string.h>

#include "bench/load/stamp.h"
#include "common/memory.h"

static const char mark[] = "@load:";
enum { MARK_SIZE = sizeof(mark) - 1 };

static char *hex_write(char *out, uint64_t value, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; value >>= 4)
        out[i] = "0123456789abcdef"[value & 15];
    return out + digits;
}

void stamp_write(const struct stamp *stamp, char *out)
{
    memcpy(out, mark, MARK_SIZE);
    out = hex_write(out + MARK_SIZE, stamp->run, 8);
    out = hex_write(out, stamp->publisher, 4);
    out = hex_write(out, stamp->destination, 8);
    out = hex_write(out, stamp->sequence, 8);
    hex_write(out, (uint64_t)stamp->time, 16);
}

/* Reads digits at *text and steps over them. *bad gets bits set where one is no digit. */
static uint64_t hex_read(const char **text, unsigned digits, unsigned *bad)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < digits; i++) {
        unsigned c = (unsigned char)(*text)[i];
        unsigned digit = c <= '9' ? c - '0' : c < 'a' ? 16 : c - 'a' + 10;

        *bad |= digit & ~15U;
        value = value << 4 | (digit & 15);
    }
    *text += digits;
    return value;
}

static bool stamp_read(struct stamp *stamp, const char *text)
{
    unsigned bad = 0;

    stamp->run = (uint32_t)hex_read(&text, 8, &bad);
    stamp->publisher = (uint32_t)hex_read(&text, 4, &bad);
    stamp->destination = (uint32_t)hex_read(&text, 8, &bad);
    stamp->sequence = (uint32_t)hex_read(&text, 8, &bad);
    stamp->time = (int64_t)hex_read(&text, 16, &bad);
    return !bad;
}

bool stamp_find(struct stamp *stamp, const char *text, size_t len, size_t *hint)
{
    const char *found;

    if (len >= STAMP_SIZE && *hint <= len - STAMP_SIZE &&
        memcmp(text + *hint, mark, MARK_SIZE) == 0)
        return stamp_read(stamp, text + *hint + MARK_SIZE);
    found = memmem(text, len, mark, MARK_SIZE);
    if (!found || len - (size_t)(found - text) < STAMP_SIZE)
        return false;
    *hint = (size_t)(found - text);
    return stamp_read(stamp, found + MARK_SIZE);
}

char *payload_new(size_t size)
{
    char *payload = mem_alloc(size + 1);

    memset(payload, 'x', size);
    memcpy(payload, "{\"stamp\":\"", PAYLOAD_STAMP);
    memcpy(payload + PAYLOAD_STAMP + STAMP_SIZE, "\",\"pad\":\"", 9);
    memcpy(payload + size - 2, "\"}", 3);
    return payload;
}
