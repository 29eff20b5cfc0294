#include "gateway/store/chat.h"
#include "gateway/store/queue.h"

#include "common/schema_numbers.h"
#include "gateway/store/broadcasts.h"
#include "gateway/store/membership.h"
#include "gateway/store/messages.h"

void chat_init(struct chat *chat)
{
    *chat = (struct chat){.last_message = 0};
    joined_init(&chat->joined);
    joined_init(&chat->heeded);
    failures_init(&chat->bad_messages);
    TAILQ_INIT(&chat->in_order);
    TAILQ_INIT(&chat->sent);
}

void chat_release(struct chat *chat)
{
    joined_release(&chat->joined);
    joined_release(&chat->heeded);
    failures_release(&chat->bad_messages);
    membership_release(chat);
    broadcasts_release(chat);
}

int chat_start(struct queue *queue)
{
    queue->chat.has_messages = false;
    queue->chat.has_broadcasts = true;
    return broadcasts_last_sent(queue, &queue->chat.last_sent) < 0
               ? -1
               : messages_last_id(queue, &queue->chat.last_message);
}

void chat_forget(struct queue *queue)
{
    struct chat *chat = &queue->chat;

    joined_begin_anew(&chat->joined);
    failures_release(&chat->bad_messages);
    failures_init(&chat->bad_messages);
    membership_release(chat);
    broadcasts_release(chat);
}

void chat_doubt(struct queue *queue)
{
    queue->chat.has_messages = true;
    queue->chat.has_broadcasts = true;
}

int chat_went_astray(struct queue *queue)
{
    int64_t last_id;

    if (messages_last_id(queue, &last_id) < 0)
        return -1;
    return last_id < queue->chat.last_message || last_id > SCHEMA_ID_LAST;
}

static bool is_held(const struct queue *queue)
{
    return atomic_load(&queue->turn.shared->holds_topics);
}

bool chat_waits(const struct queue *queue)
{
    bool talk = queue->chat.has_messages || queue->chat.has_broadcasts;

    return membership_waits(queue) || (talk && !is_held(queue));
}

/* Memberships first: who was put out before something was said does not hear it. */
int chat_fill(struct queue *queue, struct news *news)
{
    if (membership_tell(queue, news) < 0)
        return -1;
    if (membership_waits(queue) || is_held(queue))
        return 0;
    if (queue->chat.has_messages && messages_tell(queue, news) < 0)
        return -1;
    return queue->chat.has_broadcasts ? broadcasts_tell(queue, news) : 0;
}
