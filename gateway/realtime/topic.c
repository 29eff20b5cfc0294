#include "gateway/realtime/topic.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CONVERSATION "conversation:"

static bool well_formed(const char *topic)
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
    const char *rest = after_prefix(topic, "user:");
    const char *tail;

    if (!rest)
        return false;
    if (strcmp(rest, "notifications") == 0)
        return true;
    tail = after_prefix(rest, subject);
    return tail && strcmp(tail, ":notifications") == 0;
}

/* A claim may end in `*`: then it is a prefix. */
static bool claimed(const char *topic, const struct token_claims *claims)
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

    if (!well_formed(topic))
        return TOPIC_FORBIDDEN;
    if (is_own(topic, claims->subject))
        return TOPIC_OWN;
    /* Another user's own topic is nobody's to give. */
    if (after_prefix(topic, "user:"))
        return TOPIC_FORBIDDEN;
    if (claimed(topic, claims))
        return TOPIC_ALLOWED;
    if (after_prefix(topic, CONVERSATION))
        return TOPIC_CONVERSATION;
    role = after_prefix(topic, "role:");
    if (role)
        return claims->role && strcmp(role, claims->role) == 0 ? TOPIC_ALLOWED : TOPIC_FORBIDDEN;
    if (after_prefix(topic, "public:") || strcmp(topic, "presence:updates") == 0)
        return TOPIC_ALLOWED;
    return TOPIC_FORBIDDEN;
}

enum topic_right topic_right_to_conversation(
    const char *conversation, const struct token_claims *claims)
{
    char topic[TOPIC_MAX + 1];

    snprintf(topic, sizeof(topic), CONVERSATION "%s", conversation);
    return topic_right(topic, claims);
}

const char *topic_conversation(const char *topic)
{
    return after_prefix(topic, CONVERSATION);
}
