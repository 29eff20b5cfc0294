#include "tests/unit/store/topics_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEEP(array, text) snprintf(array, sizeof(array), "%s", text)

static void on_message(void *context, const struct store_message *message)
{
    struct topics_rig *topics = context;

    assert_true(topics->message_count < TOPICS_TOLD_MAX);
    assert_int_equal(strlen(message->json), message->len);
    topics->messages[topics->message_count++] = message->id;
    topics->was_member = topics->last_is_member;
    KEEP(topics->last_message, message->json);
    KEEP(topics->last_conversation, message->conversation);
    KEEP(topics->last_sender, message->sender);
}

static void on_member(void *context, const char *conversation, const char *user, bool is_member)
{
    struct topics_rig *topics = context;

    topics->member_count++;
    KEEP(topics->last_conversation, conversation);
    KEEP(topics->last_member, user);
    topics->last_is_member = is_member;
}

static void on_broadcast(void *context, const struct store_broadcast *broadcast)
{
    struct topics_rig *topics = context;

    assert_true(topics->broadcast_count < TOPICS_TOLD_MAX);
    topics->broadcasts[topics->broadcast_count++] = broadcast->id;
    KEEP(topics->last_topic, broadcast->topic);
    KEEP(topics->last_event, broadcast->event);
    KEEP(topics->last_data, broadcast->json ? broadcast->json : "none");
    topics->last_stays = broadcast->stays;
    if (topics->confirms)
        store_broadcast_sent(topics->rig.store, broadcast->id, 3);
}

static const struct store_conversation_news callbacks = {
    .message = on_message,
    .member = on_member,
    .broadcast = on_broadcast,
};

int topics_set_up(void **state)
{
    struct topics_rig *topics = calloc(1, sizeof(*topics));

    rig_init(&topics->rig);
    topics->rig.news.conversations = &callbacks;
    rig_start(&topics->rig);
    *state = topics;
    return 0;
}

int topics_tear_down(void **state)
{
    struct topics_rig *topics = *state;

    rig_release(&topics->rig);
    free(topics);
    return 0;
}

void add_member(struct topics_rig *topics, const char *conversation, const char *user)
{
    rig_sql(&topics->rig,
        "INSERT INTO conversation_members (conversation_id, user_id)"
        " VALUES ('%s', '%s')",
        conversation, user);
}

void insert_message(struct topics_rig *topics, const char *conversation, const char *content)
{
    rig_sql(&topics->rig,
        "INSERT INTO messages (conversation_id, sender_id, content)"
        " VALUES ('%s', 'bot', '%s')",
        conversation, content);
}

static bool await_count(struct topics_rig *topics, const size_t *count, size_t wanted)
{
    int64_t until = clock_steady_ms(&topics->rig.clock) + TOPICS_SOON_MS;

    while (*count < wanted && clock_steady_ms(&topics->rig.clock) < until)
        rig_idle(&topics->rig, 1);
    return *count >= wanted;
}

bool await_messages(struct topics_rig *topics, size_t count)
{
    return await_count(topics, &topics->message_count, count);
}

bool await_members(struct topics_rig *topics, size_t count)
{
    return await_count(topics, &topics->member_count, count);
}

bool await_broadcasts(struct topics_rig *topics, size_t count)
{
    return await_count(topics, &topics->broadcast_count, count);
}

bool await_asked(struct topics_rig *topics, const struct asked *answer, int64_t ms)
{
    int64_t until = clock_steady_ms(&topics->rig.clock) + ms;

    while (!answer->is_there && clock_steady_ms(&topics->rig.clock) < until)
        rig_idle(&topics->rig, 1);
    return answer->is_there;
}

static void answer_in(struct asked *answer, enum store_verdict verdict)
{
    assert_false(answer->is_there);
    answer->is_there = true;
    answer->verdict = verdict;
}

static void on_messages(void *context, const struct store_messages *messages)
{
    struct asked *answer = context;

    answer_in(answer, messages->verdict);
    answer->count = messages->count;
    answer->has_more = messages->has_more;
    answer->upto = messages->upto;
    for (size_t i = 0; i < messages->count; i++) {
        answer->ids[i] = messages->messages[i].id;
        answer->octets += messages->messages[i].len;
    }
    if (messages->count > 0)
        KEEP(answer->first, messages->messages[0].json);
}

struct asked ask_join(
    struct topics_rig *topics, const char *user, const char *conversation, int64_t since)
{
    struct asked answer = {.is_there = false};

    store_join(topics->rig.store, user, conversation, since, on_messages, &answer);
    assert_true(await_asked(topics, &answer, 4 * TOPICS_SOON_MS));
    return answer;
}

struct asked ask_history(
    struct topics_rig *topics, const char *user, int64_t before, int64_t after, size_t limit)
{
    struct asked answer = {.is_there = false};
    struct store_history history = {user, "c", before, after, limit};

    store_history(topics->rig.store, &history, on_messages, &answer);
    assert_true(await_asked(topics, &answer, 4 * TOPICS_SOON_MS));
    return answer;
}

void asked_said(void *context, const struct store_said *said)
{
    struct asked *answer = context;

    answer_in(answer, said->verdict);
    answer->said = *said;
}

struct asked ask_say(struct topics_rig *topics, const struct store_saying *saying)
{
    struct asked answer = {.is_there = false};

    store_say(topics->rig.store, saying, asked_said, &answer);
    assert_true(await_asked(topics, &answer, 4 * TOPICS_SOON_MS));
    return answer;
}

struct asked ask_hello(struct topics_rig *topics, const char *reference)
{
    return ask_say(topics, &(struct store_saying){.user = "alice",
                               .name = "Alice",
                               .conversation = "c",
                               .content = "hello",
                               .reference = reference});
}

static void on_checked(void *context, enum store_verdict verdict)
{
    answer_in(context, verdict);
}

enum store_verdict ask_member(struct topics_rig *topics, const char *user, const char *conversation)
{
    struct asked answer = {.is_there = false};

    store_check_member(topics->rig.store, user, conversation, on_checked, &answer);
    assert_true(await_asked(topics, &answer, 4 * TOPICS_SOON_MS));
    return answer.verdict;
}

static void keep_users(struct asked *answer, const char *const *users, size_t count)
{
    answer->count = count;
    for (size_t i = 0; i < count && i < 16; i++)
        KEEP(answer->users[i], users[i]);
}

static void on_conversations(void *context, const struct store_conversations *found)
{
    struct asked *answer = context;

    answer_in(answer, found->verdict);
    keep_users(answer, found->conversations, found->count);
}

struct asked ask_conversations(struct topics_rig *topics, const char *user)
{
    struct asked answer = {.is_there = false};

    store_conversations(topics->rig.store, user, on_conversations, &answer);
    assert_true(await_asked(topics, &answer, 4 * TOPICS_SOON_MS));
    return answer;
}

static void on_seen(void *context, const struct store_seen *seen)
{
    struct asked *answer = context;

    answer_in(answer, seen->verdict);
    keep_users(answer, seen->users, seen->count);
    for (size_t i = 0; i < seen->count && i < 512; i++)
        answer->times[i] = seen->last_seen[i];
}

struct asked ask_contacts(struct topics_rig *topics, const char *user)
{
    struct asked answer = {.is_there = false};

    store_contacts(topics->rig.store, user, on_seen, &answer);
    assert_true(await_asked(topics, &answer, 4 * TOPICS_SOON_MS));
    return answer;
}

struct asked ask_last_seen(
    struct topics_rig *topics, const char *asker, const char *const *users, size_t count)
{
    struct asked answer = {.is_there = false};

    store_last_seen(topics->rig.store, asker, users, count, on_seen, &answer);
    assert_true(await_asked(topics, &answer, 4 * TOPICS_SOON_MS));
    return answer;
}

static void on_standing(void *context, const struct store_broadcasts *standing)
{
    struct asked *answer = context;

    answer_in(answer, standing->verdict);
    answer->count = standing->count;
    answer->has_more = standing->has_more;
    answer->upto = standing->upto;
    answer->heard = standing->heard;
    for (size_t i = 0; i < standing->count; i++) {
        answer->ids[i] = standing->broadcasts[i].id;
        assert_true(standing->broadcasts[i].stays);
    }
}

struct asked ask_standing(struct topics_rig *topics, const char *topic, int64_t heard)
{
    struct asked answer = {.is_there = false};

    store_standing_broadcasts(topics->rig.store, topic, 0, heard, SIZE_MAX, on_standing, &answer);
    assert_true(await_asked(topics, &answer, 4 * TOPICS_SOON_MS));
    return answer;
}

static void on_standing_topics(void *context, const struct store_standing_topics *found)
{
    struct asked *answer = context;

    answer->is_there = true;
    answer->verdict = found->verdict;
    answer->count = found->count;
    for (size_t i = 0; i < found->count; i++)
        answer->ids[i] = found->upto[i];
}

struct asked ask_standing_topics(
    struct topics_rig *topics, const struct store_topic *asked, size_t count)
{
    struct asked answer = {.is_there = false};

    store_standing_topics(topics->rig.store, asked, count, on_standing_topics, &answer);
    assert_true(await_asked(topics, &answer, 4 * TOPICS_SOON_MS));
    return answer;
}

struct asked ask_standing_after(
    struct topics_rig *topics, const char *topic, int64_t after, size_t limit)
{
    struct asked answer = {.is_there = false};

    store_standing_broadcasts(
        topics->rig.store, topic, after, STORE_HEARD_ALL, limit, on_standing, &answer);
    assert_true(await_asked(topics, &answer, 4 * TOPICS_SOON_MS));
    return answer;
}
