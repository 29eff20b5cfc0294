#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/json.h"
#include "common/memory.h"
#include "common/session_seal.h"
#include "common/text.h"
#include "common/token.h"

#define SIGNATURE_OCTETS 32
/* The end of the year 9999. A larger number must be in milliseconds. */
#define LAST_SECOND 253402300799

enum part { HEADER, PAYLOAD, SIGNATURE, PARTS };

/* One part, decoded; it may hold anything. */
struct octets {
    char data[BASE64URL_OCTETS(TOKEN_MAX_OCTETS)];
    size_t len;
};

static const char *const part_names[] = {"header", "payload", "signature"};

/* RFC 7515, section 7.1: three parts separated by dots, each in the only base64url text for its
 * bytes. */
static int decode_parts(
    const char *token, size_t len, struct octets parts[PARTS], struct reason *why)
{
    const char *end = token + len;

    for (size_t i = 0; i < PARTS; i++) {
        const char *dot = memchr(token, '.', (size_t)(end - token));
        const char *stop = dot ? dot : end;
        if ((dot != NULL) != (i + 1 < PARTS))
            return reason_set(why, "it does not have the three parts of a JWT");
        if (!base64url_decode(token, (size_t)(stop - token), parts[i].data, &parts[i].len) ||
            parts[i].len == 0)
            return reason_set(why, "its %s is not base64url", part_names[i]);
        token = dot ? dot + 1 : end;
    }
    if (parts[SIGNATURE].len != SIGNATURE_OCTETS)
        return reason_set(why, "its signature is not that of HS256: %zu bytes instead of %d",
            parts[SIGNATURE].len, SIGNATURE_OCTETS);
    return 0;
}

/* A new reference to an object, or NULL with the reason. */
static json_t *read_object(const struct octets *part, const char *name, struct reason *why)
{
    json_t *object = json_read_strict(part->data, part->len, why);

    if (object && !json_is_object(object)) {
        json_decref(object);
        object = NULL;
        reason_set(why, "not a JSON object");
    }
    if (!object)
        reason_prefix(why, "its %s: ", name);
    return object;
}

static int check_header(const json_t *header, struct reason *why)
{
    /* Members that change how the rest is to be read (RFC 7515, section 4.1.11; RFC 7797; RFC 7516,
     * section 4.1.3). Members that name a key (kid, jku, x5u, jwk …) can be ignored: the keys are
     * known. */
    static const char *const refused[] = {"crit", "b64", "zip"};
    const json_t *type = json_object_get(header, "typ");
    const char *algorithm = json_text(header, "alg");

    if (!algorithm || strcmp(algorithm, "HS256") != 0)
        return reason_set(why, "its alg is %s, not HS256", algorithm ? algorithm : "missing");
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (json_object_get(header, refused[i]))
            return reason_set(why, "its header has %s, which is not supported", refused[i]);
    if (type && (!json_text(header, "typ") || strcasecmp(json_text(header, "typ"), "JWT") != 0))
        return reason_set(why, "its typ is not JWT");
    return 0;
}

/* RFC 7518, section 3.2. With an empty key anybody could sign. */
static bool signature_fits(
    const char *token, size_t len, const struct octets *signature, const struct secret *secret)
{
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned made_len = 0;

    return secret->len > 0 &&
           HMAC(EVP_sha256(), secret->octets, (int)secret->len, (const unsigned char *)token, len,
               made, &made_len) != NULL &&
           made_len == signature->len && CRYPTO_memcmp(made, signature->data, signature->len) == 0;
}

/* What is signed is the text up to the last dot. */
static int check_signature(const struct secrets *secrets, const char *token, size_t len,
    const struct octets *signature, struct reason *why)
{
    const char *dot = memrchr(token, '.', len);
    char known[SECRETS_MAX * (SECRET_FINGERPRINT_SIZE + 2) + 16];
    bool fits = false;

    for (size_t i = 0; i < secrets->count && !fits; i++)
        fits = signature_fits(token, (size_t)(dot - token), signature, &secrets->items[i]);
    if (fits)
        return 0;
    return reason_set(why,
        "its signature fits none of %s: whoever signs needs the same AUTH_SECRET",
        secrets_describe(secrets, known, sizeof(known)));
}

/* Text without NUL; NULL if the claim is absent or null. */
static int take_text(const json_t *payload, const char *claim, char **text, struct reason *why)
{
    const json_t *value = json_object_get(payload, claim);

    *text = NULL;
    if (!value || json_is_null(value))
        return 0;
    if (!json_text(payload, claim))
        return reason_set(why, "its %s is not a plain string", claim);
    *text = mem_strdup(json_text(payload, claim));
    return 0;
}

static int take_texts(const json_t *payload, struct token_claims *claims, struct reason *why)
{
    const struct {
        const char *claim;
        char **text;
    } texts[] = {
        {"sub", &claims->subject},
        {"email", &claims->email},
        {"name", &claims->name},
        {"role", &claims->role},
        {"belfry_sid", &claims->session},
        {"jti", &claims->id},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (take_text(payload, texts[i].claim, texts[i].text, why) < 0)
            return -1;
    return 0;
}

static int check_subject(const char *subject, struct reason *why)
{
    size_t len = subject ? strlen(subject) : 0;

    if (len == 0)
        return reason_set(why, "it has no sub");
    if (len > TOKEN_SUBJECT_MAX)
        return reason_set(why, "its sub is longer than %d bytes", TOKEN_SUBJECT_MAX);
    if (text_has_control(subject, len))
        return reason_set(why, "its sub has control characters");
    return 0;
}

static int take_topics(const json_t *payload, struct token_claims *claims, struct reason *why)
{
    const json_t *topics = json_object_get(payload, "topics");
    size_t count = json_array_size(topics);

    if (!topics || json_is_null(topics))
        return 0;
    if (!json_is_array(topics) || count > TOKEN_MAX_TOPICS)
        return reason_set(why, "its topics are not a list of at most %d", TOKEN_MAX_TOPICS);
    claims->topics = mem_array(count, sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        const json_t *topic = json_array_get(topics, i);
        const char *text = json_string_value(topic);
        size_t len = json_string_length(topic);
        if (!text || len == 0 || text_has_control(text, len))
            return reason_set(why, "number %zu of its topics is not a plain string", i + 1);
        claims->topics[claims->topic_count++] = mem_strdup(text);
    }
    return 0;
}

/* Unix seconds; *time is left alone if the claim is absent. */
static int take_time(const json_t *payload, const char *claim, int64_t *time, struct reason *why)
{
    const json_t *value = json_object_get(payload, claim);

    if (!value)
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return reason_set(why, "its %s is not a whole number of seconds", claim);
    if (json_integer_value(value) > LAST_SECOND)
        return reason_set(why, "its %s is after the year 9999: are these milliseconds?", claim);
    *time = json_integer_value(value);
    return 0;
}

/* Whether `claim` is `wanted` or, if lists are allowed, a list that contains it (RFC 7519, section
 * 4.1.3). */
static bool names(const json_t *payload, const char *claim, const char *wanted, bool list)
{
    const json_t *value = json_object_get(payload, claim);
    size_t count = list ? json_array_size(value) : 0;
    size_t len = strlen(wanted);
    bool found = false;

    for (size_t i = 0; i <= count && !found; i++) {
        const json_t *one = i == count ? value : json_array_get(value, i);
        found = json_is_string(one) && json_string_length(one) == len &&
                memcmp(json_string_value(one), wanted, len) == 0;
    }
    return found;
}

static int check_parties(
    const struct token_policy *policy, const json_t *payload, struct reason *why)
{
    if (policy->issuer && !names(payload, "iss", policy->issuer, false))
        return reason_set(why, "its iss is not \"%s\", the issuer of [token]", policy->issuer);
    if (policy->audience && !names(payload, "aud", policy->audience, true))
        return reason_set(why, "its aud is not \"%s\", the audience of [token]", policy->audience);
    return 0;
}

static enum token_verdict check_times(const struct token_policy *policy, const json_t *payload,
    int64_t now, struct token_claims *claims, struct reason *why)
{
    int64_t not_before = 0;

    claims->expires_at = -1;
    if (take_time(payload, "exp", &claims->expires_at, why) < 0 ||
        take_time(payload, "iat", &claims->issued_at, why) < 0 ||
        take_time(payload, "nbf", &not_before, why) < 0)
        return TOKEN_INVALID;
    if (claims->expires_at < 0) {
        reason_set(why, "it has no exp");
        return TOKEN_INVALID;
    }
    if (claims->issued_at > now + policy->leeway || not_before > now + policy->leeway) {
        int64_t start = claims->issued_at > not_before ? claims->issued_at : not_before;

        reason_set(why, "it begins in %lld s (iat or nbf): do the clocks differ?",
            (long long)(start - now));
        return TOKEN_INVALID;
    }
    if (now >= claims->expires_at + policy->leeway) {
        reason_set(why, "it expired %lld s ago, and %lld s are allowed",
            (long long)(now - claims->expires_at), (long long)policy->leeway);
        return TOKEN_EXPIRED;
    }
    return TOKEN_OK;
}

/* Times come last, so that a token is only called expired if everything else about it is right. */
static enum token_verdict read_claims(const struct token_policy *policy, const json_t *payload,
    int64_t now, struct token_claims *claims, struct reason *why)
{
    if (take_texts(payload, claims, why) < 0 || check_subject(claims->subject, why) < 0 ||
        take_topics(payload, claims, why) < 0 || check_parties(policy, payload, why) < 0)
        return TOKEN_INVALID;
    return check_times(policy, payload, now, claims, why);
}

/* Nothing in the payload counts before the signature is verified. */
static enum token_verdict verify_parts(const struct token_policy *policy,
    const struct secrets *secrets, const char *token, size_t len, int64_t now,
    struct token_claims *claims, struct reason *why)
{
    struct octets parts[PARTS];
    enum token_verdict verdict = TOKEN_INVALID;
    json_t *header = NULL;
    json_t *payload = NULL;

    if (decode_parts(token, len, parts, why) < 0)
        return TOKEN_INVALID;
    header = read_object(&parts[HEADER], part_names[HEADER], why);
    if (header && check_header(header, why) == 0)
        payload = read_object(&parts[PAYLOAD], part_names[PAYLOAD], why);
    if (payload && check_signature(secrets, token, len, &parts[SIGNATURE], why) == 0)
        verdict = read_claims(policy, payload, now, claims, why);
    json_decref(payload);
    json_decref(header);
    return verdict;
}

/* The session token in a belfry_sid, or NULL: its secret is that of the signature, whichever of
 * them that is. */
static char *open_seal(const struct secrets *secrets, const char *sid)
{
    char *token = NULL;

    for (size_t i = 0; i < secrets->count && !token; i++)
        token = session_unseal(&secrets->items[i], sid);
    return token;
}

enum token_verdict token_verify(const struct token_policy *policy, const struct secrets *secrets,
    const char *token, size_t len, int64_t now, struct token_claims *claims, struct reason *why)
{
    enum token_verdict verdict;

    token_claims_init(claims);
    if (len == 0) {
        reason_set(why, "there is no token");
        return TOKEN_MISSING;
    }
    if (len > TOKEN_MAX_OCTETS) {
        reason_set(why, "it has %zu bytes, more than %d", len, TOKEN_MAX_OCTETS);
        return TOKEN_INVALID;
    }
    verdict = verify_parts(policy, secrets, token, len, now, claims, why);
    if (verdict != TOKEN_OK)
        token_claims_release(claims);
    else if (claims->session)
        claims->session_token = open_seal(secrets, claims->session);
    return verdict;
}
