/*
 * sibling_verbs: the other gateways that serve the queue: who is connected to them,
 * and what passes between them that is not kept in any table.
 *
 * An engine that admits only one gateway shows those that take the place of one another
 * (engine.h: has_company), has no marks while there are none, and cannot send texts.
 */
#ifndef BELFRY_GATEWAY_STORE_SIBLING_VERBS_H
#define BELFRY_GATEWAY_STORE_SIBLING_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/engine.h"

/* The longest text that can be sent, without its NUL. */
#define SIBLING_TEXT_MAX 7168

/* How many connections a user has to another gateway. */
struct sibling_user {
    const char *user, *instance;
    int64_t connections;
    int64_t last_seen; /* wall ms: when one of them came or went, or their gateway was seen last */
};

struct sibling_verbs {
    /* Whether such a number has changed, or may have, since the last walk began. */
    bool (*has_news)(const struct engine *engine);
    /* Walks over those that have changed since the end of the last walk, at most `most`; at first,
     * and when the engine was begun anew, over all that are not 0. A number may be shown more than
     * once; the last one is right. Inside a transaction. */
    int (*walk_users)(struct engine *engine, size_t most,
        int (*visit)(void *context, const struct sibling_user *user), void *context);

    /* A mark (snapshot_mark.h) of the open transaction; lent until it ends. NULL: there is no other
     * gateway now. */
    const char *(*mark)(struct engine *engine);
    /* Of the snapshot behind which the changes are new that are being walked over. */
    const char *(*mark_before_changes)(struct engine *engine);
    /* Of one that shows none of the notifications that are new. */
    const char *(*mark_before_new)(struct engine *engine);

    /* These three may be NULL: what gateways tell each other does not arrive. */
    /* Sends these texts to all other gateways, outside of any transaction. Whether they arrive is
     * not known. 0, or -1. */
    int (*say)(struct engine *engine, const char *const *texts, size_t count);
    /* Walks over the texts that others have sent since the last call, in order for each of them. A
     * text is shown once, whatever `visit` says. */
    int (*walk_said)(
        struct engine *engine, int (*visit)(void *context, const char *text), void *context);
    /* How many texts of others were thrown away since the last call, because too many came. */
    size_t (*lost)(struct engine *engine);
};

#endif
