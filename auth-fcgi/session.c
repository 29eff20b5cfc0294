#include "auth-fcgi/session.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/text.h"
#include "common/token.h"

#define EMAIL_MAX 320
#define NAME_MAX_OCTETS 1024
#define ROLE_MAX 64

void session_init(struct session *session)
{
    *session = (struct session){.ends_at = SESSION_ENDLESS};
}

void session_release(struct session *session)
{
    free(session->user_id);
    free(session->email);
    free(session->name);
    free(session->role);
    free(session->id);
    mem_wipe(session->token, session->token ? strlen(session->token) : 0);
    free(session->token);
    session_init(session);
}

static char *field_copy(const char *text, size_t max)
{
    size_t len = text ? strlen(text) : 0;

    if (len == 0 || len > max || !text_is_utf8(text, len) || text_has_control(text, len))
        return NULL;
    return mem_strndup(text, len);
}

int session_fill(struct session *session, const struct session_fields *fields, struct reason *why)
{
    if (fields->user_id && *fields->user_id) {
        session->user_id = field_copy(fields->user_id, TOKEN_SUBJECT_MAX);
        if (!session->user_id)
            return reason_set(why,
                "the session's user id is longer than %d bytes, is not UTF-8, or contains control "
                "characters",
                TOKEN_SUBJECT_MAX);
    }
    session->email = field_copy(fields->email, EMAIL_MAX);
    session->name = field_copy(fields->name, NAME_MAX_OCTETS);
    session->role = field_copy(fields->role, ROLE_MAX);
    return 0;
}
