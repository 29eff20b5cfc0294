/*
 * Plain JSON is what json_read_distinct accepts. What json_check accepts, json_read accepts, too,
 * and a dump of it is JSON again. Repaired text has the same meaning, and jansson accepts it
 * unchanged.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/json_plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_long_number(const char *text, size_t size)
{
    size_t digits = 0;

    for (size_t i = 0; i < size && digits < 19; i++)
        digits = text[i] >= '0' && text[i] <= '9' ? digits + 1 : 0;
    return digits == 19;
}

static void mend(const char *text, size_t size, const json_t *value)
{
    char *mended = malloc(size + 1);
    json_t *same;

    memcpy(mended, text, size);
    json_mend(mended, size);
    if (json_check(mended, size, false, NULL) < 0)
        abort();
    same = json_read(mended, size, NULL);
    if (!same || !json_equal(same, value))
        abort();
    json_decref(same);
    /* Except for keys with U+0000, and integers of more than 63 bits. */
    same = json_loadb(mended, size, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    if (!same && !memmem(mended, size, "\\u0000", 6) && !has_long_number(mended, size))
        abort();
    json_decref(same);
    free(mended);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct reason why;
    json_t *value = json_read(text, size, &why);
    json_t *strict = json_read_strict(text, size, &why);
    json_t *distinct = json_read_distinct(text, size, &why);
    char *dump = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_t *again = dump ? json_read(dump, strlen(dump), &why) : NULL;

    if (json_is_plain(text, size, JSON_DEPTH_MAX, false) && !distinct)
        abort();
    if (json_is_plain(text, size, JSON_DEPTH_MAX, true) && !json_is_object(distinct))
        abort();
    if ((strict || json_check(text, size, false, &why) == 0) && !value)
        abort();
    if (value && json_check(text, size, false, &why) == 0)
        mend(text, size, value);
    if (value && (!again || !json_equal(value, again)))
        abort();
    json_decref(again);
    free(dump);
    json_decref(distinct);
    json_decref(strict);
    json_decref(value);
    return 0;
}
