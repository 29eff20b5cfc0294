#include "gateway/store/ended.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/database.h"
#include "common/memory.h"
#include "gateway/store/queue.h"

#define BATCH 256
/* The longest life of a token that the configuration takes, and a day. */
#define KEPT_MS ((int64_t)8 * 86400000)
#define KEY_PREFIX "session_over."
#define KEY_SIZE (sizeof(KEY_PREFIX) + TOKEN_SESSION_HASH_SIZE)

struct ended_session {
    UT_hash_handle hh;
    TAILQ_ENTRY(ended_session) entry;
    struct token_session session;
    bool is_written;
    bool is_lifted; /* to be taken out of the file, too */
};

void ended_init(struct ended *ended)
{
    *ended = (struct ended){.by_hash = NULL};
    TAILQ_INIT(&ended->written);
    TAILQ_INIT(&ended->unwritten);
}

static struct ended_session *find(const struct ended *ended, const struct token_session *session)
{
    struct ended_session *found;

    HASH_FIND(hh, ended->by_hash, session->hash, sizeof(session->hash), found);
    return found;
}

static void leave_list(struct ended *ended, struct ended_session *one)
{
    TAILQ_REMOVE(one->is_written ? &ended->written : &ended->unwritten, one, entry);
}

static void drop(struct ended *ended, struct ended_session *one)
{
    leave_list(ended, one);
    HASH_DELETE(hh, ended->by_hash, one);
    ended->count--;
    free(one);
}

void ended_release(struct ended *ended)
{
    struct ended_session *one;

    while ((one = TAILQ_FIRST(&ended->written)) || (one = TAILQ_FIRST(&ended->unwritten)))
        drop(ended, one);
}

static struct ended_session *add(
    struct ended *ended, const struct token_session *session, bool is_written)
{
    struct ended_session *one;

    if (ended->count == ENDED_MAX && TAILQ_EMPTY(&ended->written))
        return NULL;
    if (ended->count == ENDED_MAX)
        drop(ended, TAILQ_FIRST(&ended->written));
    one = mem_zalloc(sizeof(*one));
    one->session = *session;
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
    leave_list(ended, one);
    one->is_lifted = is_lifted;
    one->is_written = false;
    TAILQ_INSERT_TAIL(&ended->unwritten, one, entry);
}

void ended_add(struct ended *ended, const struct token_session *session)
{
    struct ended_session *one = find(ended, session);

    if (one)
        set_lifted(ended, one, false);
    else
        add(ended, session, false);
}

void ended_lift(struct ended *ended, const struct token_session *session)
{
    struct ended_session *one = find(ended, session);

    if (one)
        set_lifted(ended, one, true);
}

bool ended_has(const struct ended *ended, const struct token_session *session)
{
    const struct ended_session *one = find(ended, session);

    return one && !one->is_lifted;
}

/* Keys that are none are somebody's own. */
static void take_up(struct ended *ended, const char *key)
{
    struct token_session session;
    char sid[KEY_SIZE + 2];
    struct ended_session *one;

    snprintf(sid, sizeof(sid), "%s.0", key + strlen(KEY_PREFIX));
    if (!token_session_parse(sid, &session))
        return;
    one = find(ended, &session);
    if (!one)
        add(ended, &session, true);
}

static int drop_old(struct queue *queue)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_DROP_ENDED);
    char before[CLOCK_ISO_SIZE];

    database_bind(statement, 1, clock_iso(queue->turn.wall - KEPT_MS, before));
    return file_run(queue->file, statement);
}

static void write_all_anew(struct ended *ended)
{
    struct ended_session *one;

    while ((one = TAILQ_FIRST(&ended->written))) {
        leave_list(ended, one);
        one->is_written = false;
        TAILQ_INSERT_TAIL(&ended->unwritten, one, entry);
    }
}

int ended_start(struct queue *queue)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_ENDED);
    struct ended *ended = &queue->logout.ended;
    int step;

    write_all_anew(ended);
    sqlite3_bind_int(statement, 1, ENDED_MAX);
    while ((step = sqlite3_step(statement)) == SQLITE_ROW)
        take_up(ended, database_text(statement, 0));
    return file_done(queue->file, statement, step);
}

bool ended_wait(const struct queue *queue)
{
    return !TAILQ_EMPTY(&queue->logout.ended.unwritten);
}

static int write_one(struct queue *queue, const struct ended_session *one)
{
    sqlite3_stmt *statement =
        file_statement(queue->file, one->is_lifted ? STATEMENT_LIFT_ENDED : STATEMENT_ADD_ENDED);
    char key[KEY_SIZE] = KEY_PREFIX;

    token_session_spell(one->session.hash, key + strlen(KEY_PREFIX));
    database_bind(statement, 1, key);
    if (!one->is_lifted)
        database_bind(statement, 2, queue->turn.now);
    return file_run(queue->file, statement);
}

int ended_write(struct queue *queue)
{
    struct ended *ended = &queue->logout.ended;
    const struct ended_session *one;

    ended->in_transaction = 0;
    if (!ended_wait(queue))
        return 0;
    TAILQ_FOREACH (one, &ended->unwritten, entry) {
        if (ended->in_transaction == BATCH)
            break;
        if (write_one(queue, one) < 0)
            return -1;
        ended->in_transaction++;
    }
    return drop_old(queue);
}

void ended_settle(struct queue *queue, bool committed)
{
    struct ended *ended = &queue->logout.ended;

    if (!committed)
        return;
    for (; ended->in_transaction > 0; ended->in_transaction--) {
        struct ended_session *one = TAILQ_FIRST(&ended->unwritten);

        if (one->is_lifted) {
            drop(ended, one);
            continue;
        }
        leave_list(ended, one);
        one->is_written = true;
        TAILQ_INSERT_TAIL(&ended->written, one, entry);
    }
}
