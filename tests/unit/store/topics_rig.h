/*
 * topics_rig: the store_rig, with callbacks about conversations and broadcasts
 * recorded, and requests about them that wait for their answer.
 */
#ifndef BELFRY_TESTS_UNIT_TOPICS_RIG_H
#define BELFRY_TESTS_UNIT_TOPICS_RIG_H

#include "gateway/store/store_broadcasts.h"
#include "gateway/store/store_conversations.h"
#include "gateway/store/store_presence.h"
#include "tests/unit/store/store_rig.h"

#define TOPICS_TOLD_MAX 4096
#define TOPICS_SOON_MS 5000

struct topics_rig {
    struct rig rig; /* first: it is the context of all news */

    int64_t messages[TOPICS_TOLD_MAX]; /* ids, in order */
    size_t message_count;
    char last_message[4096], last_conversation[300], last_sender[300];

    size_t member_count;
    char last_member[300];
    bool last_is_member;
    bool was_member; /* … when the last message came */

    int64_t broadcasts[TOPICS_TOLD_MAX];
    size_t broadcast_count;
    char last_topic[600], last_event[300], last_data[4096];
    bool last_stays;
    bool confirms; /* each broadcast is said to have been sent to three */
};

int topics_set_up(void **state);
int topics_tear_down(void **state);

/* Adds the users to that conversation. */
void add_member(struct topics_rig *topics, const char *conversation, const char *user);
/* Another program inserts a message. */
void insert_message(struct topics_rig *topics, const char *conversation, const char *content);

/* Wait until at least that many were told: several can come at once. */
bool await_messages(struct topics_rig *topics, size_t count);
bool await_members(struct topics_rig *topics, size_t count);
bool await_broadcasts(struct topics_rig *topics, size_t count);

struct asked {
    bool is_there;
    enum store_verdict verdict;
    int64_t ids[512], times[512];
    size_t count, octets;
    bool has_more;
    int64_t upto, heard; /* of broadcasts */
    char first[4096];
    char users[16][300];
    struct store_said said;
};
struct asked ask_join(
    struct topics_rig *topics, const char *user, const char *conversation, int64_t since);
struct asked ask_history(
    struct topics_rig *topics, const char *user, int64_t before, int64_t after, size_t limit);
struct asked ask_say(struct topics_rig *topics, const struct store_saying *saying);
/* "hello" of alice in "c", with that reference. */
struct asked ask_hello(struct topics_rig *topics, const char *reference);
enum store_verdict ask_member(
    struct topics_rig *topics, const char *user, const char *conversation);
struct asked ask_conversations(struct topics_rig *topics, const char *user);
struct asked ask_contacts(struct topics_rig *topics, const char *user);
struct asked ask_last_seen(
    struct topics_rig *topics, const char *asker, const char *const *users, size_t count);
struct asked ask_standing(struct topics_rig *topics, const char *topic, int64_t heard);
/* … for a subscriber that joins with the answer. */
struct asked ask_standing_after(
    struct topics_rig *topics, const char *topic, int64_t after, size_t limit);
/* For each topic the `upto` in `ids`. */
struct asked ask_standing_topics(
    struct topics_rig *topics, const struct store_topic *asked, size_t count);
/* Like ask_say, without waiting. */
void asked_said(void *context, const struct store_said *said);
bool await_asked(struct topics_rig *topics, const struct asked *answer, int64_t ms);

#endif
