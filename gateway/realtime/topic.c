#include "gateway/realtime/topic.h"

#include <stdio.h>
#include <string.h>

#define CONVERSATION "conversation:"
#define OWN_PREFIX "user:"
#define OWN_SUFFIX ":notifications"

static bool is_well_formed(const char *topic)
{
    const char *colon = strchr(topic, ':');

    if (!*topic || strlen(topic) > TOPIC_MAX || (colon && (colon == topic || !colon[1])))
        return false;
    for (const unsigned char *c = (const unsigned char *)topic; *c; c++) {
        if (*c < 0x20 || *c == 0x7f)
            return false;
    }
    return true;
}

static const char *after_prefix(const char *topic, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(topic, prefix, len) == 0 ? topic + len : NULL;
}

static bool is_own(const char *topic, const char *subject)
{
    const char *rest = after_prefix(topic, OWN_PREFIX);
    const char *tail;

    if (!rest)
        return false;
    if (strcmp(rest, "notifications") == 0)
        return true;
    tail = after_prefix(rest, subject);
    return tail && strcmp(tail, OWN_SUFFIX) == 0;
}

/* A claim that ends in `*` is a prefix. */
static bool is_claimed(const char *topic, const struct token_claims *claims)
{
    for (size_t i = 0; i < claims->topic_count; i++) {
        const char *claim = claims->topics[i];
        size_t len = strlen(claim);

        if (len > 0 && claim[len - 1] == '*' ? strncmp(topic, claim, len - 1) == 0
                                             : strcmp(topic, claim) == 0)
            return true;
    }
    return false;
}

enum topic_right topic_right(const char *topic, const struct token_claims *claims)
{
    const char *role;

    if (!is_well_formed(topic))
        return TOPIC_FORBIDDEN;
    if (is_own(topic, claims->subject))
        return TOPIC_OWN;
    /* No token can give access to another user's own topic. */
    if (after_prefix(topic, OWN_PREFIX))
        return TOPIC_FORBIDDEN;
    if (is_claimed(topic, claims))
        return TOPIC_ALLOWED;
    if (after_prefix(topic, CONVERSATION))
        return TOPIC_CONVERSATION;
    role = after_prefix(topic, "role:");
    if (role)
        return claims->role && strcmp(role, claims->role) == 0 ? TOPIC_ALLOWED : TOPIC_FORBIDDEN;
    if (after_prefix(topic, "public:") || strcmp(topic, TOPIC_PRESENCE) == 0)
        return TOPIC_ALLOWED;
    return TOPIC_FORBIDDEN;
}

enum topic_right topic_right_to_conversation(
    const char *conversation, const struct token_claims *claims)
{
    char topic[TOPIC_MAX + 1];

    topic_write_conversation(topic, conversation);
    return topic_right(topic, claims);
}

const char *topic_conversation(const char *topic)
{
    return after_prefix(topic, CONVERSATION);
}

void topic_write_conversation(char topic[TOPIC_MAX + 1], const char *conversation)
{
    snprintf(topic, TOPIC_MAX + 1, CONVERSATION "%s", conversation);
}

void topic_write_own(char topic[TOPIC_MAX + 1], const char *user)
{
    snprintf(topic, TOPIC_MAX + 1, OWN_PREFIX "%s" OWN_SUFFIX, user);
}

bool topic_is_inner(const char *topic)
{
    size_t len = strlen(topic), prefix = strlen(OWN_PREFIX), suffix = strlen(OWN_SUFFIX);

    return strcmp(topic, TOPIC_ALL) == 0 ||
           (len > prefix + suffix && strncmp(topic, OWN_PREFIX, prefix) == 0 &&
               strcmp(topic + len - suffix, OWN_SUFFIX) == 0);
}
