/* For any input, a JSON string is valid JSON, and escaped text is valid UTF-8. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_parse_time(const char *text)
{
    char again[CLOCK_ISO_SIZE];
    int64_t ms, same;

    if (clock_parse_iso(text, &ms) < 0 || ms < -62167219200000 || ms > 253402300799999)
        return;
    if (clock_parse_iso(clock_iso(ms, again), &same) < 0 || same != ms)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t cut = text_cut(text, size, size / 2);
    struct buf out;

    buf_init(&out, 16 * size + 2);
    buf_add_json_string(&out, text, size);
    if (out.overflowed || json_check(out.data, out.len, false, NULL) < 0)
        abort();
    buf_clear(&out);
    buf_add_escaped(&out, text, size);
    if (!text_is_utf8(out.data, out.len) || text_has_control(out.data, out.len))
        abort();
    if (cut > size / 2 || (text_is_utf8(text, size) && !text_is_utf8(text, cut)))
        abort();
    buf_clear(&out);
    buf_add(&out, text, size);
    write_and_parse_time(out.data);
    buf_release(&out);
    return 0;
}
