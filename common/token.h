/*
 * token: the one-hour HS256 JWT that turns a web session into a connection.
 *
 * JWS compact serialisation (RFC 7515, section 3.1) with HS256 (RFC 7518,
 * section 3.2) and the registered claims of RFC 7519. libjwt makes tokens. Every
 * check is made here: alphabet and canonical base64url, size, algorithm, `crit`,
 * signature, claim types, times, issuer, audience. libjwt leaves most of them
 * out, and would parse everything a second time.
 *
 * A token that the web application makes itself, with only `sub`, `iat` and
 * `exp`, works as well as one of ours.
 *
 *     struct token_claims claims;
 *     enum token_verdict verdict =
 *         token_verify(&policy, &secrets, text, len, now, &claims, &why);
 *     …
 *     token_claims_release(&claims);   // whatever the verdict is
 *
 * Times are Unix seconds. `why` is for the log: "signature fits none of 2
 * secrets (1f3a9c, 77b001)"; the client only learns the verdict.
 */
#ifndef BELFRY_COMMON_TOKEN_H
#define BELFRY_COMMON_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"
#include "common/secret.h"
#include "common/token_session.h"

#define TOKEN_MAX_OCTETS 8192
#define TOKEN_MAX_TOPICS 64
#define TOKEN_SUBJECT_MAX 255 /* bytes, as user_id in the queue */

enum token_verdict { TOKEN_OK, TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED };

struct token_policy {
    const char *issuer;   /* NULL: neither set nor required */
    const char *audience; /* the same */
    int64_t lifetime;     /* seconds, when issuing */
    int64_t leeway;       /* how many seconds clocks may differ, when verifying */
};

/* All strings are malloc()ed, and NULL if absent; subject is never NULL after TOKEN_OK. */
struct token_claims {
    char *subject;
    char *email;
    char *name;
    char *role;
    char *session; /* belfry_sid: "<base64url of 16 bytes>.<rowid>", or with the session token,
                      sealed (session_seal.h), instead of the rowid */
    char *session_token; /* what was sealed in it; when issuing, what is to be, if `session` is NULL
                          */
    char *id;            /* jti */
    char **topics;
    size_t topic_count;
    int64_t issued_at; /* -1 if the token has no iat */
    int64_t expires_at;
};

struct config;

struct token_policy token_policy_from(const struct config *config);

/* Signs with the first secret. iat = now; exp = now + lifetime, or session_end if that is earlier
 * (-1: the session has no end); jti is new. Subject, email, name, role, session and topics are
 * taken from `claims`, whose times and id are set to those of the token. The token is appended to
 * `out`. Returns 0, or -1 with the reason. */
int token_issue(const struct token_policy *policy, const struct secrets *secrets,
    struct token_claims *claims, int64_t session_end, int64_t now, struct buf *out,
    struct reason *why);

enum token_verdict token_verify(const struct token_policy *policy, const struct secrets *secrets,
    const char *token, size_t len, int64_t now, struct token_claims *claims, struct reason *why);

void token_claims_init(struct token_claims *claims);
void token_claims_release(struct token_claims *claims);

#endif
