#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "bench/load/token_maker.h"
#include "common/base64url.h"

enum { LIFETIME = 4 * 3600, SIGNATURE_SIZE = 32 };

/* {"alg":"HS256","typ":"JWT"} */
static const char header[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";

int token_maker_init(struct token_maker *maker, const char *file, struct reason *why)
{
    *maker = (struct token_maker){0};
    return file ? secrets_add_file(&maker->secrets, file, true, why) : 0;
}

void token_maker_release(struct token_maker *maker)
{
    secrets_release(&maker->secrets);
}

const char *token_make(struct token_maker *maker, const char *user)
{
    const struct secret *secret = &maker->secrets.items[0];
    unsigned char signature[SIGNATURE_SIZE];
    char claims[192];
    int64_t now = (int64_t)time(NULL);
    size_t len = sizeof(header) - 1;

    if (maker->secrets.count == 0)
        return "";
    snprintf(claims, sizeof(claims), "{\"sub\":\"%s\",\"iat\":%" PRId64 ",\"exp\":%" PRId64 "}",
        user, now, now + LIFETIME);
    memcpy(maker->text, header, len);
    base64url_encode(claims, strlen(claims), maker->text + len);
    len += BASE64URL_LENGTH(strlen(claims));
    HMAC(EVP_sha256(), secret->octets, (int)secret->len, (const unsigned char *)maker->text, len,
        signature, NULL);
    maker->text[len++] = '.';
    base64url_encode(signature, sizeof(signature), maker->text + len);
    return maker->text;
}
