/*
 * token_fixture: secrets and a policy, and tokens as somebody would forge them
 * who has the secret, for the tests of what common/token.h takes and makes.
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
/* Nothing here is checked: the token is signed whatever is in it. */
void forge_octets(
    struct fixture *fixture, const char *header, const char *payload, size_t payload_len);
void forge(struct fixture *fixture, const char *header, const char *payload);

enum token_verdict verify_text(struct fixture *fixture, const char *token, size_t len);
enum token_verdict verify(struct fixture *fixture);
/* The verdict upon a good token but for that part; its reason holds the words, where any are given.
 */
void assert_payload(
    struct fixture *fixture, const char *payload, enum token_verdict expected, const char *words);
void assert_header(
    struct fixture *fixture, const char *header, enum token_verdict expected, const char *words);

#endif
