#include "gateway/store/revocation.h"

#include "gateway/store/engine.h"
#include "gateway/store/token_verbs.h"

int revocation_find(struct turn *turn, const char *user, int64_t *not_before_seconds)
{
    struct engine *engine = turn->engine;
    int64_t ms = INT64_MAX;
    int found = engine->tokens->revocation(engine, user, &ms);

    *not_before_seconds = ms / 1000 - (ms % 1000 < 0);
    return found;
}
