#include "gateway/store/topics.h"

void topics_init(struct topics *topics)
{
    message_tail_init(&topics->messages);
    member_changes_init(&topics->members);
    broadcast_tail_init(&topics->broadcasts);
}

void topics_release(struct topics *topics)
{
    message_tail_release(&topics->messages);
    member_changes_release(&topics->members);
    broadcast_tail_release(&topics->broadcasts);
}

int topics_start(struct topics *topics, const struct turn *turn, int64_t last_message)
{
    if (broadcast_tail_start(&topics->broadcasts, turn) < 0)
        return -1;
    message_tail_start(&topics->messages, last_message);
    return 0;
}

void topics_begin_anew(struct topics *topics)
{
    message_tail_begin_anew(&topics->messages);
    member_changes_forget(&topics->members);
    broadcast_tail_forget(&topics->broadcasts);
}

void topics_look(struct topics *topics)
{
    topics->messages.has_more = true;
    topics->broadcasts.has_more = true;
}

static bool is_held(const struct turn *turn)
{
    return atomic_load(&turn->shared->holds_topics);
}

bool topics_waits(const struct topics *topics, const struct turn *turn)
{
    if (member_changes_wait(&topics->members))
        return true;
    return !is_held(turn) && (topics->messages.has_more || topics->broadcasts.has_more);
}

/* Memberships first: a user who was removed before a message was sent must not receive it. */
int topics_fill(
    struct topics *topics, const struct turn *turn, bool knows_members, struct news *news)
{
    if (member_changes_tell(&topics->members, turn, news) < 0)
        return -1;
    if (member_changes_wait(&topics->members) || !knows_members || is_held(turn))
        return 0;
    if (topics->messages.has_more && message_tail_read(&topics->messages, turn, news) < 0)
        return -1;
    return topics->broadcasts.has_more ? broadcast_tail_read(&topics->broadcasts, turn, news) : 0;
}
