#include "common/token_session.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/memory.h"

/* Characters of the longest rowid; a sealed token has more. */
#define SPELLED_ROWID_MAX 20
/* … and at most this many, as any token. */
#define SEALED_MAX 8192

void token_session_release(struct token_session *session)
{
    mem_wipe(session->token, session->token ? strlen(session->token) : 0);
    free(session->token);
    session->token = NULL;
}

void token_session_digest(
    const char *session_token, size_t len, unsigned char hash[TOKEN_SESSION_OCTETS])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};

    EVP_Digest(session_token, len, digest, NULL, EVP_sha256(), NULL);
    memcpy(hash, digest, TOKEN_SESSION_OCTETS);
}

char *token_session_spell(const unsigned char hash[TOKEN_SESSION_OCTETS], char *out)
{
    return base64url_encode(hash, TOKEN_SESSION_OCTETS, out);
}

char *token_session_hash(const char *session_token, size_t len, char *out)
{
    unsigned char hash[TOKEN_SESSION_OCTETS];

    token_session_digest(session_token, len, hash);
    return token_session_spell(hash, out);
}

bool token_session_read_hash(const char *sid, unsigned char hash[TOKEN_SESSION_OCTETS])
{
    size_t len = TOKEN_SESSION_HASH_SIZE - 1;
    size_t octets;

    return strnlen(sid, len) == len && base64url_decode(sid, len, hash, &octets) && sid[len] == '.';
}

static bool is_sealed(const char *text)
{
    size_t len = strlen(text), octets;
    unsigned char sealed[BASE64URL_OCTETS(SEALED_MAX)];

    return len > SPELLED_ROWID_MAX && len <= SEALED_MAX &&
           base64url_decode(text, len, sealed, &octets);
}

bool token_session_parse(const char *sid, struct token_session *session)
{
    const char *rowid;
    char spelled[SPELLED_ROWID_MAX + 4];

    *session = (struct token_session){.rowid = 0};
    if (!sid || !token_session_read_hash(sid, session->hash))
        return false;
    rowid = sid + TOKEN_SESSION_HASH_SIZE;
    if (is_sealed(rowid))
        return true;
    session->rowid = strtoll(rowid, NULL, 10);
    snprintf(spelled, sizeof(spelled), "%" PRId64, session->rowid);
    return strcmp(spelled, rowid) == 0;
}
