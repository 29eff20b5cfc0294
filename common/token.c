#include "common/token.h"

#include <jansson.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "common/memory.h"
#include "common/random.h"
#include "common/session_seal.h"
#include "common/text.h"

struct token_policy token_policy_from(const struct config *config)
{
    const char *issuer = config->token.issuer;
    const char *audience = config->token.audience;

    return (struct token_policy){
        .issuer = *issuer ? issuer : NULL,
        .audience = *audience ? audience : NULL,
        .lifetime = config->token.lifetime / 1000,
        .leeway = config->token.leeway / 1000,
    };
}

void token_claims_init(struct token_claims *claims)
{
    *claims = (struct token_claims){.issued_at = -1};
}

/* Of a text that acts as a password. */
static void wipe_and_free(char *text)
{
    mem_wipe(text, text ? strlen(text) : 0);
    free(text);
}

void token_claims_release(struct token_claims *claims)
{
    free(claims->subject);
    free(claims->email);
    free(claims->name);
    free(claims->role);
    free(claims->session);
    wipe_and_free(claims->session_token);
    free(claims->id);
    for (size_t i = 0; i < claims->topic_count; i++)
        free(claims->topics[i]);
    free(claims->topics);
    token_claims_init(claims);
}

static int set_times(const struct token_policy *policy, struct token_claims *claims,
    int64_t session_end, int64_t now, struct reason *why)
{
    int64_t end = now + policy->lifetime;

    if (session_end >= 0 && session_end <= now)
        return reason_set(why, "the session ended %lld s ago", (long long)(now - session_end));
    claims->issued_at = now;
    claims->expires_at = session_end >= 0 && session_end < end ? session_end : end;
    return 0;
}

static int check_issuable(
    const struct secrets *secrets, const struct token_claims *claims, struct reason *why)
{
    size_t len = claims->subject ? strlen(claims->subject) : 0;

    if (secrets->count == 0)
        return reason_set(why, "there is no secret to sign with");
    if (len == 0)
        return reason_set(why, "the session names no user, so the token would have no sub");
    if (len > TOKEN_SUBJECT_MAX)
        return reason_set(why, "the user's id is longer than %d bytes", TOKEN_SUBJECT_MAX);
    if (!text_is_utf8(claims->subject, len) || text_has_control(claims->subject, len))
        return reason_set(why, "the user's id is not plain text");
    if (claims->topic_count > TOKEN_MAX_TOPICS)
        return reason_set(why, "a token has at most %d topics", TOKEN_MAX_TOPICS);
    return 0;
}

/* A claim without a value is left out. */
static int add_text(jwt_t *jwt, const char *claim, const char *text, struct reason *why)
{
    if (text && jwt_add_grant(jwt, claim, text) != 0)
        return reason_set(why, "%s is not UTF-8", claim);
    return 0;
}

static int add_topics(jwt_t *jwt, const struct token_claims *claims, struct reason *why)
{
    json_t *topics = json_array();
    json_t *grants = json_pack("{s:o}", "topics", topics);
    char *text = NULL;
    int status = 0;

    for (size_t i = 0; i < claims->topic_count && status == 0; i++)
        if (json_array_append_new(topics, json_string(claims->topics[i])) < 0)
            status = reason_set(why, "topic %zu is not UTF-8", i + 1);
    if (status == 0)
        text = json_dumps(grants, JSON_COMPACT);
    if (text && jwt_add_grants_json(jwt, text) != 0)
        status = reason_set(why, "libjwt refuses the topics");
    free(text);
    json_decref(grants);
    return status;
}

static int fill(jwt_t *jwt, const struct token_policy *policy, const struct token_claims *claims,
    struct reason *why)
{
    const struct {
        const char *claim, *text;
    } texts[] = {
        {"sub", claims->subject},
        {"email", claims->email},
        {"name", claims->name},
        {"role", claims->role},
        {"jti", claims->id},
        {"belfry_sid", claims->session},
        {"iss", policy->issuer},
        {"aud", policy->audience},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (add_text(jwt, texts[i].claim, texts[i].text, why) < 0)
            return -1;
    if (jwt_add_grant_int(jwt, "iat", claims->issued_at) != 0 ||
        jwt_add_grant_int(jwt, "exp", claims->expires_at) != 0)
        return reason_set(why, "libjwt refuses the times");
    return claims->topic_count > 0 ? add_topics(jwt, claims, why) : 0;
}

static int sign(jwt_t *jwt, const struct secret *secret, struct buf *out, struct reason *why)
{
    char *token = NULL;
    int status = 0;

    if (jwt_set_alg(jwt, JWT_ALG_HS256, secret->octets, (int)secret->len) == 0)
        token = jwt_encode_str(jwt);
    if (!token)
        status = reason_set(why, "libjwt cannot sign");
    else if (strlen(token) > TOKEN_MAX_OCTETS)
        status = reason_set(why,
            "the token is longer than %d bytes: its name, e-mail or topics "
            "are too much",
            TOKEN_MAX_OCTETS);
    else
        buf_add_text(out, token);
    if (out->overflowed)
        status = reason_set(why, "there is no room for the token");
    free(token);
    return status;
}

int token_issue(const struct token_policy *policy, const struct secrets *secrets,
    struct token_claims *claims, int64_t session_end, int64_t now, struct buf *out,
    struct reason *why)
{
    jwt_t *jwt = NULL;
    int status;

    if (secrets->count > 0 && !claims->session && claims->session_token)
        claims->session = session_seal(&secrets->items[0], claims->session_token);
    if (check_issuable(secrets, claims, why) < 0 ||
        set_times(policy, claims, session_end, now, why) < 0)
        return -1;
    free(claims->id);
    claims->id = random_name(mem_alloc(RANDOM_NAME_SIZE));
    if (jwt_new(&jwt) != 0)
        return reason_set(why, "libjwt has no memory");
    status = fill(jwt, policy, claims, why);
    if (status == 0)
        status = sign(jwt, &secrets->items[0], out, why);
    jwt_free(jwt);
    return status;
}
