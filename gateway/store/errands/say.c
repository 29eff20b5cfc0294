/*
 * A user sends a message (store_say).
 *
 * Membership, repetition and insert are checked and done in the turn's one
 * transaction, and nobody is told that the message is stored before its commit.
 */
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/row_rules.h"
#include "common/text.h"
#include "gateway/store/engine.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/member_verbs.h"
#include "gateway/store/message_verbs.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_conversations.h"

struct say {
    struct errand errand;
    void (*done)(void *context, const struct store_said *answer);
    char *user, *name, *conversation, *content, *metadata, *reference;
    struct store_said said;
};

/* If the table rejects the row, only this sender is told: the transaction goes on. */
static int say_insert(struct queue *queue, struct say *say, const struct message_draft *draft)
{
    struct engine *engine = queue->turn.engine;

    say->said.at = queue->turn.wall;
    if (engine->messages->insert(engine, draft, queue->turn.now, &say->said.id) == 0)
        return 0;
    if (engine->trouble != ENGINE_REFUSES_ROW)
        return -1;
    log_warn(
        queue->turn.log, "a message of user %s cannot be stored: %s", say->user, engine->why.text);
    say->errand.verdict = STORE_INVALID;
    return 0;
}

/* Whether it was sent before, with the same reference and exactly the same text: 1, 0 or -1. */
static int say_find_repeated(
    struct queue *queue, struct say *say, const struct message_draft *draft)
{
    struct engine *engine = queue->turn.engine;
    char since[CLOCK_ISO_SIZE];
    int found;

    if (!say->reference)
        return 0;
    say->said.at = queue->turn.wall;
    found = engine->messages->find_repeated(engine, draft,
        clock_iso(queue->turn.wall - ROW_MESSAGE_REPEAT_MS, since), &say->said.id, &say->said.at);
    say->said.repeated = found == 1;
    return found;
}

static int say_write(struct queue *queue, struct errand *errand, size_t *room)
{
    struct say *say = (struct say *)errand;
    struct engine *engine = queue->turn.engine;
    struct message_draft draft = {
        .conversation = say->conversation,
        .sender = say->user,
        .name = say->name,
        .content = say->content,
        .metadata = say->metadata,
        .client_ref = say->reference,
    };
    int is_member = engine->members->is_member(engine, say->conversation, say->user);
    int repeated;

    (*room)--;
    say->said = (struct store_said){.id = 0};
    errand->verdict = is_member ? STORE_OK : STORE_FORBIDDEN;
    if (is_member <= 0)
        return is_member;
    repeated = say_find_repeated(queue, say, &draft);
    if (repeated != 0)
        return repeated < 0 ? -1 : 0;
    return say_insert(queue, say, &draft);
}

/* If the answer to a commit was lost, the message is written again, and found to be a repetition if
 * it was stored. That needs the sender's reference; without one the outcome stays unknown. */
static enum errand_step say_settle(
    struct queue *queue, struct errand *errand, enum errand_outcome outcome)
{
    const struct say *say = (struct say *)errand;

    if (outcome == ERRAND_UNCERTAIN && !say->reference) {
        errand->verdict = STORE_UNCERTAIN;
        return ERRAND_DONE;
    }
    if (outcome != ERRAND_COMMITTED)
        return ERRAND_GOES_ON;
    if (errand->verdict == STORE_OK && !say->said.repeated) {
        queue->topics.messages.has_more = true;
        turn_count(&queue->turn, COUNTER_MESSAGES_SAID, 1);
    }
    return ERRAND_DONE;
}

static void say_answer(struct errand *errand)
{
    struct say *say = (struct say *)errand;

    say->said.verdict = errand->verdict;
    say->done(errand->context, &say->said);
}

static void say_free(struct errand *errand)
{
    struct say *say = (struct say *)errand;

    free(say->user);
    free(say->name);
    free(say->conversation);
    free(say->content);
    free(say->metadata);
    free(say->reference);
}

static const struct errand_kind say_kind = {
    ERRAND_OF(struct say),
    .write = say_write,
    .settle = say_settle,
    .answer = say_answer,
    .free = say_free,
};

/* A long name is cut to what the table accepts, so that it does not make messages fail. */
static char *say_name(const char *name)
{
    return name ? mem_strndup(name, text_cut(name, strlen(name), ROW_NAME_MAX)) : NULL;
}

void store_say(struct store *store, const struct store_saying *saying,
    void (*said)(void *context, const struct store_said *answer), void *context)
{
    struct say *say = (struct say *)errand_new(&say_kind);

    say->done = said;
    say->user = mem_strdup(saying->user);
    say->name = say_name(saying->name);
    say->conversation = mem_strdup(saying->conversation);
    say->content = mem_strdup(saying->content);
    say->metadata = mem_strdup_or_null(saying->metadata);
    say->reference = mem_strdup_or_null(saying->reference);
    say->errand.about = say->user;
    post_errand(store, &say->errand, context);
}
