/* Bodies of publishing requests: what is read keeps the limits, what is not is a refusal. */
#include <stdint.h>
#include <stdlib.h>

#include "publish-fcgi/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(enum body_form form, const char *text, size_t len)
{
    struct publish_reply reply;

    reply_init(&reply);
    json_t *objects = body_read(form, text, len, &reply);
    if (!objects == !reply_is_refusal(&reply))
        abort();
    if (objects && (!json_is_array(objects) || json_array_size(objects) > BODY_OBJECTS_MAX))
        abort();
    reply_finish(&reply);
    if (reply.body.overflowed)
        abort();
    json_decref(objects);
    reply_release(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as(BODY_JSON, (const char *)data, size);
    read_as(BODY_LINES, (const char *)data, size);
    return 0;
}
