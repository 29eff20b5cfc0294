#include "gateway/framing/event_id.h"

#include <string.h>

#include "common/base64url.h"

#define SID_LENGTH (RANDOM_NAME_SIZE - 1)
#define SEALED_LENGTH BASE64URL_LENGTH(SEAL_MARK_SIZE)

void event_id_write(
    struct seal *seal, const char *sid, uint64_t session, uint32_t number, struct buf *out)
{
    unsigned char sealed[SEAL_MARK_SIZE];
    char text[SEALED_LENGTH + 1];

    seal_mark(seal, session, number, sealed);
    buf_addf(out, "%s.%s", sid, base64url_encode(sealed, sizeof(sealed), text));
}

bool event_id_read(const char *text, struct event_id *id)
{
    size_t count;

    /* BASE64URL_OCTETS(SEALED_LENGTH) is SEAL_MARK_SIZE: it fits. */
    if (strlen(text) != SID_LENGTH + 1 + SEALED_LENGTH || text[SID_LENGTH] != '.' ||
        !base64url_decode(text + SID_LENGTH + 1, SEALED_LENGTH, id->sealed, &count))
        return false;
    memcpy(id->sid, text, SID_LENGTH);
    id->sid[SID_LENGTH] = '\0';
    return true;
}

bool event_id_open(const struct event_id *id, struct seal *seal, uint64_t session, uint32_t *number)
{
    return seal_open_mark(seal, session, id->sealed, sizeof(id->sealed), number);
}
