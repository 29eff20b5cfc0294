/*
 * publish_key: the keys that belfry-publish asks for, in the queue's table
 * publish_keys.
 *
 * A key is "belfry_" and 256 random bits in base64url. The table holds only its
 * SHA-256, so whoever reads the queue has no key. It is looked up by that hash:
 * how long this takes tells something about the hash of a guess, and nothing
 * about the key; the hashes are then compared in constant time.
 *
 * Invariants: a key is never logged; what is shown of it is its name and its
 * fingerprint, the first 6 digits of the hash. A revoked key keeps its row and
 * its name, so that a list says when it was revoked.
 */
#ifndef BELFRY_COMMON_PUBLISH_KEY_H
#define BELFRY_COMMON_PUBLISH_KEY_H

#include <sqlite3.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/random.h"
#include "common/reason.h"
#include "common/sql.h"

#define PUBLISH_KEY_PREFIX "belfry_"
/* The size of the text of a key, and of a hash in hexadecimal digits, with NUL. */
#define PUBLISH_KEY_SIZE (sizeof PUBLISH_KEY_PREFIX - 1 + RANDOM_KEY_SIZE)
#define PUBLISH_HASH_SIZE 65
#define PUBLISH_FINGERPRINT_SIZE 7
/* The size of a name and of a prefix of users, with NUL. */
#define PUBLISH_NAME_SIZE 256

enum {
    PUBLISH_MAY_NOTIFICATIONS = 1,
    PUBLISH_MAY_BROADCASTS = 2,
    PUBLISH_MAY_MESSAGES = 4,
    PUBLISH_MAY_READ = 8,
    PUBLISH_MAY_REVOKE = 16,
};

struct publish_key {
    char name[PUBLISH_NAME_SIZE];
    char hash[PUBLISH_HASH_SIZE];
    char fingerprint[PUBLISH_FINGERPRINT_SIZE];
    unsigned rights;               /* PUBLISH_MAY_… */
    char users[PUBLISH_NAME_SIZE]; /* how the ids of its users begin; "": all users */
    int64_t last_used_ms;          /* Unix time; 0: never */
};

/* Reads "notifications,read". Returns 0, or -1 with a reason that lists what is allowed. */
int publish_rights_read(const char *text, unsigned *rights, struct reason *why);
/* Appends the rights as the table holds them. */
void publish_rights_write(unsigned rights, struct buf *out);

/* The SHA-256 of `len` bytes in hexadecimal digits. Returns out. */
char *publish_hash(const void *data, size_t len, char out[PUBLISH_HASH_SIZE]);

/* Makes a key and its row; `users` is NULL for all users. The text goes to `text`, and is nowhere
 * else: wipe it after use. Returns 1, 0 if a key of this name exists, even a revoked one, or -1
 * with the reason. */
int publish_key_create(struct sql *queue, const char *name, unsigned rights, const char *users,
    int64_t now_ms, char text[PUBLISH_KEY_SIZE], struct reason *why);

/* Reads the key from its row: name, hash, rights, users and last_used_at, as text, or NULL. `hash`
 * is that of the text that was shown: it is compared again, in constant time. Returns 1, 0 where it
 * is another one, or -1 with the reason. */
#define PUBLISH_KEY_COLUMNS 5
int publish_key_read(const char *const columns[PUBLISH_KEY_COLUMNS],
    const char hash[PUBLISH_HASH_SIZE], struct publish_key *key, struct reason *why);

/* Refuses the key from now on. Returns 1, 0 if there is none of this name that is still good, or -1
 * with the reason. */
int publish_key_revoke(struct sql *queue, const char *name, int64_t now_ms, struct reason *why);

#endif
