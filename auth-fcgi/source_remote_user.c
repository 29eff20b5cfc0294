/*
 * source_remote_user: whoever the web server itself has authenticated, as it says
 * in parameters that are set for this purpose (credentials.h). The end of such a
 * session is not known.
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

static enum session_verdict remote_user_find(struct source *source,
    const struct credentials *credentials, struct session *session, struct reason *why)
{
    (void)source;
    struct session_fields fields = {
        .user_id = credentials->user,
        .email = credentials->user_email,
        .name = credentials->user_name,
        .role = credentials->user_role,
    };
    if (credentials->user)
        return session_fill(session, &fields, why) < 0 ? SESSION_REFUSED : SESSION_FOUND;
    if (credentials->user_ignored)
        reason_set(why,
            "REMOTE_USER names somebody, but nothing shows that the web server has checked who "
            "that is: if it has, let it pass the name in BELFRY_USER (nginx: fastcgi_param "
            "BELFRY_USER $remote_user; beside auth_basic). See remote_user in belfry-auth(8)");
    else
        reason_set(why,
            "the web server names no user: the parameter BELFRY_USER is empty or not passed. See "
            "remote_user in belfry-auth(8)");
    return SESSION_ABSENT;
}

static int remote_user_describe(struct source *source, struct buf *out)
{
    (void)source;
    buf_add_text(out, "  the parameters BELFRY_USER, BELFRY_EMAIL, BELFRY_NAME and BELFRY_ROLE, as "
                      "the web server sets them; under CGI also REMOTE_USER with AUTH_TYPE\n");
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
