#include "gateway/store/member_changes.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/json.h"
#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/member_verbs.h"

#define BATCH 256
/* Two names with every byte escaped. */
#define KEY_MAX 4096

/* The key is the conversation and the user, each with its NUL. */
struct member_change {
    UT_hash_handle hh;
    TAILQ_ENTRY(member_change) entry;
    size_t user; /* offset in the key */
    char key[];
};

void member_changes_init(struct member_changes *changes)
{
    changes->by_key = NULL;
    TAILQ_INIT(&changes->in_order);
    followed_init(&changes->users);
}

static void change_drop(struct member_changes *changes, struct member_change *change)
{
    TAILQ_REMOVE(&changes->in_order, change, entry);
    HASH_DELETE(hh, changes->by_key, change);
    free(change);
}

void member_changes_forget(struct member_changes *changes)
{
    struct member_change *change, *next;

    HASH_ITER (hh, changes->by_key, change, next)
        change_drop(changes, change);
}

void member_changes_release(struct member_changes *changes)
{
    member_changes_forget(changes);
    followed_release(&changes->users);
}

bool member_changes_have_room(const struct member_changes *changes)
{
    return HASH_COUNT(changes->by_key) < MEMBER_CHANGES_MAX;
}

static void change_add(struct member_changes *changes, const char *conversation, const char *user)
{
    size_t first = strlen(conversation) + 1;
    size_t second = strlen(user) + 1;
    struct member_change *change = mem_zalloc(sizeof(*change) + first + second);
    struct member_change *noted;

    memcpy(change->key, conversation, first);
    memcpy(change->key + first, user, second);
    change->user = first;
    HASH_FIND(hh, changes->by_key, change->key, first + second, noted);
    if (noted) {
        free(change);
        return;
    }
    HASH_ADD_KEYPTR(hh, changes->by_key, change->key, first + second, change);
    TAILQ_INSERT_TAIL(&changes->in_order, change, entry);
}

/* Splits a key without escapes, as most are, into its two names, so that an import of thousands of
 * rows that concern nobody needs no JSON parser. NULL if it has escapes. */
static const char *split_plain(char *key, size_t len)
{
    char *middle = memchr(key, '\\', len) ? NULL : strstr(key, "\",\"");

    if (!middle || len < 7 || memcmp(key, "[\"", 2) != 0 || memcmp(key + len - 2, "\"]", 2) != 0)
        return NULL;
    *middle = '\0';
    key[len - 2] = '\0';
    return middle + 3;
}

/* A string without NUL, or NULL. */
static const char *array_text(const json_t *array, size_t index)
{
    const json_t *text = json_array_get(array, index);
    const char *value = json_string_value(text);

    return value && strlen(value) == json_string_length(text) ? value : NULL;
}

/* A key that cannot be parsed cannot name a connected user. */
void member_changes_note(struct member_changes *changes, const struct followed *joined,
    const struct watch *watch, const char *key, size_t len)
{
    char copy[KEY_MAX + 1];
    const char *conversation = copy + 2;
    const char *user;
    json_t *array = NULL;
    struct reason why;

    if (len > KEY_MAX)
        return;
    memcpy(copy, key, len);
    copy[len] = '\0';
    user = split_plain(copy, len);
    if (!user) {
        array = json_read(key, len, &why);
        conversation = array_text(array, 0);
        user = array_text(array, 1);
    }
    if (conversation && user &&
        (followed_has(joined, conversation, strlen(conversation)) ||
            followed_has(&changes->users, user, strlen(user)) ||
            watch_find(watch, user, strlen(user))))
        change_add(changes, conversation, user);
    json_decref(array);
}

bool member_changes_wait(const struct member_changes *changes)
{
    return !TAILQ_EMPTY(&changes->in_order);
}

int member_changes_tell(struct member_changes *changes, const struct turn *turn, struct news *news)
{
    struct engine *engine = turn->engine;
    struct member_change *change;

    for (int told = 0; told < BATCH && (change = TAILQ_FIRST(&changes->in_order)); told++) {
        const char *conversation = change->key;
        const char *user = change->key + change->user;
        int is_member = engine->members->is_member(engine, conversation, user);

        if (is_member < 0)
            return -1;
        news_add_member(news, conversation, user, is_member == 1);
        change_drop(changes, change);
    }
    return 0;
}
