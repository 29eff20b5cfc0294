#include <stdlib.h>
#include <string.h>

#include <endian.h>

#include "bench/load/stamp.h"
#include "common/memory.h"

static const char mark[] = "@load:";
enum { MARK_SIZE = sizeof(mark) - 1, DIGITS = 8 };

static char *word_write(char *out, uint32_t word)
{
    for (unsigned i = DIGITS; i-- > 0; word >>= 4)
        out[i] = "0123456789abcdef"[word & 15];
    return out + DIGITS;
}

void stamp_write(const struct stamp *stamp, char *out)
{
    memcpy(out, mark, MARK_SIZE);
    out = word_write(out + MARK_SIZE, stamp->run);
    out = word_write(out, stamp->publisher);
    out = word_write(out, stamp->destination);
    out = word_write(out, stamp->sequence);
    out = word_write(out, stamp->number);
    out = word_write(out, (uint32_t)(stamp->time >> 32));
    word_write(out, (uint32_t)stamp->time);
}

/* Reads eight lower-case hexadecimal digits at *text at once, a byte of a register each, and steps
 * over them. *bad gets bits set where one is no digit: the digits are spelled again, and must be
 * what was read. (One at a time, this was the sixth part of the generator's processor time.) */
static uint32_t word_read(const char **text, uint64_t *bad)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t spelled, digits, letters;

    memcpy(&spelled, *text, sizeof(spelled));
    *text += DIGITS;
    spelled = be64toh(spelled);
    digits = (spelled & ones * 0x0f) + (spelled >> 6 & ones) * 9;
    letters = (digits + ones * 6) >> 4 & ones;
    *bad |= (digits & ones * 0xf0) | ((digits + ones * '0' + letters * ('a' - '9' - 1)) ^ spelled);
    digits = (digits | digits >> 4) & UINT64_C(0x00ff00ff00ff00ff);
    digits = (digits | digits >> 8) & UINT64_C(0x0000ffff0000ffff);
    return (uint32_t)(digits | digits >> 16);
}

static bool stamp_read(struct stamp *stamp, const char *text)
{
    uint64_t bad = 0;

    stamp->run = word_read(&text, &bad);
    stamp->publisher = word_read(&text, &bad);
    stamp->destination = word_read(&text, &bad);
    stamp->sequence = word_read(&text, &bad);
    stamp->number = word_read(&text, &bad);
    stamp->time = (int64_t)((uint64_t)word_read(&text, &bad) << 32);
    stamp->time |= word_read(&text, &bad);
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
