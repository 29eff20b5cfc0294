#include "tests/unit/fcgi/fcgi_records.h"

#include <string.h>

void record_add(struct buf *out, int type, uint16_t id, const void *content, size_t len)
{
    const unsigned char header[8] = {1, (unsigned char)type, (unsigned char)(id >> 8),
        (unsigned char)id, (unsigned char)(len >> 8), (unsigned char)len, 3};

    buf_add(out, header, sizeof(header));
    buf_add(out, content, len);
    buf_add(out, "pad", 3);
}

void record_begin(struct buf *out, uint16_t id, bool keep)
{
    const unsigned char body[8] = {0, FCGI_RESPONDER, keep ? FCGI_KEEP_CONN : 0};

    record_add(out, FCGI_BEGIN_REQUEST, id, body, sizeof(body));
}

void param_add(struct buf *params, const char *name, const char *value)
{
    size_t len = strlen(value);

    buf_add_char(params, (char)strlen(name));
    const unsigned char four[4] = {(unsigned char)(0x80 | len >> 24), (unsigned char)(len >> 16),
        (unsigned char)(len >> 8), (unsigned char)len};
    buf_add(params, four, sizeof(four));
    buf_add_text(params, name);
    buf_add_text(params, value);
}

void request_add(struct buf *out, uint16_t id, bool keep, const char *cookie)
{
    struct buf params;

    buf_init(&params, 65535);
    param_add(&params, "REQUEST_METHOD", "GET");
    if (cookie)
        param_add(&params, "HTTP_COOKIE", cookie);
    record_begin(out, id, keep);
    record_add(out, FCGI_PARAMS, id, params.data, params.len);
    record_add(out, FCGI_PARAMS, id, "", 0);
    record_add(out, FCGI_STDIN, id, "", 0);
    buf_release(&params);
}
