#include "gateway/store/logout.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/news.h"
#include "gateway/store/queue.h"

/* How often the file is looked at. Several times this, and a pass over all sessions, make up the
 * 5 s within which a logout is to show. */
#define LOOK_MS 1000
/* How long a lock keeps somebody waiting who wants in. */
#define LOCKED_MS 1000
/* How long a slice may take, and how many sessions it may look up, or tell of. */
#define SLICE_MS 2
#define SLICE_SESSIONS 1024
/* The rows of a search between two looks at the clock. */
#define SEARCH_ROWS 256

struct held {
    TAILQ_ENTRY(held) entry; /* in the list of its state */
    struct held *next;       /* of the same user */
    struct watched *watched;
    struct token_session session;
    uint32_t connections;
    enum held_state state;
};

void logout_init(struct logout *logout, const struct store_settings *settings)
{
    *logout = (struct logout){.is_on = settings->session_database != NULL};
    session_file_init(&logout->file, settings->session_database, settings->session_shapes);
    search_init(&logout->search);
    ended_init(&logout->ended);
    health_init(&logout->health, "watching the session database for logouts");
    for (size_t i = 0; i < HELD_STATES; i++)
        TAILQ_INIT(&logout->lists[i]);
}

static void leave_list(struct logout *logout, struct held *held)
{
    TAILQ_REMOVE(&logout->lists[held->state], held, entry);
    logout->counts[held->state]--;
    if (logout->unverified > logout->counts[HELD_SETTLED])
        logout->unverified = logout->counts[HELD_SETTLED];
    if (logout->unexamined > logout->counts[HELD_SUSPECT])
        logout->unexamined = logout->counts[HELD_SUSPECT];
}

static void join_list(struct logout *logout, struct held *held, enum held_state state)
{
    held->state = state;
    TAILQ_INSERT_TAIL(&logout->lists[state], held, entry);
    logout->counts[state]++;
}

static void move(struct logout *logout, struct held *held, enum held_state state)
{
    leave_list(logout, held);
    join_list(logout, held, state);
}

/* Before those that have been examined. */
static void suspect(struct logout *logout, struct held *held)
{
    leave_list(logout, held);
    held->state = HELD_SUSPECT;
    TAILQ_INSERT_HEAD(&logout->lists[HELD_SUSPECT], held, entry);
    logout->counts[HELD_SUSPECT]++;
    logout->unexamined++;
}

static struct held **place_of(struct watched *watched, const struct token_session *session)
{
    struct held **place = &watched->sessions;

    while (*place && memcmp((*place)->session.hash, session->hash, sizeof(session->hash)) != 0)
        place = &(*place)->next;
    return place;
}

static void forget(struct logout *logout, struct held **place)
{
    struct held *held = *place;

    *place = held->next;
    leave_list(logout, held);
    free(held);
}

void logout_release(struct logout *logout)
{
    for (size_t i = 0; i < HELD_STATES; i++) {
        struct held *held;

        while ((held = TAILQ_FIRST(&logout->lists[i])))
            forget(logout, place_of(held->watched, &held->session));
    }
    search_release(&logout->search);
    ended_release(&logout->ended);
    session_file_close(&logout->file);
}

static void fail(struct queue *queue)
{
    struct logout *logout = &queue->logout;

    health_failed(&logout->health, queue->turn.log,
        logout->file.code == SQLITE_BUSY ? ENGINE_BUSY : ENGINE_BROKEN, logout->file.code,
        &logout->file.why, queue->turn.steady);
}

static void note_loss(struct queue *queue)
{
    struct session_file *file = &queue->logout.file;

    if (file->has_lost)
        log_warn(queue->turn.log,
            "%s has lost its -wal or -shm file, and is opened anew; programs that have it open "
            "since "
            "before that must open it anew, too: restart them",
            file->path);
    file->has_lost = false;
}

/* Whether the file can be asked, and shows what it holds now. */
static bool look(struct queue *queue)
{
    struct logout *logout = &queue->logout;
    bool failed_before = logout->health.failing;
    int seen;

    if (!health_allows(&logout->health, queue->turn.steady))
        return false;
    seen = session_file_look(&logout->file);
    note_loss(queue);
    if (seen < 0) {
        fail(queue);
        return false;
    }
    health_worked(&logout->health, queue->turn.log, queue->turn.steady);
    logout->has_changed |= seen != SESSION_FILE_SAME || failed_before;
    if (seen == SESSION_FILE_ANOTHER)
        search_forget(&logout->search);
    else if (seen == SESSION_FILE_REBUILT)
        search_restart(&logout->search);
    return true;
}

/* What is known to be over stays so. A short lock is waited for; while the file cannot be read for
 * long, nobody else is kept out. */
static enum logout_word without_file(const struct queue *queue, const struct token_session *session)
{
    const struct health *health = &queue->logout.health;

    if (ended_has(&queue->logout.ended, session))
        return LOGOUT_OVER;
    if (health->trouble == ENGINE_BUSY && queue->turn.steady - health->since < LOCKED_MS)
        return LOGOUT_LATER;
    return LOGOUT_UNKNOWN;
}

static void meet(struct logout *logout, const struct token_session *session)
{
    search_met(&logout->search, session);
    ended_lift(&logout->ended, session);
}

/* After a look: at its row, or where the search has found it. */
static enum logout_word judge(struct queue *queue, struct token_session *session)
{
    struct logout *logout = &queue->logout;
    int has = session_file_has(&logout->file, session);
    enum search_result result;

    if (has == 0) {
        result = search_result(&logout->search, session);
        if (result == SEARCH_WAITS)
            return LOGOUT_LATER;
        if (result == SEARCH_GONE) {
            ended_add(&logout->ended, session);
            return LOGOUT_OVER;
        }
        if (result == SEARCH_FOUND)
            has = session_file_has(&logout->file, session);
    }
    if (has < 0) {
        fail(queue);
        return without_file(queue, session);
    }
    if (has > 0)
        meet(logout, session);
    else
        search_for(&logout->search, session);
    return has > 0 ? LOGOUT_GOOD : LOGOUT_LATER;
}

/* Who waits for a search asks often, and there may be thousands. */
enum logout_word logout_judge(struct queue *queue, struct token_session *session)
{
    struct logout *logout = &queue->logout;

    if (!logout->is_on)
        return LOGOUT_UNKNOWN;
    if (!logout->health.failing && search_result(&logout->search, session) == SEARCH_WAITS)
        return LOGOUT_LATER;
    return look(queue) ? judge(queue, session) : without_file(queue, session);
}

void logout_hold(
    struct queue *queue, struct watched *watched, const struct token_session *session, bool is_seen)
{
    struct logout *logout = &queue->logout;
    struct held **place = place_of(watched, session);
    struct held *held = *place;

    if (!logout->is_on)
        return;
    if (!held) {
        held = *place = mem_zalloc(sizeof(*held));
        held->watched = watched;
        held->session = *session;
        join_list(logout, held, HELD_SETTLED);
    }
    held->connections++;
    if (is_seen || held->state == HELD_OVER) {
        held->session.rowid = session->rowid;
        move(logout, held, HELD_SETTLED);
    }
}

void logout_let_go(
    struct queue *queue, struct watched *watched, const struct token_session *session)
{
    struct held **place = place_of(watched, session);

    if (*place && --(*place)->connections == 0)
        forget(&queue->logout, place);
}

/* Delivery waits for the end of a slice. */
static bool has_time(const struct queue *queue)
{
    return clock_steady_ms(queue->turn.clock) < queue->logout.slice_end;
}

/* The settled ones, so many as there were when the round began, each at its row. */
static void verify(struct queue *queue)
{
    struct logout *logout = &queue->logout;

    for (int i = 0; i < SLICE_SESSIONS && logout->unverified > 0 && has_time(queue); i++) {
        struct held *held = TAILQ_FIRST(&logout->lists[HELD_SETTLED]);
        int has = session_file_has(&logout->file, &held->session);

        if (has < 0) {
            fail(queue);
            return;
        }
        logout->unverified--;
        if (has > 0)
            move(logout, held, HELD_SETTLED);
        else
            suspect(logout, held);
    }
}

static void tell(struct logout *logout, struct held *held, struct news *news)
{
    char hash[TOKEN_SESSION_HASH_SIZE];

    news_add_session_over(news, held->watched->user, token_session_spell(held->session.hash, hash));
    move(logout, held, HELD_OVER);
}

/* The suspects, with what the search has found out. */
static void examine(struct queue *queue, struct news *news)
{
    struct logout *logout = &queue->logout;

    for (int i = 0; i < SLICE_SESSIONS && logout->unexamined > 0 && has_time(queue); i++) {
        struct held *held = TAILQ_FIRST(&logout->lists[HELD_SUSPECT]);
        enum logout_word word = judge(queue, &held->session);

        if (logout->health.failing)
            return;
        logout->unexamined--;
        if (word == LOGOUT_OVER)
            tell(logout, held, news);
        else
            move(logout, held, word == LOGOUT_GOOD ? HELD_SETTLED : HELD_SUSPECT);
    }
}

static void examine_and_tell(struct queue *queue)
{
    struct news *news;

    if (queue->logout.unexamined == 0 || !turn_may_tell(&queue->turn))
        return;
    news = news_new();
    examine(queue, news);
    if (news->count > 0)
        turn_send_news(&queue->turn, &news->parcel);
    else
        news_free(news);
}

/* Up to the end of a pass, which counts only after another look. */
static void seek(struct queue *queue)
{
    struct logout *logout = &queue->logout;

    while (search_waits(&logout->search) && has_time(queue)) {
        uint64_t pass = logout->search.pass;
        int settled = search_step(&logout->search, &logout->file, SEARCH_ROWS);

        turn_count(&queue->turn, COUNTER_SESSION_SEARCHES, logout->search.pass - pass);
        if (settled < 0) {
            fail(queue);
            return;
        }
        if (settled > 0)
            logout->unexamined = logout->counts[HELD_SUSPECT];
        if (search_is_through(&logout->search))
            return;
    }
}

/* At most one round a time, however often the file changes: there are other things to do. */
static void begin_round(struct queue *queue)
{
    struct logout *logout = &queue->logout;

    if (!logout->has_changed || logout->unverified > 0 || queue->turn.steady < logout->next_round)
        return;
    logout->has_changed = false;
    logout->unverified = logout->counts[HELD_SETTLED];
    logout->next_round = queue->turn.steady + LOOK_MS;
}

void logout_run(struct queue *queue)
{
    struct logout *logout = &queue->logout;

    if (logout_pause(queue) > 0)
        return;
    logout->next_look = queue->turn.steady + LOOK_MS;
    logout->slice_end = clock_steady_ms(queue->turn.clock) + SLICE_MS;
    if (!look(queue))
        return;
    begin_round(queue);
    verify(queue);
    if (!logout->health.failing)
        examine_and_tell(queue);
    if (!logout->health.failing)
        seek(queue);
}

static bool is_idle(const struct logout *logout)
{
    return logout->counts[HELD_SETTLED] == 0 && logout->counts[HELD_SUSPECT] == 0 &&
           !search_waits(&logout->search);
}

int64_t logout_pause(const struct queue *queue)
{
    const struct logout *logout = &queue->logout;
    int64_t next = logout->next_look;

    if (is_idle(logout))
        return INT64_MAX;
    if (logout->health.failing)
        next = logout->health.retry_at;
    else if (logout->unverified > 0 || search_waits(&logout->search) ||
             (logout->unexamined > 0 && turn_may_tell(&queue->turn)))
        return 0;
    return next > queue->turn.steady ? next - queue->turn.steady : 0;
}
