/*
 * topic: names of topics, and who may join which.
 *
 * A topic is `<kind>:<rest>`, valid UTF-8 of at most TOPIC_MAX bytes without
 * control characters; a topic named by a token may lack the colon. Both
 * spellings of a user's own topic (`user:notifications`, `user:<own
 * id>:notifications`) are the same topic.
 */
#ifndef BELFRY_GATEWAY_REALTIME_TOPIC_H
#define BELFRY_GATEWAY_REALTIME_TOPIC_H

#include <stdbool.h>

#include "common/token.h"

#define TOPIC_MAX 300
#define TOPIC_ALL "*" /* of broadcasts that go to everybody */
#define TOPIC_PRESENCE "presence:updates"
#define TOPIC_FOLLOWING "user:conversations" /* only in `auto_subscribe`: following.h */

enum topic_right {
    TOPIC_OWN,          /* the notifications of the token's bearer */
    TOPIC_ALLOWED,      /* by its name, or by a claim of the token */
    TOPIC_CONVERSATION, /* for members: ask the store */
    TOPIC_FORBIDDEN     /* anything else, also an invalid name */
};

enum topic_right topic_right(const char *topic, const struct token_claims *claims);

/* The same for `conversation:<id>`. */
enum topic_right topic_right_to_conversation(
    const char *conversation, const struct token_claims *claims);

/* The id in `conversation:<id>`; NULL: it is another topic. */
const char *topic_conversation(const char *topic);

/* Write `conversation:<id>` and `user:<id>:notifications`, cut to TOPIC_MAX bytes. */
void topic_write_conversation(char topic[TOPIC_MAX + 1], const char *conversation);
void topic_write_own(char topic[TOPIC_MAX + 1], const char *user);

/* Whether clients are subscribed to that topic unasked, in a hub of its own: TOPIC_ALL and the
 * users' own topics (broadcasts.h). */
bool topic_is_inner(const char *topic);

#endif
