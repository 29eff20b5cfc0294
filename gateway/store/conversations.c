#include "gateway/store/store_broadcasts.h"
#include "gateway/store/store_conversations.h"
#include "gateway/store/store_presence.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/post.h"
#include "gateway/store/request.h"

static struct store_message *message_array(const struct page *page)
{
    struct store_message *messages = mem_array(page->count + 1, sizeof(*messages));

    for (size_t i = 0; i < page->count; i++)
        messages[i] = page_message(page, i);
    return messages;
}

void request_answer_messages(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    struct store_message *messages = message_array(&request->page);
    struct store_messages answer = {
        .verdict = request->errand.verdict,
        .messages = messages,
        .count = request->page.count,
        .has_more = request->errand.verdict == STORE_OK && !request->complete,
        .upto = request->upto,
    };

    request->done.messages(request->errand.context, &answer);
    free(messages);
}

static struct request *make(enum request_kind kind, const char *user, const char *conversation)
{
    struct request *request = request_new(kind, user);

    request->conversation = mem_strdup_or_null(conversation);
    return request;
}

static size_t bounded(size_t limit)
{
    return limit < STORE_MESSAGES_MAX ? limit : STORE_MESSAGES_MAX;
}

void store_join(struct store *store, const char *user, const char *conversation, int64_t since,
    void (*joined)(void *context, const struct store_messages *answer), void *context)
{
    struct request *request = make(REQUEST_JOIN, user, conversation);

    request->ask.history.after = since;
    request->ask.history.limit = STORE_MESSAGES_MAX;
    request->done.messages = joined;
    post_errand(store, &request->errand, context);
}

void store_leave(struct store *store, const char *conversation)
{
    post_errand(store, &make(REQUEST_PART, NULL, conversation)->errand, NULL);
}

void store_history(struct store *store, const struct store_history *history,
    void (*read)(void *context, const struct store_messages *answer), void *context)
{
    struct request *request = make(REQUEST_HISTORY, history->user, history->conversation);

    request->ask.history.before = history->before;
    request->ask.history.after = history->after;
    request->ask.history.limit = bounded(history->limit);
    request->done.messages = read;
    post_errand(store, &request->errand, context);
}

void store_missed_messages(struct store *store, const char *conversation, int64_t after,
    void (*read)(void *context, const struct store_messages *answer), void *context)
{
    struct request *request = make(REQUEST_READ_ON, NULL, conversation);

    request->ask.history.after = after;
    request->ask.history.limit = STORE_MESSAGES_MAX;
    request->done.messages = read;
    post_errand(store, &request->errand, context);
}

void request_answer_said(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    request->said.verdict = request->errand.verdict;
    request->done.said(request->errand.context, &request->said);
}

void store_say(struct store *store, const struct store_saying *saying,
    void (*said)(void *context, const struct store_said *answer), void *context)
{
    struct request *request = make(REQUEST_SAY, saying->user, saying->conversation);

    request->saying = saying_new(saying);
    request->done.said = said;
    post_errand(store, &request->errand, context);
}

void store_check_member(struct store *store, const char *user, const char *conversation,
    void (*checked)(void *context, enum store_verdict verdict), void *context)
{
    struct request *request = make(REQUEST_MEMBER, user, conversation);

    request->done.checked = checked;
    post_errand(store, &request->errand, context);
}

static const char **name_array(const struct page *page)
{
    const char **names = mem_array(page->count + 1, sizeof(*names));

    for (size_t i = 0; i < page->count; i++)
        names[i] = page->text.data + page->rows[i].user;
    return names;
}

void request_answer_conversations(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    const char **names = name_array(&request->page);
    struct store_conversations answer = {
        .verdict = request->errand.verdict,
        .conversations = names,
        .count = request->page.count,
    };

    request->done.conversations(request->errand.context, &answer);
    free(names);
}

void store_conversations(struct store *store, const char *user,
    void (*found)(void *context, const struct store_conversations *answer), void *context)
{
    struct request *request = make(REQUEST_CONVERSATIONS, user, NULL);

    request->done.conversations = found;
    post_errand(store, &request->errand, context);
}

/* A time below 0 stands for one of whom nothing is said (sharing.c). */
void request_answer_seen(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    const struct page *page = &request->page;
    const char **users = mem_array(page->count + 1, sizeof(*users));
    int64_t *last_seen = mem_array(page->count + 1, sizeof(*last_seen));
    struct store_seen answer = {
        .verdict = request->errand.verdict, .users = users, .last_seen = last_seen};

    for (size_t i = 0; i < page->count; i++) {
        if (page->rows[i].created_at < 0)
            continue;
        users[answer.count] = page->text.data + page->rows[i].user;
        last_seen[answer.count++] = page->rows[i].created_at;
    }
    request->done.seen(request->errand.context, &answer);
    free(users);
    free(last_seen);
}

void store_contacts(struct store *store, const char *user,
    void (*found)(void *context, const struct store_seen *answer), void *context)
{
    struct request *request = make(REQUEST_CONTACTS, user, NULL);

    request->done.seen = found;
    post_errand(store, &request->errand, context);
}

void store_last_seen(struct store *store, const char *asker, const char *const *users, size_t count,
    void (*found)(void *context, const struct store_seen *answer), void *context)
{
    struct request *request = make(REQUEST_SEEN, asker, NULL);
    struct page *page = &request->page;

    for (size_t i = 0; i < count; i++) {
        size_t user = page_add_text(page, users[i]);
        page_add(page, 0, 0, user, page->text.len);
    }
    request->ask.seen.by_sharing = asker != NULL;
    request->done.seen = found;
    post_errand(store, &request->errand, context);
}

void store_follow_user(struct store *store, const char *user)
{
    post_errand(store, &make(REQUEST_HEED, user, NULL)->errand, NULL);
}

void store_unfollow_user(struct store *store, const char *user)
{
    post_errand(store, &make(REQUEST_UNHEED, user, NULL)->errand, NULL);
}

void store_broadcast_sent(struct store *store, int64_t id, size_t recipients)
{
    struct request *request = make(REQUEST_BROADCAST_SENT, NULL, NULL);

    request->ask.broadcast.id = id;
    request->ask.broadcast.recipients = recipients;
    post_errand(store, &request->errand, NULL);
}

void request_answer_standing(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    const struct page *page = &request->page;
    struct store_broadcast *broadcasts = mem_array(page->count + 1, sizeof(*broadcasts));
    struct store_broadcasts answer = {
        .verdict = request->errand.verdict,
        .broadcasts = broadcasts,
        .count = page->count,
        .has_more = request->errand.verdict == STORE_OK && !request->complete,
        .upto = request->upto,
    };

    for (size_t i = 0; i < page->count; i++)
        broadcasts[i] = page_broadcast(page, i);
    request->done.standing(request->errand.context, &answer);
    free(broadcasts);
}

void store_standing_broadcasts(struct store *store, const char *topic, int64_t after, int64_t heard,
    void (*found)(void *context, const struct store_broadcasts *answer), void *context)
{
    struct request *request = make(REQUEST_STANDING, topic, NULL);

    request->ask.standing.after = after;
    request->ask.standing.heard = heard;
    request->done.standing = found;
    post_errand(store, &request->errand, context);
}

void store_missed_broadcasts(struct store *store, const char *topic, int64_t after,
    void (*found)(void *context, const struct store_broadcasts *answer), void *context)
{
    struct request *request = make(REQUEST_BROADCASTS_BEHIND, topic, NULL);

    request->ask.standing.after = after;
    request->done.standing = found;
    post_errand(store, &request->errand, context);
}
