/*
 * hash_table: finds structs by their key, at 16 bytes each: uthash takes 56,
 * which counts where there is one for each connection.
 *
 * A struct embeds an entry, which is in one table at most. The table does not
 * know the keys: `is` compares. Entries have no order. A zeroed table is empty;
 * one that becomes empty frees its memory.
 *
 * Each table hashes with random numbers of its own, so that nobody can choose
 * keys that all meet in one bucket.
 */
#ifndef BELFRY_COMMON_HASH_TABLE_H
#define BELFRY_COMMON_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_entry {
    struct hash_entry *next;
    uint32_t hash;
};

struct hash_table {
    struct hash_entry **buckets;
    size_t size; /* 0, or a power of two */
    size_t count;
    uint64_t secret[2]; /* factors of the hash: odd */
};

typedef bool hash_table_is(const struct hash_entry *entry, const void *key, size_t len);

/* NULL if there is none. */
struct hash_entry *hash_table_find(
    const struct hash_table *table, const void *key, size_t len, hash_table_is *is);
/* No entry may have that key yet. */
void hash_table_add(
    struct hash_table *table, struct hash_entry *entry, const void *key, size_t len);
void hash_table_remove(struct hash_table *table, struct hash_entry *entry);

/* A walk over all entries; it begins zeroed. The entry that was returned last may be removed
 * meanwhile, but no other, and none may be added. */
struct hash_walk {
    size_t bucket;
    struct hash_entry *next;
};
/* NULL at the end. */
struct hash_entry *hash_table_next(const struct hash_table *table, struct hash_walk *walk);

#endif
