#include "auth-fcgi/cookie_secrets.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

/* Cannot fail, since they were checked when they were loaded for tokens. */
static void add_token_secrets(struct secrets *secrets, const struct secrets *tokens)
{
    for (size_t i = 0; i < tokens->count; i++)
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
    if (result == 0)
        add_token_secrets(secrets, context->secrets);
    return 0;
}

/* Whether both make the same signatures. Different secrets can: HMAC (RFC 2104) pads a key with
 * zeros, and uses the digest of a long one. */
static bool are_one_key(const struct secret *one, const struct secret *other)
{
    unsigned char these[EVP_MAX_MD_SIZE] = {0}, those[EVP_MAX_MD_SIZE] = {0};
    unsigned size = 0;
    const unsigned char text[] = "which key is this?";

    HMAC(EVP_sha256(), one->octets, (int)one->len, text, sizeof(text), these, &size);
    HMAC(EVP_sha256(), other->octets, (int)other->len, text, sizeof(text), those, &size);
    return memcmp(these, those, sizeof(these)) == 0;
}

/* Returns a secret that both have, or NULL. */
static const struct secret *secret_of_both(const struct secrets *these, const struct secrets *those)
{
    for (size_t i = 0; i < these->count; i++)
        for (size_t j = 0; j < those->count; j++) {
            const struct secret *one = &these->items[i];
            const struct secret *other = &those->items[j];
            if (are_one_key(one, other))
                return one;
        }
    return NULL;
}

int cookie_secrets_load_signing(struct secrets *secrets, const struct source_context *context,
    const char *variable, struct reason *why)
{
    if (cookie_secrets_load(secrets, context, variable, why) < 0)
        return -1;
    const struct secret *both = secret_of_both(secrets, context->secrets);
    if (!both)
        return 0;
    reason_set(why,
        "the secret that signs cookies (%s) signs tokens, too, so if somebody could choose the "
        "text of a cookie, it would be a valid token. Give tokens a secret of their own "
        "(secret_file under [token]), and put the one of the cookies into session_secret_file "
        "under [auth]%s%s",
        both->fingerprint, variable ? " or into " : "", variable ? variable : "");
    secrets_release(secrets);
    return -1;
}

void cookie_secrets_describe(const struct secrets *secrets, const char *of, struct buf *out)
{
    char described[256];

    buf_addf(
        out, "  cookies of %s: %s\n", of, secrets_describe(secrets, described, sizeof(described)));
}
