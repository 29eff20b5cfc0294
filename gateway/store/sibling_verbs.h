/*
 * sibling_verbs: what passes between the gateways that serve one queue, and is
 * not kept in its tables.
 *
 * An engine that admits only one gateway has none of these: engine->siblings is
 * NULL.
 */
#ifndef BELFRY_GATEWAY_STORE_SIBLING_VERBS_H
#define BELFRY_GATEWAY_STORE_SIBLING_VERBS_H

#include <stddef.h>

#include "gateway/store/engine.h"

/* The longest text that can be sent, without its NUL. */
#define SIBLING_TEXT_MAX 7168

struct sibling_verbs {
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
