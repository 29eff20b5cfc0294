#include "common/hash_table.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/random.h"

#define FIRST_SIZE 16

/* A product carries a difference only upwards: the other one begins with the bytes reversed. What
 * becomes of it depends on the secret factors. */
static uint64_t hash_mix(const struct hash_table *table, uint64_t hash)
{
    return hash * table->secret[0] ^ __builtin_bswap64(hash) * table->secret[1];
}

static uint32_t hash_of(const struct hash_table *table, const void *key, size_t len)
{
    const char *at = key;
    uint64_t hash = hash_mix(table, len), word;

    for (; len > sizeof(word); len -= sizeof(word), at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        hash = hash_mix(table, hash ^ word);
    }
    word = 0;
    memcpy(&word, at, len);
    return (uint32_t)(hash_mix(table, hash_mix(table, hash ^ word)) >> 32);
}

static struct hash_entry **bucket_of(const struct hash_table *table, uint32_t hash)
{
    return &table->buckets[hash & (table->size - 1)];
}

struct hash_entry *hash_table_find(
    const struct hash_table *table, const void *key, size_t len, hash_table_is *is)
{
    uint32_t hash = hash_of(table, key, len);
    struct hash_entry *entry = table->size > 0 ? *bucket_of(table, hash) : NULL;

    while (entry && (entry->hash != hash || !is(entry, key, len)))
        entry = entry->next;
    return entry;
}

static void bucket_put(struct hash_table *table, struct hash_entry *entry)
{
    struct hash_entry **bucket = bucket_of(table, entry->hash);

    entry->next = *bucket;
    *bucket = entry;
}

static void table_grow(struct hash_table *table)
{
    struct hash_table grown = *table;

    grown.size = table->size ? table->size * 2 : FIRST_SIZE;
    grown.buckets = mem_zalloc(grown.size * sizeof(*grown.buckets));
    for (size_t i = 0; i < table->size; i++) {
        while (table->buckets[i]) {
            struct hash_entry *entry = table->buckets[i];

            table->buckets[i] = entry->next;
            bucket_put(&grown, entry);
        }
    }
    free(table->buckets);
    *table = grown;
}

static void choose_secret(struct hash_table *table)
{
    random_octets(table->secret, sizeof(table->secret));
    table->secret[0] |= 1;
    table->secret[1] |= 1;
}

void hash_table_add(struct hash_table *table, struct hash_entry *entry, const void *key, size_t len)
{
    if (table->size == 0)
        choose_secret(table);
    if (table->count == table->size)
        table_grow(table);
    entry->hash = hash_of(table, key, len);
    bucket_put(table, entry);
    table->count++;
}

void hash_table_remove(struct hash_table *table, struct hash_entry *entry)
{
    struct hash_entry **link = bucket_of(table, entry->hash);

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    if (--table->count > 0)
        return;
    free(table->buckets);
    *table = (struct hash_table){0};
}

struct hash_entry *hash_table_next(const struct hash_table *table, struct hash_walk *walk)
{
    struct hash_entry *entry = walk->next;

    while (!entry && walk->bucket < table->size)
        entry = table->buckets[walk->bucket++];
    walk->next = entry ? entry->next : NULL;
    return entry;
}
