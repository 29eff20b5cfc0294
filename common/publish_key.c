#include "common/publish_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/memory.h"

#define SHA256_OCTETS 32

static const struct publish_right {
    const char *word;
    unsigned bit;
} rights_by_word[] = {
    {"notifications", PUBLISH_MAY_NOTIFICATIONS},
    {"broadcasts", PUBLISH_MAY_BROADCASTS},
    {"messages", PUBLISH_MAY_MESSAGES},
    {"read", PUBLISH_MAY_READ},
    {"revoke", PUBLISH_MAY_REVOKE},
};
#define RIGHTS (sizeof rights_by_word / sizeof *rights_by_word)

/* 0 if there is no such right. */
static unsigned right_find(const char *word, size_t len)
{
    for (size_t i = 0; i < RIGHTS; i++)
        if (strlen(rights_by_word[i].word) == len && memcmp(rights_by_word[i].word, word, len) == 0)
            return rights_by_word[i].bit;
    return 0;
}

int publish_rights_read(const char *text, unsigned *rights, struct reason *why)
{
    *rights = 0;
    for (;;) {
        size_t len = strcspn(text, ",");
        unsigned right = right_find(text, len);

        if (right == 0)
            return reason_set(why,
                "\"%.*s\" is no right: it must be some of "
                "notifications,broadcasts,messages,read,revoke",
                len > 64 ? 64 : (int)len, text);
        *rights |= right;
        if (text[len] == '\0')
            return 0;
        text += len + 1;
    }
}

void publish_rights_write(unsigned rights, struct buf *out)
{
    const char *separator = "";

    for (size_t i = 0; i < RIGHTS; i++)
        if (rights & rights_by_word[i].bit) {
            buf_addf(out, "%s%s", separator, rights_by_word[i].word);
            separator = ",";
        }
}

char *publish_hash(const void *data, size_t len, char out[PUBLISH_HASH_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};

    EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < SHA256_OCTETS; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return out;
}

int publish_key_create(struct sql *queue, const char *name, unsigned rights, const char *users,
    int64_t now_ms, char text[PUBLISH_KEY_SIZE], struct reason *why)
{
    static const struct sql_text insert =
        SQL_BOTH("INSERT INTO publish_keys (name, hash, rights, users, created_at) "
                 "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING");
    char random[RANDOM_KEY_SIZE], hash[PUBLISH_HASH_SIZE], created[CLOCK_ISO_SIZE];
    struct buf words;

    buf_init(&words, 128);
    publish_rights_write(rights, &words);
    snprintf(text, PUBLISH_KEY_SIZE, PUBLISH_KEY_PREFIX "%s", random_key(random));
    mem_wipe(random, sizeof random);
    publish_hash(text, strlen(text), hash);
    int made = (int)sql_change(queue, &insert,
        (const char *const[]){name, hash, words.data, users, clock_iso(now_ms, created)}, 5, why);
    buf_release(&words);
    if (made <= 0)
        mem_wipe(text, PUBLISH_KEY_SIZE);
    return made;
}

/* A name or prefix that is too long cannot be in the table; it would be cut, and a shorter prefix
 * covers more users. */
static int copy_text(char out[PUBLISH_NAME_SIZE], const char *text, struct reason *why)
{
    int len = snprintf(out, PUBLISH_NAME_SIZE, "%s", text ? text : "");

    return len < PUBLISH_NAME_SIZE ? 0 : reason_set(why, "publish_keys holds a name too long");
}

int publish_key_read(const char *const columns[PUBLISH_KEY_COLUMNS],
    const char hash[PUBLISH_HASH_SIZE], struct publish_key *key, struct reason *why)
{
    const char *used = columns[4];

    *key = (struct publish_key){0};
    snprintf(key->hash, sizeof key->hash, "%s", columns[1]);
    snprintf(key->fingerprint, sizeof key->fingerprint, "%.6s", key->hash);
    if (!used || clock_parse_iso(used, &key->last_used_ms) < 0)
        key->last_used_ms = 0;
    if (copy_text(key->name, columns[0], why) < 0 || copy_text(key->users, columns[3], why) < 0 ||
        publish_rights_read(columns[2], &key->rights, why) < 0)
        return -1;
    return CRYPTO_memcmp(key->hash, hash, PUBLISH_HASH_SIZE) == 0;
}

int publish_key_revoke(struct sql *queue, const char *name, int64_t now_ms, struct reason *why)
{
    static const struct sql_text update =
        SQL_BOTH("UPDATE publish_keys SET revoked_at = $1 WHERE name = $2 AND revoked_at IS NULL");
    char now[CLOCK_ISO_SIZE];

    return (int)sql_change(
        queue, &update, (const char *const[]){clock_iso(now_ms, now), name}, 2, why);
}
