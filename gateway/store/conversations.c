#include "gateway/store/conversations.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/post.h"

static struct store_message *message_array(const struct page *page)
{
    struct store_message *messages = mem_array(page->count + 1, sizeof(*messages));

    for (size_t i = 0; i < page->count; i++)
        messages[i] = page_message(page, i);
    return messages;
}

static void answer_messages(struct request *request)
{
    struct store_message *messages = message_array(&request->page);
    struct store_messages answer = {
        .verdict = request->verdict,
        .messages = messages,
        .count = request->page.count,
        .has_more = request->verdict == STORE_OK && !request->complete,
        .upto = request->upto,
    };

    request->done.messages(request->context, &answer);
    free(messages);
}

static struct request *make(enum request_kind kind, const char *user, const char *conversation,
    void (*answer)(struct request *request))
{
    struct request *request = request_new(kind, user);

    request->conversation = mem_strdup_or_null(conversation);
    request->answer = answer;
    return request;
}

static size_t bounded(size_t limit)
{
    return limit < STORE_MESSAGES_MAX ? limit : STORE_MESSAGES_MAX;
}

void store_join(struct store *store, const char *user, const char *conversation, int64_t since,
    void (*joined)(void *context, const struct store_messages *answer), void *context)
{
    struct request *request = make(REQUEST_JOIN, user, conversation, answer_messages);

    request->ask.history.after = since;
    request->ask.history.limit = STORE_MESSAGES_MAX;
    request->done.messages = joined;
    post_request(store, request, context);
}

void store_part(struct store *store, const char *conversation)
{
    post_request(store, make(REQUEST_PART, NULL, conversation, NULL), NULL);
}

void store_history(struct store *store, const struct store_history *history,
    void (*read)(void *context, const struct store_messages *answer), void *context)
{
    struct request *request =
        make(REQUEST_HISTORY, history->user, history->conversation, answer_messages);

    request->ask.history.before = history->before;
    request->ask.history.after = history->after;
    request->ask.history.limit = bounded(history->limit);
    request->done.messages = read;
    post_request(store, request, context);
}

void store_read_on(struct store *store, const char *conversation, int64_t after,
    void (*read)(void *context, const struct store_messages *answer), void *context)
{
    struct request *request = make(REQUEST_READ_ON, NULL, conversation, answer_messages);

    request->ask.history.after = after;
    request->ask.history.limit = STORE_MESSAGES_MAX;
    request->done.messages = read;
    post_request(store, request, context);
}

static void answer_said(struct request *request)
{
    request->said.verdict = request->verdict;
    request->done.said(request->context, &request->said);
}

void store_say(struct store *store, const struct store_saying *saying,
    void (*said)(void *context, const struct store_said *answer), void *context)
{
    struct request *request = make(REQUEST_SAY, saying->user, saying->conversation, answer_said);

    request->saying = saying_new(saying);
    request->done.said = said;
    post_request(store, request, context);
}

static void answer_member(struct request *request)
{
    request->done.checked(request->context, request->verdict);
}

void store_member(struct store *store, const char *user, const char *conversation,
    void (*checked)(void *context, enum store_verdict verdict), void *context)
{
    struct request *request = make(REQUEST_MEMBER, user, conversation, answer_member);

    request->done.checked = checked;
    post_request(store, request, context);
}

static const char **name_array(const struct page *page)
{
    const char **names = mem_array(page->count + 1, sizeof(*names));

    for (size_t i = 0; i < page->count; i++)
        names[i] = page->text.data + page->rows[i].user;
    return names;
}

static void answer_conversations(struct request *request)
{
    const char **names = name_array(&request->page);
    struct store_conversations answer = {
        .verdict = request->verdict,
        .conversations = names,
        .count = request->page.count,
    };

    request->done.conversations(request->context, &answer);
    free(names);
}

void store_conversations(struct store *store, const char *user,
    void (*found)(void *context, const struct store_conversations *answer), void *context)
{
    struct request *request = make(REQUEST_CONVERSATIONS, user, NULL, answer_conversations);

    request->done.conversations = found;
    post_request(store, request, context);
}

/* A time below 0 stands for one of whom nothing is said (sharing.c). */
static void answer_seen(struct request *request)
{
    const struct page *page = &request->page;
    const char **users = mem_array(page->count + 1, sizeof(*users));
    int64_t *last_seen = mem_array(page->count + 1, sizeof(*last_seen));
    struct store_seen answer = {
        .verdict = request->verdict, .users = users, .last_seen = last_seen};

    for (size_t i = 0; i < page->count; i++) {
        if (page->rows[i].created_at < 0)
            continue;
        users[answer.count] = page->text.data + page->rows[i].user;
        last_seen[answer.count++] = page->rows[i].created_at;
    }
    request->done.seen(request->context, &answer);
    free(users);
    free(last_seen);
}

void store_contacts(struct store *store, const char *user,
    void (*found)(void *context, const struct store_seen *answer), void *context)
{
    struct request *request = make(REQUEST_CONTACTS, user, NULL, answer_seen);

    request->done.seen = found;
    post_request(store, request, context);
}

void store_seen(struct store *store, const char *asker, const char *const *users, size_t count,
    void (*found)(void *context, const struct store_seen *answer), void *context)
{
    struct request *request = make(REQUEST_SEEN, asker, NULL, answer_seen);
    struct page *page = &request->page;

    for (size_t i = 0; i < count; i++) {
        size_t user = page_add_text(page, users[i]);
        page_add(page, 0, 0, user, page->text.len);
    }
    request->ask.seen.by_sharing = asker != NULL;
    request->done.seen = found;
    post_request(store, request, context);
}

void store_heed(struct store *store, const char *user)
{
    post_request(store, make(REQUEST_HEED, user, NULL, NULL), NULL);
}

void store_unheed(struct store *store, const char *user)
{
    post_request(store, make(REQUEST_UNHEED, user, NULL, NULL), NULL);
}

void store_broadcast_sent(struct store *store, int64_t id, size_t recipients)
{
    struct request *request = make(REQUEST_BROADCAST_SENT, NULL, NULL, NULL);

    request->ask.broadcast.id = id;
    request->ask.broadcast.recipients = recipients;
    post_request(store, request, NULL);
}

static void answer_standing(struct request *request)
{
    const struct page *page = &request->page;
    struct store_broadcast *broadcasts = mem_array(page->count + 1, sizeof(*broadcasts));
    struct store_broadcasts answer = {
        .verdict = request->verdict,
        .broadcasts = broadcasts,
        .count = page->count,
        .has_more = request->verdict == STORE_OK && !request->complete,
        .upto = request->upto,
    };

    for (size_t i = 0; i < page->count; i++)
        broadcasts[i] = page_broadcast(page, i);
    request->done.standing(request->context, &answer);
    free(broadcasts);
}

void store_standing(struct store *store, const char *topic, int64_t after, int64_t heard,
    void (*found)(void *context, const struct store_broadcasts *answer), void *context)
{
    struct request *request = make(REQUEST_STANDING, topic, NULL, answer_standing);

    request->ask.standing.after = after;
    request->ask.standing.heard = heard;
    request->done.standing = found;
    post_request(store, request, context);
}

void store_broadcasts_behind(struct store *store, const char *topic, int64_t after,
    void (*found)(void *context, const struct store_broadcasts *answer), void *context)
{
    struct request *request = make(REQUEST_BROADCASTS_BEHIND, topic, NULL, answer_standing);

    request->ask.standing.after = after;
    request->done.standing = found;
    post_request(store, request, context);
}
