/*
 * token_session: belfry_sid, the claim by which a token names the session that
 * it was made for.
 */
#ifndef BELFRY_COMMON_TOKEN_SESSION_H
#define BELFRY_COMMON_TOKEN_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A belfry_sid in its parts: the row that a token was made for. */
#define TOKEN_SESSION_OCTETS 16
struct token_session {
    unsigned char
        hash[TOKEN_SESSION_OCTETS]; /* the first bytes of the SHA-256 of the session token */
    int64_t rowid;                  /* 0 if there is none */
    char *token; /* the session token itself, where it is known and wanted; malloc()ed, or NULL */
};

/* Wipes and frees the token. */
void token_session_release(struct token_session *session);

/* The size of a belfry_sid without the rowid, with NUL: base64url of the hash. */
#define TOKEN_SESSION_HASH_SIZE 23

/* The hash of a session token. */
void token_session_digest(
    const char *session_token, size_t len, unsigned char hash[TOKEN_SESSION_OCTETS]);
/* A hash as it is written in belfry_sid. Returns out, which has TOKEN_SESSION_HASH_SIZE bytes. */
char *token_session_spell(const unsigned char hash[TOKEN_SESSION_OCTETS], char *out);
/* The same for a session token. Returns out, which has TOKEN_SESSION_HASH_SIZE bytes. */
char *token_session_hash(const char *session_token, size_t len, char *out);
/* Takes a belfry_sid apart, but does not open what is sealed in it. Returns false if it is NULL or
 * not in one of the forms that a belfry_sid may have. */
bool token_session_parse(const char *sid, struct token_session *session);
/* Reads the hash of a belfry_sid alone, and whether the dot is behind it. */
bool token_session_read_hash(const char *sid, unsigned char hash[TOKEN_SESSION_OCTETS]);

#endif
