/* The conversations of which a user is a member. */
#include <stdlib.h>

#include "common/memory.h"
#include "common/row_rules.h"
#include "gateway/store/engine.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/member_verbs.h"
#include "gateway/store/page.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_conversations.h"

struct conversations {
    struct errand errand;
    void (*done)(void *context, const struct store_conversations *answer);
    char *user;
    struct page names;
};

/* Skips a name that no client could use. */
static int conversations_add(void *context, const struct cell *name)
{
    static const struct cell_rule rule = {"conversation_id", 1, ROW_ID_MAX, false};

    if (cell_check_text(name, &rule, NULL) == 0)
        page_add_name(context, name->text);
    return 1;
}

static enum errand_step conversations_read(struct queue *queue, struct errand *errand)
{
    struct conversations *asked = (struct conversations *)errand;
    struct engine *engine = queue->turn.engine;

    page_release(&asked->names);
    errand->verdict = STORE_OK;
    if (engine->members->walk_conversations(
            engine, asked->user, STORE_CONVERSATIONS_MAX, conversations_add, &asked->names) < 0)
        return ERRAND_FAILED;
    return ERRAND_DONE;
}

static void conversations_answer(struct errand *errand)
{
    struct conversations *asked = (struct conversations *)errand;
    size_t count = asked->names.count;
    const char **names = mem_array(count + 1, sizeof(*names));
    struct store_conversations answer = {
        .verdict = errand->verdict, .conversations = names, .count = count};

    for (size_t i = 0; i < count; i++)
        names[i] = page_name(&asked->names, i);
    asked->done(errand->context, &answer);
    free(names);
}

static size_t conversations_bytes(const struct errand *errand)
{
    return page_bytes(&((const struct conversations *)errand)->names);
}

static void conversations_free(struct errand *errand)
{
    struct conversations *asked = (struct conversations *)errand;

    free(asked->user);
    page_release(&asked->names);
}

static const struct errand_kind conversations_kind = {
    ERRAND_OF(struct conversations),
    .read = conversations_read,
    .answer = conversations_answer,
    .bytes = conversations_bytes,
    .free = conversations_free,
};

void store_conversations(struct store *store, const char *user,
    void (*found)(void *context, const struct store_conversations *answer), void *context)
{
    struct conversations *asked = (struct conversations *)errand_new(&conversations_kind);

    asked->done = found;
    asked->user = mem_strdup(user);
    asked->errand.about = asked->user;
    post_errand(store, &asked->errand, context);
}
