#include "gateway/store/membership.h"
#include "gateway/store/queue.h"

#include <stdlib.h>
#include <string.h>

#include "common/database.h"
#include "common/json.h"
#include "common/memory.h"

#define BATCH 256
/* Two names, every octet escaped. */
#define KEY_MAX 4096

/* The key is the conversation and the user, each with its NUL. */
struct membership {
    UT_hash_handle hh;
    TAILQ_ENTRY(membership) entry;
    size_t user; /* where in the key */
    char key[];
};

int membership_check(struct queue *queue, const char *conversation, const char *user)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_MEMBER);
    int step;

    database_bind(statement, 1, conversation);
    database_bind(statement, 2, user);
    step = sqlite3_step(statement);
    return file_done(queue->file, statement, step) < 0 ? -1 : step == SQLITE_ROW;
}

bool membership_has_room(const struct queue *queue)
{
    return HASH_COUNT(queue->chat.memberships) < MEMBERSHIPS_MAX;
}

static bool concerns_somebody(const struct queue *queue, const char *conversation, const char *user)
{
    return joined_has(&queue->chat.joined, conversation, strlen(conversation)) ||
           joined_has(&queue->chat.heeded, user, strlen(user)) ||
           watch_find(&queue->inbox.watch, user, strlen(user));
}

static void note(struct chat *chat, const char *conversation, const char *user)
{
    size_t first = strlen(conversation) + 1;
    size_t second = strlen(user) + 1;
    struct membership *membership = mem_zalloc(sizeof(*membership) + first + second);
    struct membership *noted;

    memcpy(membership->key, conversation, first);
    memcpy(membership->key + first, user, second);
    membership->user = first;
    HASH_FIND(hh, chat->memberships, membership->key, first + second, noted);
    if (noted) {
        free(membership);
        return;
    }
    HASH_ADD_KEYPTR(hh, chat->memberships, membership->key, first + second, membership);
    TAILQ_INSERT_TAIL(&chat->in_order, membership, entry);
}

static const char *plain_text(const json_t *array, size_t index)
{
    const json_t *text = json_array_get(array, index);
    const char *value = json_string_value(text);

    return value && strlen(value) == json_string_length(text) ? value : NULL;
}

/* Names without anything escaped, as most are: then no JSON need be read for each of the thousands
 * of rows of an import that concern nobody. Cuts the copy in two, or is NULL. */
static const char *split_plain(char *copy, size_t len)
{
    char *middle = memchr(copy, '\\', len) ? NULL : strstr(copy, "\",\"");

    if (!middle || len < 7 || memcmp(copy, "[\"", 2) != 0 || memcmp(copy + len - 2, "\"]", 2) != 0)
        return NULL;
    *middle = '\0';
    copy[len - 2] = '\0';
    return middle + 3;
}

static bool note_plain(struct queue *queue, const char *key, size_t len)
{
    char copy[KEY_MAX + 1];
    const char *user;

    if (len > KEY_MAX)
        return false;
    memcpy(copy, key, len);
    copy[len] = '\0';
    user = split_plain(copy, len);
    if (user && concerns_somebody(queue, copy + 2, user))
        note(&queue->chat, copy + 2, user);
    return user != NULL;
}

/* What cannot be read names nobody who could be here. */
static void note_json(struct queue *queue, const char *key, size_t len)
{
    struct reason why;
    json_t *array = len <= KEY_MAX ? json_read(key, len, &why) : NULL;
    const char *conversation = plain_text(array, 0);
    const char *user = plain_text(array, 1);

    if (conversation && user && concerns_somebody(queue, conversation, user))
        note(&queue->chat, conversation, user);
    json_decref(array);
}

void membership_note(struct queue *queue, const char *key, size_t len)
{
    if (!note_plain(queue, key, len))
        note_json(queue, key, len);
}

bool membership_waits(const struct queue *queue)
{
    return !TAILQ_EMPTY(&queue->chat.in_order);
}

static void drop(struct chat *chat, struct membership *membership)
{
    TAILQ_REMOVE(&chat->in_order, membership, entry);
    HASH_DELETE(hh, chat->memberships, membership);
    free(membership);
}

int membership_tell(struct queue *queue, struct news *news)
{
    struct membership *membership;

    for (int told = 0; told < BATCH; told++) {
        int is_member;
        membership = TAILQ_FIRST(&queue->chat.in_order);
        if (!membership)
            return 0;
        is_member = membership_check(queue, membership->key, membership->key + membership->user);
        if (is_member < 0)
            return -1;
        news_add_member(news, membership->key, membership->key + membership->user, is_member == 1);
        drop(&queue->chat, membership);
    }
    return 0;
}

void membership_release(struct chat *chat)
{
    struct membership *membership, *next;

    HASH_ITER (hh, chat->memberships, membership, next)
        drop(chat, membership);
}

int membership_answer(struct queue *queue, struct request *request)
{
    int is_member = membership_check(queue, request->conversation, request->user);

    request->errand.verdict = is_member == 1 ? STORE_OK : STORE_FORBIDDEN;
    return is_member < 0 ? -1 : 1;
}
