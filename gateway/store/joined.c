#include "gateway/store/joined.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"

struct joined_conversation {
    UT_hash_handle hh;
    size_t count;
    size_t outdated; /* from before joined_begin_anew, and not left yet */
    char id[];
};

void joined_init(struct joined *joined)
{
    joined->by_id = NULL;
}

static void drop(struct joined *joined, struct joined_conversation *conversation)
{
    HASH_DELETE(hh, joined->by_id, conversation);
    free(conversation);
}

void joined_release(struct joined *joined)
{
    struct joined_conversation *conversation, *next;

    HASH_ITER (hh, joined->by_id, conversation, next)
        drop(joined, conversation);
}

static struct joined_conversation *find(const struct joined *joined, const char *id, size_t len)
{
    struct joined_conversation *conversation;

    HASH_FIND(hh, joined->by_id, id, len, conversation);
    return conversation;
}

void joined_add(struct joined *joined, const char *id)
{
    size_t len = strlen(id);
    struct joined_conversation *conversation = find(joined, id, len);

    if (!conversation) {
        conversation = mem_zalloc(sizeof(*conversation) + len + 1);
        memcpy(conversation->id, id, len);
        HASH_ADD(hh, joined->by_id, id, len, conversation);
    }
    conversation->count++;
}

void joined_remove(struct joined *joined, const char *id)
{
    struct joined_conversation *conversation = find(joined, id, strlen(id));

    if (!conversation)
        return;
    if (conversation->outdated > 0)
        conversation->outdated--;
    else
        conversation->count--;
    if (conversation->count + conversation->outdated == 0)
        drop(joined, conversation);
}

void joined_begin_anew(struct joined *joined)
{
    struct joined_conversation *conversation, *next;

    HASH_ITER (hh, joined->by_id, conversation, next) {
        conversation->outdated += conversation->count;
        conversation->count = 0;
    }
}

bool joined_has(const struct joined *joined, const char *id, size_t len)
{
    const struct joined_conversation *conversation = find(joined, id, len);

    return conversation && conversation->count > 0;
}
