#include "auth-fcgi/cookie_secrets.h"

/* Those of tokens passed when they were loaded, so they do here; where there are more than fit, the
 * oldest stay out. */
static void add_those_of_tokens(struct secrets *secrets, const struct secrets *tokens)
{
    for (size_t i = 0; i < tokens->count && secrets->count < SECRETS_MAX; i++)
        (void)secrets_add(secrets, tokens->items[i].octets, tokens->items[i].len, true, NULL);
}

int cookie_secrets_load(struct secrets *secrets, const struct source_context *context,
    const char *variable, struct reason *why)
{
    const struct config *config = context->config;
    bool allow_weak = config->token.allow_weak_secret;
    int result = 0;
    *secrets = (struct secrets){.count = 0};
    if (*config->auth.session_secret_file)
        return secrets_add_file(secrets, config->auth.session_secret_file, allow_weak, why);
    if (variable)
        result = secrets_add_env(secrets, variable, allow_weak, why);
    if (result < 0) {
        secrets_release(secrets);
        return -1;
    }
    add_those_of_tokens(secrets, context->secrets);
    return 0;
}

void cookie_secrets_describe(const struct secrets *secrets, const char *of, struct buf *out)
{
    char described[256];
    buf_addf(
        out, "  cookies of %s: %s\n", of, secrets_describe(secrets, described, sizeof(described)));
}
