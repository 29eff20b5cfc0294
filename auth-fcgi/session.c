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
    session_init(session);
}

static char *copy_where_fit(const char *text, size_t max)
{
    size_t len = text ? strlen(text) : 0;

    if (len == 0 || len > max || !text_is_utf8(text, len) || text_has_control(text, len))
        return NULL;
    return mem_strndup(text, len);
}

int session_fill(struct session *session, const struct session_fields *fields, struct reason *why)
{
    if (fields->user_id && *fields->user_id) {
        session->user_id = copy_where_fit(fields->user_id, TOKEN_SUBJECT_MAX);
        if (!session->user_id)
            return reason_set(why,
                "the session's user id is longer than %d octets, or no UTF-8 text, or holds "
                "control characters",
                TOKEN_SUBJECT_MAX);
    }
    session->email = copy_where_fit(fields->email, EMAIL_MAX);
    session->name = copy_where_fit(fields->name, NAME_MAX_OCTETS);
    session->role = copy_where_fit(fields->role, ROLE_MAX);
    return 0;
}
