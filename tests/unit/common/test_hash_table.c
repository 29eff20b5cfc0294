#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/container_of.h"
#include "common/hash_table.h"

#define CROWD 5000

struct word {
    struct hash_entry entry;
    int seen;
    char text[32];
};

static struct word words[CROWD];

static struct word *word_of(struct hash_entry *entry)
{
    return entry ? container_of(entry, struct word, entry) : NULL;
}

static bool is_word(const struct hash_entry *entry, const void *key, size_t len)
{
    const struct word *word = container_of(entry, const struct word, entry);

    return strlen(word->text) == len && memcmp(word->text, key, len) == 0;
}

static struct word *find(const struct hash_table *table, const char *text)
{
    return word_of(hash_table_find(table, text, strlen(text), is_word));
}

/* Lengths from 1 to 20, so that keys end within, at and behind a whole 8 bytes. */
static void fill(struct hash_table *table)
{
    for (int i = 0; i < CROWD; i++) {
        words[i].seen = 0;
        snprintf(words[i].text, sizeof(words[i].text), "%.*s%d", i % 16, "................", i);
        hash_table_add(table, &words[i].entry, words[i].text, strlen(words[i].text));
    }
}

static void an_empty_one_finds_nothing_and_holds_nothing(void **state)
{
    struct hash_table table = {0};
    struct hash_walk walk = {0};

    (void)state;
    assert_null(find(&table, "a"));
    assert_null(find(&table, ""));
    assert_null(hash_table_next(&table, &walk));
    hash_table_add(&table, &words[0].entry, "", 0);
    hash_table_remove(&table, &words[0].entry);
    assert_null(table.buckets);
}

static void each_is_found_by_its_key_alone(void **state)
{
    struct hash_table table = {0};

    (void)state;
    fill(&table);
    assert_int_equal(table.count, CROWD);
    for (int i = 0; i < CROWD; i++)
        assert_ptr_equal(find(&table, words[i].text), &words[i]);
    assert_null(find(&table, "-1"));
    for (int i = 0; i < CROWD; i += 2)
        hash_table_remove(&table, &words[i].entry);
    for (int i = 0; i < CROWD; i++)
        assert_ptr_equal(find(&table, words[i].text), i % 2 ? &words[i] : NULL);
    for (int i = 1; i < CROWD; i += 2)
        hash_table_remove(&table, &words[i].entry);
    assert_null(table.buckets);
}

static void a_walk_meets_each_once_even_if_it_removes_it(void **state)
{
    struct hash_table table = {0};
    struct hash_walk walk = {0}, again = {0};
    struct word *word;

    (void)state;
    fill(&table);
    while ((word = word_of(hash_table_next(&table, &walk))))
        word->seen++;
    while ((word = word_of(hash_table_next(&table, &again)))) {
        assert_int_equal(word->seen++, 1);
        hash_table_remove(&table, &word->entry);
    }
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(words[i].seen, 2);
    assert_null(table.buckets);
}

/* Pairs of blocks whose differences cancel each other in a hash that multiplies by a known number
 * and folds the upper half into the lower one, whatever it begins with: 2^12 keys of one hash. */
static void nobody_can_choose_keys_that_meet(void **state)
{
    enum { BLOCKS = 12, KEY = BLOCKS * 16 };
    static struct word crowd[1 << BLOCKS];
    struct hash_table table = {0};
    struct hash_walk walk = {0};
    size_t longest = 0, length = 0, bucket = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(crowd) / sizeof(crowd[0]); i++) {
        unsigned char key[KEY] = {0};

        for (size_t block = 0; block < BLOCKS; block++)
            if (i >> block & 1)
                key[block * 16 + 7] = key[block * 16 + 11] = key[block * 16 + 15] = 0x80;
        hash_table_add(&table, &crowd[i].entry, key, sizeof(key));
    }
    while (hash_table_next(&table, &walk)) {
        length = walk.bucket == bucket ? length + 1 : 1;
        bucket = walk.bucket;
        longest = length > longest ? length : longest;
    }
    assert_in_range(longest, 1, 32);
    for (size_t i = 0; i < sizeof(crowd) / sizeof(crowd[0]); i++)
        hash_table_remove(&table, &crowd[i].entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_finds_nothing_and_holds_nothing),
        cmocka_unit_test(each_is_found_by_its_key_alone),
        cmocka_unit_test(a_walk_meets_each_once_even_if_it_removes_it),
        cmocka_unit_test(nobody_can_choose_keys_that_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
