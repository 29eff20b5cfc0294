/*
 * topic: names of topics, and who may join which.
 *
 * A topic is `<kind>:<rest>`, valid UTF-8 of at most TOPIC_MAX octets without
 * control characters; what a token names may be without a colon. Both spellings of a user's own
 * topic
 * (`user:notifications`, `user:<own id>:notifications`) are one.
 */
#ifndef BELFRY_GATEWAY_REALTIME_TOPIC_H
#define BELFRY_GATEWAY_REALTIME_TOPIC_H

#include "common/token.h"

#define TOPIC_MAX 300

enum topic_right {
    TOPIC_OWN,          /* the bearer's own notifications */
    TOPIC_ALLOWED,      /* by its name, or by the token's claim */
    TOPIC_CONVERSATION, /* whoever is a member: ask the store */
    TOPIC_FORBIDDEN     /* all else, also what is no topic at all */
};

enum topic_right topic_right(const char *topic, const struct token_claims *claims);

/* The same of `conversation:<id>`. */
enum topic_right topic_right_to_conversation(
    const char *conversation, const struct token_claims *claims);

/* The id within `conversation:<id>`. */
const char *topic_conversation(const char *topic);

#endif
