/*
 * remote_user: whoever the web server itself has authenticated. It says so in
 * the parameter REMOTE_USER, which no header of HTTP can set: headers come as
 * HTTP_*. Such a session has no end that we know of.
 *
 * But for one: nginx' $remote_user, which its own fastcgi_params passes as
 * REMOTE_USER, is the name that an "Authorization: Basic" header claims,
 * whether anybody looked at the password or not. Web servers that did look say
 * so in AUTH_TYPE; without it, a name that is just the claimed one does not
 * count.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/source.h"
#include "common/memory.h"

#define CREDENTIALS_MAX 1024

static struct source *remote_user_open(const struct source_context *context, struct reason *why)
{
    (void)context;
    (void)why;
    struct source *source = mem_zalloc(sizeof(*source));
    source->kind = &source_remote_user;
    return source;
}

/* Whether REMOTE_USER is what Authorization claims (RFC 7617, section 2). What cannot be read
 * counts as if it were. */
static bool is_just_claimed(const struct request *request)
{
    char text[CREDENTIALS_MAX + 4];
    size_t len = request->basic ? strcspn(request->basic, " ") : 0;
    if (!request->basic || request->auth_type)
        return false;
    if (len > CREDENTIALS_MAX || len % 4 != 0)
        return true;
    int octets =
        EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)request->basic, (int)len);
    if (octets < 0)
        return true;
    text[octets] = '\0';
    size_t name = strcspn(text, ":");
    return strlen(request->remote_user) == name && memcmp(request->remote_user, text, name) == 0;
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
    if (is_just_claimed(request)) {
        reason_set(why,
            "REMOTE_USER is the name in an Authorization header, and no AUTH_TYPE says that its "
            "password was checked; where auth_basic of nginx does, set fastcgi_param AUTH_TYPE "
            "Basic");
        return SESSION_REFUSED;
    }
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
