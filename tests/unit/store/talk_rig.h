/*
 * talk_rig: the store_rig, with what the store tells of conversations and
 * broadcasts noted, and its requests about them waited for.
 */
#ifndef BELFRY_TESTS_UNIT_TALK_RIG_H
#define BELFRY_TESTS_UNIT_TALK_RIG_H

#include "gateway/store/conversations.h"
#include "tests/unit/store/store_rig.h"

#define TALK_TOLD_MAX 4096
#define TALK_SOON_MS 5000

struct talk_rig {
    struct rig rig; /* first: it is the context of all news */

    int64_t messages[TALK_TOLD_MAX]; /* ids, in order */
    size_t message_count;
    char last_message[4096], last_conversation[300], last_sender[300];

    size_t member_count;
    char last_member[300];
    bool last_is_member;
    bool was_member; /* … when the last message came */

    int64_t broadcasts[TALK_TOLD_MAX];
    size_t broadcast_count;
    char last_topic[600], last_event[300], last_data[4096];
    bool last_stays;
    bool confirms; /* each broadcast is said to have been sent to three */
};

int talk_set_up(void **state);
int talk_tear_down(void **state);

/* Makes them members of that conversation. */
void talk_add(struct talk_rig *talk, const char *conversation, const char *user);
/* Another program says something. */
void talk_insert(struct talk_rig *talk, const char *conversation, const char *content);

bool talk_await_messages(struct talk_rig *talk, size_t count);
bool talk_await_members(struct talk_rig *talk, size_t count);
bool talk_await_broadcasts(struct talk_rig *talk, size_t count);

struct talk_answer {
    bool is_there;
    enum store_verdict verdict;
    int64_t ids[512], times[512];
    size_t count, octets;
    bool has_more;
    char first[4096];
    char users[16][300];
    struct store_said said;
};
struct talk_answer talk_join(
    struct talk_rig *talk, const char *user, const char *conversation, int64_t since);
struct talk_answer talk_history(
    struct talk_rig *talk, const char *user, int64_t before, int64_t after, size_t limit);
struct talk_answer talk_say(struct talk_rig *talk, const struct store_saying *saying);
/* "hello" of alice in "c", with that reference. */
struct talk_answer talk_hello(struct talk_rig *talk, const char *reference);
enum store_verdict talk_member(struct talk_rig *talk, const char *user, const char *conversation);
struct talk_answer talk_conversations(struct talk_rig *talk, const char *user);
struct talk_answer talk_contacts(struct talk_rig *talk, const char *user);
struct talk_answer talk_seen(
    struct talk_rig *talk, const char *asker, const char *const *users, size_t count);
struct talk_answer talk_standing(struct talk_rig *talk, const char *topic, int64_t heard);
/* As for talk_say, without waiting. */
void talk_on_said(void *context, const struct store_said *said);
bool talk_await(struct talk_rig *talk, const struct talk_answer *answer, int64_t ms);

#endif
