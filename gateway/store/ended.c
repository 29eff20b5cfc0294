#include "gateway/store/ended.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"
#include "gateway/store/token_verbs.h"

#define BATCH 256
/* The longest lifetime of a token that the configuration allows, and a day. */
#define KEPT_MS ((int64_t)8 * 86400000)

struct ended_session {
    UT_hash_handle hh;
    TAILQ_ENTRY(ended_session) entry;
    struct token_session session;
    bool is_written;
    bool is_lifted; /* to be deleted from the database, too */
};

void ended_init(struct ended *ended)
{
    *ended = (struct ended){.by_hash = NULL};
    TAILQ_INIT(&ended->written);
    TAILQ_INIT(&ended->unwritten);
}

static struct ended_session *ended_find(
    const struct ended *ended, const struct token_session *session)
{
    struct ended_session *found;

    HASH_FIND(hh, ended->by_hash, session->hash, sizeof(session->hash), found);
    return found;
}

static void ended_leave_list(struct ended *ended, struct ended_session *one)
{
    TAILQ_REMOVE(one->is_written ? &ended->written : &ended->unwritten, one, entry);
}

static void ended_drop(struct ended *ended, struct ended_session *one)
{
    ended_leave_list(ended, one);
    HASH_DELETE(hh, ended->by_hash, one);
    ended->count--;
    free(one);
}

void ended_release(struct ended *ended)
{
    struct ended_session *one;

    while ((one = TAILQ_FIRST(&ended->written)) || (one = TAILQ_FIRST(&ended->unwritten)))
        ended_drop(ended, one);
}

static struct ended_session *ended_insert(
    struct ended *ended, const struct token_session *session, bool is_written)
{
    struct ended_session *one;

    if (ended->count == ENDED_MAX && TAILQ_EMPTY(&ended->written))
        return NULL;
    if (ended->count == ENDED_MAX)
        ended_drop(ended, TAILQ_FIRST(&ended->written));
    one = mem_zalloc(sizeof(*one));
    memcpy(one->session.hash, session->hash, sizeof(session->hash));
    one->is_written = is_written;
    HASH_ADD(hh, ended->by_hash, session.hash, sizeof(one->session.hash), one);
    TAILQ_INSERT_TAIL(is_written ? &ended->written : &ended->unwritten, one, entry);
    ended->count++;
    return one;
}

static void set_lifted(struct ended *ended, struct ended_session *one, bool is_lifted)
{
    if (one->is_lifted == is_lifted)
        return;
    ended_leave_list(ended, one);
    one->is_lifted = is_lifted;
    one->is_written = false;
    TAILQ_INSERT_TAIL(&ended->unwritten, one, entry);
}

void ended_add(struct ended *ended, const struct token_session *session)
{
    struct ended_session *one = ended_find(ended, session);

    if (one)
        set_lifted(ended, one, false);
    else
        ended_insert(ended, session, false);
}

void ended_lift(struct ended *ended, const struct token_session *session)
{
    struct ended_session *one = ended_find(ended, session);

    if (one)
        set_lifted(ended, one, true);
}

bool ended_has(const struct ended *ended, const struct token_session *session)
{
    const struct ended_session *one = ended_find(ended, session);

    return one && !one->is_lifted;
}

/* Ignores a malformed hash, which somebody else must have written. */
static int ended_read(void *context, const char *hash)
{
    struct ended *ended = context;
    struct token_session session;
    char sid[TOKEN_SESSION_HASH_SIZE + 2];

    snprintf(sid, sizeof(sid), "%s.0", hash);
    if (token_session_parse(sid, &session) && !ended_find(ended, &session))
        ended_insert(ended, &session, true);
    return 1;
}

static void write_all_anew(struct ended *ended)
{
    struct ended_session *one;

    while ((one = TAILQ_FIRST(&ended->written))) {
        ended_leave_list(ended, one);
        one->is_written = false;
        TAILQ_INSERT_TAIL(&ended->unwritten, one, entry);
    }
}

int ended_start(struct ended *ended, struct turn *turn)
{
    struct engine *engine = turn->engine;

    write_all_anew(ended);
    return engine->tokens->walk_ended(engine, ENDED_MAX, ended_read, ended) < 0 ? -1 : 0;
}

bool ended_wait(const struct ended *ended)
{
    return !TAILQ_EMPTY(&ended->unwritten);
}

static int write_one(const struct ended_session *one, struct turn *turn)
{
    struct engine *engine = turn->engine;
    char hash[TOKEN_SESSION_HASH_SIZE];

    token_session_spell(one->session.hash, hash);
    if (one->is_lifted)
        return engine->tokens->drop_ended(engine, hash);
    return engine->tokens->add_ended(engine, hash, turn->now);
}

int ended_write(struct ended *ended, struct turn *turn)
{
    const struct ended_session *one;
    char before[CLOCK_ISO_SIZE];

    ended->in_transaction = 0;
    if (!ended_wait(ended))
        return 0;
    TAILQ_FOREACH (one, &ended->unwritten, entry) {
        if (ended->in_transaction == BATCH)
            break;
        if (write_one(one, turn) < 0)
            return -1;
        ended->in_transaction++;
    }
    clock_iso(turn->wall - KEPT_MS, before);
    return turn->engine->tokens->drop_ended_before(turn->engine, before);
}

void ended_settle(struct ended *ended, bool committed)
{
    if (!committed)
        return;
    for (; ended->in_transaction > 0; ended->in_transaction--) {
        struct ended_session *one = TAILQ_FIRST(&ended->unwritten);

        if (one->is_lifted) {
            ended_drop(ended, one);
            continue;
        }
        ended_leave_list(ended, one);
        one->is_written = true;
        TAILQ_INSERT_TAIL(&ended->written, one, entry);
    }
}
