/* Any plain message is parsed as one of the four kinds, and has the members of its kind. */
#include <stdint.h>
#include <stdlib.h>

#include "gateway/framing/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message message;
    struct reason why = {""};
    enum message_kind kind = message_read((const char *)data, size, &message, &why);

    if (!message.root && kind != MESSAGE_BREACH && kind != MESSAGE_UNUSABLE)
        abort();
    if (kind == MESSAGE_EVENT && (!message.name || message.id < MESSAGE_NO_ID))
        abort();
    if ((kind == MESSAGE_BREACH || kind == MESSAGE_UNUSABLE) && !*why.text)
        abort();
    message_release(&message);
    return 0;
}
