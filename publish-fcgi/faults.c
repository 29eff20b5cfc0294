#include "publish-fcgi/faults.h"

static const char *const codes[] = {
    [PUBLICATION_NOT_OBJECT] = "not_an_object",
    [PUBLICATION_UNKNOWN_FIELD] = "unknown_field",
    [PUBLICATION_CONTRADICTION] = "contradiction",
    [PUBLICATION_MISSING] = "missing",
    [PUBLICATION_NOT_TEXT] = "not_text",
    [PUBLICATION_LENGTH] = "bad_length",
    [PUBLICATION_NOT_JSON] = "bad_json",
    [PUBLICATION_NOT_TIME] = "bad_time",
    [PUBLICATION_NOT_ALLOWED] = "bad_value",
    [PUBLICATION_RESERVED] = "reserved",
    [PUBLICATION_REFUSED] = "refused",
};

void fault_refuse(struct publish_reply *reply, int64_t index, const struct publication_error *error)
{
    reply_refuse(
        reply, 400, codes[error->fault], "Object %lld: %s", (long long)index, error->why.text);
    reply_blame(reply, index, error->field);
}
