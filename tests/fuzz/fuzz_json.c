/* What json_check takes, json_read takes too, and a dump of it is JSON again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct reason why;
    json_t *value = json_read(text, size, &why);
    json_t *strict = json_read_strict(text, size, &why);
    char *dump = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_t *again = dump ? json_read(dump, strlen(dump), &why) : NULL;

    if ((strict || json_check(text, size, false, &why) == 0) && !value)
        abort();
    if (value && (!again || !json_equal(value, again)))
        abort();
    json_decref(again);
    free(dump);
    json_decref(strict);
    json_decref(value);
    return 0;
}
