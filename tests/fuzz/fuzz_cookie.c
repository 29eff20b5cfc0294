/*
 * The input as a Cookie header: values that are found contain no control
 * characters and are not too long; if there are two different ones, none is
 * found.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/cookie.h"

#define VALUE_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(enum cookie_found found, const struct buf *value)
{
    if (found != COOKIE_FOUND)
        return;
    if (value->len > VALUE_MAX || strlen(value->data) != value->len)
        abort();
    for (size_t i = 0; i < value->len; i++)
        if ((unsigned char)value->data[i] < 0x20 || value->data[i] == 0x7f)
            abort();
}

/* Adding a cookie of that name with another value can remove the session, but not replace it. */
static void judge_tossed(const char *header, const char *name)
{
    struct buf value, more;

    buf_init(&value, VALUE_MAX);
    buf_init(&more, strlen(header) + 64);
    enum cookie_found before = cookie_find(header, name, &value);
    buf_addf(&more, "%s;%s=tossed", header, name);
    bool same = before == COOKIE_FOUND && strcmp(value.data, "tossed") == 0;
    buf_clear(&value);
    enum cookie_found after = cookie_find(more.data, name, &value);
    if (after != (before == COOKIE_ABSENT || same ? COOKIE_FOUND : COOKIE_TWICE))
        abort();
    buf_release(&value);
    buf_release(&more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a", "__Secure-a", "session"};
    char *header = malloc(size + 1);

    memcpy(header, data, size);
    header[size] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct buf value;
        buf_init(&value, VALUE_MAX);
        judge(cookie_find(header, names[i], &value), &value);
        buf_clear(&value);
        judge(cookie_find_chunked(header, names[i], &value), &value);
        buf_release(&value);
        cookie_has_prefix(header, names[i]);
        judge_tossed(header, names[i]);
    }
    free(header);
    return 0;
}
