#include "publish-fcgi/reply.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/response.h"

void reply_init(struct publish_reply *reply)
{
    *reply = (struct publish_reply){.status = 200};
    buf_init(&reply->body, REPLY_BODY_MAX);
}

void reply_release(struct publish_reply *reply)
{
    buf_release(&reply->body);
}

void reply_refuse(struct publish_reply *reply, int status, const char *code, const char *error, ...)
{
    va_list arguments;

    reply->status = status;
    reply->refusal.code = code;
    reply->refusal.index = -1;
    reply->refusal.field[0] = '\0';
    va_start(arguments, error);
    vsnprintf(reply->refusal.error, sizeof(reply->refusal.error), error, arguments);
    va_end(arguments);
}

void reply_blame(struct publish_reply *reply, int64_t index, const char *field)
{
    reply->refusal.index = index;
    snprintf(reply->refusal.field, sizeof(reply->refusal.field), "%s", field ? field : "");
}

bool reply_is_refusal(const struct publish_reply *reply)
{
    return reply->refusal.code != NULL;
}

void reply_finish(struct publish_reply *reply)
{
    struct buf *body = &reply->body;

    if (!reply->refusal.code)
        return;
    buf_clear(body);
    buf_add_text(body, "{\"error\":");
    buf_add_json_string(body, reply->refusal.error, strlen(reply->refusal.error));
    buf_addf(body, ",\"code\":\"%s\"", reply->refusal.code);
    if (reply->refusal.index >= 0)
        buf_addf(body, ",\"index\":%" PRId64, reply->refusal.index);
    if (*reply->refusal.field) {
        buf_add_text(body, ",\"field\":");
        buf_add_json_string(body, reply->refusal.field, strlen(reply->refusal.field));
    }
    buf_add_char(body, '}');
}

void reply_write(const struct publish_reply *reply, bool head, struct buf *out)
{
    response_begin(out, reply->status);
    if (reply->status == 401)
        buf_add_text(out, "WWW-Authenticate: Bearer\r\n");
    if (reply->allow)
        buf_addf(out, "Allow: %s\r\n", reply->allow);
    if (reply->retry_after > 0)
        buf_addf(out, "Retry-After: %" PRId64 "\r\n", reply->retry_after);
    response_end(out, reply->body.len > 0 ? reply->body.data : NULL, head);
}
