#include "tests/unit/store/talk_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEEP(array, text) snprintf(array, sizeof(array), "%s", text)

static void on_message(void *context, const struct store_message *message)
{
    struct talk_rig *talk = context;

    assert_true(talk->message_count < TALK_TOLD_MAX);
    assert_int_equal(strlen(message->json), message->len);
    talk->messages[talk->message_count++] = message->id;
    talk->was_member = talk->last_is_member;
    KEEP(talk->last_message, message->json);
    KEEP(talk->last_conversation, message->conversation);
    KEEP(talk->last_sender, message->sender);
}

static void on_member(void *context, const char *conversation, const char *user, bool is_member)
{
    struct talk_rig *talk = context;

    talk->member_count++;
    KEEP(talk->last_conversation, conversation);
    KEEP(talk->last_member, user);
    talk->last_is_member = is_member;
}

static void on_broadcast(void *context, const struct store_broadcast *broadcast)
{
    struct talk_rig *talk = context;

    assert_true(talk->broadcast_count < TALK_TOLD_MAX);
    talk->broadcasts[talk->broadcast_count++] = broadcast->id;
    KEEP(talk->last_topic, broadcast->topic);
    KEEP(talk->last_event, broadcast->event);
    KEEP(talk->last_data, broadcast->json ? broadcast->json : "none");
    talk->last_stays = broadcast->stays;
    if (talk->confirms)
        store_broadcast_sent(talk->rig.store, broadcast->id, 3);
}

static const struct store_conversation_news callbacks = {
    .message = on_message,
    .member = on_member,
    .broadcast = on_broadcast,
};

int talk_set_up(void **state)
{
    struct talk_rig *talk = calloc(1, sizeof(*talk));

    rig_init(&talk->rig);
    talk->rig.news.conversations = &callbacks;
    rig_start(&talk->rig);
    *state = talk;
    return 0;
}

int talk_tear_down(void **state)
{
    struct talk_rig *talk = *state;

    rig_release(&talk->rig);
    free(talk);
    return 0;
}

void talk_add(struct talk_rig *talk, const char *conversation, const char *user)
{
    rig_sql(&talk->rig,
        "INSERT INTO conversation_members (conversation_id, user_id)"
        " VALUES ('%s', '%s')",
        conversation, user);
}

void talk_insert(struct talk_rig *talk, const char *conversation, const char *content)
{
    rig_sql(&talk->rig,
        "INSERT INTO messages (conversation_id, sender_id, content)"
        " VALUES ('%s', 'bot', '%s')",
        conversation, content);
}

static bool await_count(struct talk_rig *talk, const size_t *count, size_t wanted)
{
    int64_t until = clock_steady_ms(&talk->rig.clock) + TALK_SOON_MS;

    while (*count < wanted && clock_steady_ms(&talk->rig.clock) < until)
        rig_idle(&talk->rig, 1);
    return *count == wanted;
}

bool talk_await_messages(struct talk_rig *talk, size_t count)
{
    return await_count(talk, &talk->message_count, count);
}

bool talk_await_members(struct talk_rig *talk, size_t count)
{
    return await_count(talk, &talk->member_count, count);
}

bool talk_await_broadcasts(struct talk_rig *talk, size_t count)
{
    return await_count(talk, &talk->broadcast_count, count);
}

bool talk_await(struct talk_rig *talk, const struct talk_answer *answer, int64_t ms)
{
    int64_t until = clock_steady_ms(&talk->rig.clock) + ms;

    while (!answer->is_there && clock_steady_ms(&talk->rig.clock) < until)
        rig_idle(&talk->rig, 1);
    return answer->is_there;
}

static void answer_in(struct talk_answer *answer, enum store_verdict verdict)
{
    assert_false(answer->is_there);
    answer->is_there = true;
    answer->verdict = verdict;
}

static void on_messages(void *context, const struct store_messages *messages)
{
    struct talk_answer *answer = context;

    answer_in(answer, messages->verdict);
    answer->count = messages->count;
    answer->has_more = messages->has_more;
    for (size_t i = 0; i < messages->count; i++) {
        answer->ids[i] = messages->messages[i].id;
        answer->octets += messages->messages[i].len;
    }
    if (messages->count > 0)
        KEEP(answer->first, messages->messages[0].json);
}

struct talk_answer talk_join(
    struct talk_rig *talk, const char *user, const char *conversation, int64_t since)
{
    struct talk_answer answer = {.is_there = false};

    store_join(talk->rig.store, user, conversation, since, on_messages, &answer);
    assert_true(talk_await(talk, &answer, 4 * TALK_SOON_MS));
    return answer;
}

struct talk_answer talk_history(
    struct talk_rig *talk, const char *user, int64_t before, int64_t after, size_t limit)
{
    struct talk_answer answer = {.is_there = false};
    struct store_history history = {user, "c", before, after, limit};

    store_history(talk->rig.store, &history, on_messages, &answer);
    assert_true(talk_await(talk, &answer, 4 * TALK_SOON_MS));
    return answer;
}

void talk_on_said(void *context, const struct store_said *said)
{
    struct talk_answer *answer = context;

    answer_in(answer, said->verdict);
    answer->said = *said;
}

struct talk_answer talk_say(struct talk_rig *talk, const struct store_saying *saying)
{
    struct talk_answer answer = {.is_there = false};

    store_say(talk->rig.store, saying, talk_on_said, &answer);
    assert_true(talk_await(talk, &answer, 4 * TALK_SOON_MS));
    return answer;
}

struct talk_answer talk_hello(struct talk_rig *talk, const char *reference)
{
    return talk_say(talk, &(struct store_saying){.user = "alice",
                              .name = "Alice",
                              .conversation = "c",
                              .content = "hello",
                              .reference = reference});
}

static void on_checked(void *context, enum store_verdict verdict)
{
    answer_in(context, verdict);
}

enum store_verdict talk_member(struct talk_rig *talk, const char *user, const char *conversation)
{
    struct talk_answer answer = {.is_there = false};

    store_member(talk->rig.store, user, conversation, on_checked, &answer);
    assert_true(talk_await(talk, &answer, 4 * TALK_SOON_MS));
    return answer.verdict;
}

static void keep_users(struct talk_answer *answer, const char *const *users, size_t count)
{
    answer->count = count;
    for (size_t i = 0; i < count && i < 16; i++)
        KEEP(answer->users[i], users[i]);
}

static void on_conversations(void *context, const struct store_conversations *found)
{
    struct talk_answer *answer = context;

    answer_in(answer, found->verdict);
    keep_users(answer, found->conversations, found->count);
}

struct talk_answer talk_conversations(struct talk_rig *talk, const char *user)
{
    struct talk_answer answer = {.is_there = false};

    store_conversations(talk->rig.store, user, on_conversations, &answer);
    assert_true(talk_await(talk, &answer, 4 * TALK_SOON_MS));
    return answer;
}

static void on_seen(void *context, const struct store_seen *seen)
{
    struct talk_answer *answer = context;

    answer_in(answer, seen->verdict);
    keep_users(answer, seen->users, seen->count);
    for (size_t i = 0; i < seen->count && i < 512; i++)
        answer->times[i] = seen->last_seen[i];
}

struct talk_answer talk_contacts(struct talk_rig *talk, const char *user)
{
    struct talk_answer answer = {.is_there = false};

    store_contacts(talk->rig.store, user, on_seen, &answer);
    assert_true(talk_await(talk, &answer, 4 * TALK_SOON_MS));
    return answer;
}

struct talk_answer talk_seen(
    struct talk_rig *talk, const char *asker, const char *const *users, size_t count)
{
    struct talk_answer answer = {.is_there = false};

    store_seen(talk->rig.store, asker, users, count, on_seen, &answer);
    assert_true(talk_await(talk, &answer, 4 * TALK_SOON_MS));
    return answer;
}

static void on_standing(void *context, const struct store_broadcasts *standing)
{
    struct talk_answer *answer = context;

    answer_in(answer, standing->verdict);
    answer->count = standing->count;
    for (size_t i = 0; i < standing->count; i++) {
        answer->ids[i] = standing->broadcasts[i].id;
        assert_true(standing->broadcasts[i].stays);
    }
}

struct talk_answer talk_standing(struct talk_rig *talk, const char *topic, int64_t heard)
{
    struct talk_answer answer = {.is_there = false};

    store_standing(talk->rig.store, topic, 0, heard, on_standing, &answer);
    assert_true(talk_await(talk, &answer, 4 * TALK_SOON_MS));
    return answer;
}
