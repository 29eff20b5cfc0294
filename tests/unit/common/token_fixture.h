/*
 * token_fixture: secrets, a policy, and tokens with arbitrary contents that are
 * correctly signed, for the tests of common/token.h.
 */
#ifndef BELFRY_TESTS_UNIT_TOKEN_FIXTURE_H
#define BELFRY_TESTS_UNIT_TOKEN_FIXTURE_H

#include <openssl/evp.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/token.h"

#define NOW 1795375140
#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"
#define THIRD "an old secret that is going away, soon"
#define GOOD_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define GOOD_PAYLOAD "{\"sub\":\"u1\",\"iat\":1795375140,\"exp\":1795378740}"

struct fixture {
    struct token_policy policy;
    struct secrets secrets;
    struct token_claims claims;
    struct reason why;
    struct buf token;
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

void add_base64url(struct buf *out, const void *octets, size_t len);
void add_signature(struct buf *token, const EVP_MD *digest, const char *secret);
/* Signs any contents, without checking them. */
void forge_octets(
    struct fixture *fixture, const char *header, const char *payload, size_t payload_len);
void forge(struct fixture *fixture, const char *header, const char *payload);

enum token_verdict verify_text(struct fixture *fixture, const char *token, size_t len);
enum token_verdict verify(struct fixture *fixture);
/* Asserts the verdict on a token that is valid except for that part; its reason has these words, if
 * there are any. */
void assert_payload(
    struct fixture *fixture, const char *payload, enum token_verdict expected, const char *words);
void assert_header(
    struct fixture *fixture, const char *header, enum token_verdict expected, const char *words);

#endif
