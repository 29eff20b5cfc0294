/*
 * remote_user: whoever the web server itself has authenticated. It says so in
 * the parameter REMOTE_USER, which no header of HTTP can set: headers come as
 * HTTP_*. Such a session has no end that we know of.
 */
#include <stdlib.h>

#include "auth-fcgi/source.h"
#include "common/memory.h"

static struct source *remote_user_open(const struct source_context *context, struct reason *why)
{
    (void)context;
    (void)why;
    struct source *source = mem_zalloc(sizeof(*source));
    source->kind = &source_remote_user;
    return source;
}

static enum session_verdict remote_user_find(struct source *source, const struct request *request,
    struct session *session, struct reason *why)
{
    (void)source;
    struct session_fields fields = {
        .user_id = request->remote_user,
        .email = request->remote_email,
        .name = request->remote_name,
        .role = request->remote_role,
    };
    if (!request->remote_user)
        return SESSION_ABSENT;
    return session_fill(session, &fields, why) < 0 ? SESSION_REFUSED : SESSION_FOUND;
}

static int remote_user_describe(struct source *source, struct buf *out)
{
    (void)source;
    buf_add_text(out, "  the FastCGI parameters REMOTE_USER, REMOTE_EMAIL, REMOTE_NAME and "
                      "REMOTE_ROLE, as the web server sets them\n");
    return 0;
}

static void remote_user_close(struct source *source)
{
    free(source);
}

const struct source_kind source_remote_user = {
    .name = "remote_user",
    .open = remote_user_open,
    .find = remote_user_find,
    .describe = remote_user_describe,
    .close = remote_user_close,
};
