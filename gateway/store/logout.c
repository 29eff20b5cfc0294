#include "gateway/store/logout.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/news.h"
#include "gateway/store/watch.h"

/* How often the session database is looked at. Several of these looks and a pass over all sessions
 * must fit into the 5 s within which a logout takes effect. */
#define LOOK_MS 1000
/* How long a client waits to be let in while the session database is locked. */
#define LOCKED_MS 1000
/* How long a slice may take, and how many sessions it may look up, or report. */
#define SLICE_MS 2
#define SLICE_SESSIONS 1024
/* Sessions that are looked up before the clock is looked at again. */
#define BATCH_SESSIONS 128
#define SLICE_BATCHES (SLICE_SESSIONS / BATCH_SESSIONS)
/* Rows that a search reads before it looks at the clock again. */
#define SEARCH_ROWS 256

struct held {
    TAILQ_ENTRY(held) entry; /* in the list of its state */
    struct held *next;       /* of the same user */
    struct watched *watched;
    struct token_session session;
    uint32_t connections;
    enum held_state state;
};

void logout_init(struct logout *logout, struct sessions *sessions)
{
    *logout = (struct logout){.sessions = sessions};
    search_init(&logout->search);
    ended_init(&logout->ended);
    health_init(&logout->health, "watching the session database for logouts");
    for (size_t i = 0; i < HELD_STATES; i++)
        TAILQ_INIT(&logout->lists[i]);
}

static void held_leave(struct logout *logout, struct held *held)
{
    TAILQ_REMOVE(&logout->lists[held->state], held, entry);
    logout->counts[held->state]--;
    if (logout->unverified > logout->counts[HELD_SETTLED])
        logout->unverified = logout->counts[HELD_SETTLED];
    if (logout->unexamined > logout->counts[HELD_SUSPECT])
        logout->unexamined = logout->counts[HELD_SUSPECT];
}

static void held_join(struct logout *logout, struct held *held, enum held_state state)
{
    held->state = state;
    TAILQ_INSERT_TAIL(&logout->lists[state], held, entry);
    logout->counts[state]++;
}

static void held_move(struct logout *logout, struct held *held, enum held_state state)
{
    held_leave(logout, held);
    held_join(logout, held, state);
}

/* Inserts it before the suspects that have been examined. */
static void held_suspect(struct logout *logout, struct held *held)
{
    held_leave(logout, held);
    held->state = HELD_SUSPECT;
    TAILQ_INSERT_HEAD(&logout->lists[HELD_SUSPECT], held, entry);
    logout->counts[HELD_SUSPECT]++;
    logout->unexamined++;
}

static struct held **held_find(struct watched *watched, const struct token_session *session)
{
    struct held **place = &watched->sessions;

    while (*place && memcmp((*place)->session.hash, session->hash, sizeof(session->hash)) != 0)
        place = &(*place)->next;
    return place;
}

static void held_drop(struct logout *logout, struct held **place)
{
    struct held *held = *place;

    *place = held->next;
    held_leave(logout, held);
    token_session_release(&held->session);
    free(held);
}

void logout_release(struct logout *logout)
{
    for (size_t i = 0; i < HELD_STATES; i++) {
        struct held *held;

        while ((held = TAILQ_FIRST(&logout->lists[i])))
            held_drop(logout, held_find(held->watched, &held->session));
    }
    search_release(&logout->search);
    ended_release(&logout->ended);
    if (logout->sessions)
        logout->sessions->verbs->free(logout->sessions);
}

static void note_failure(struct logout *logout, const struct turn *turn)
{
    const struct sessions *sessions = logout->sessions;

    health_failed(&logout->health, turn->log, sessions->trouble, sessions->code, &sessions->why,
        turn->steady);
}

static void log_advice(struct sessions *sessions, const struct turn *turn)
{
    if (sessions->advice.text[0])
        log_warn(turn->log, "%s", sessions->advice.text);
    sessions->advice.text[0] = '\0';
}

/* Looks at the session database. Returns whether it can be read now. */
static bool look_again(struct logout *logout, struct turn *turn)
{
    bool failed_before = logout->health.failing;
    int seen;

    if (!health_allows(&logout->health, turn->steady))
        return false;
    seen = logout->sessions->verbs->look(logout->sessions);
    log_advice(logout->sessions, turn);
    if (seen < 0) {
        note_failure(logout, turn);
        return false;
    }
    health_worked(&logout->health, turn->log, turn->steady);
    logout->has_changed |= seen != SESSIONS_SAME || failed_before;
    if (seen == SESSIONS_ANOTHER)
        search_forget(&logout->search);
    else if (seen == SESSIONS_REBUILT)
        search_restart(&logout->search);
    return true;
}

/* A session known to be over stays over. A short lock is waited for; if the database cannot be read
 * for longer, all other sessions are let in. */
static enum logout_word without_file(
    const struct logout *logout, const struct turn *turn, const struct token_session *session)
{
    const struct health *health = &logout->health;

    if (ended_has(&logout->ended, session))
        return LOGOUT_OVER;
    if (health->trouble == ENGINE_BUSY && turn->steady - health->since < LOCKED_MS)
        return LOGOUT_LATER;
    return LOGOUT_UNKNOWN;
}

static void note_seen(struct logout *logout, const struct token_session *session)
{
    search_met(&logout->search, session);
    ended_lift(&logout->ended, session);
}

/* 1, 0 or -1. */
static int has_session(struct logout *logout, const struct token_session *session)
{
    bool there = false;

    return logout->sessions->verbs->has(logout->sessions, &session, 1, &there) < 0 ? -1 : there;
}

/* What is known of a session that is not at its row; where sessions have no rows of their own, it
 * is gone. */
static enum search_result find_elsewhere(struct logout *logout, struct token_session *session)
{
    return logout->sessions->verbs->walk ? search_result(&logout->search, session) : SEARCH_GONE;
}

/* After a look: checks the session's row, or the result of the search. */
static enum logout_word judge_session(
    struct logout *logout, struct turn *turn, struct token_session *session)
{
    int has = has_session(logout, session);
    enum search_result result;

    if (has == 0) {
        result = find_elsewhere(logout, session);
        if (result == SEARCH_WAITS)
            return LOGOUT_LATER;
        if (result == SEARCH_GONE) {
            ended_add(&logout->ended, session);
            return LOGOUT_OVER;
        }
        if (result == SEARCH_FOUND)
            has = has_session(logout, session);
    }
    if (has < 0) {
        note_failure(logout, turn);
        return without_file(logout, turn, session);
    }
    if (has > 0)
        note_seen(logout, session);
    else
        search_for(&logout->search, session);
    return has > 0 ? LOGOUT_GOOD : LOGOUT_LATER;
}

/* Clients that wait for a search ask often, and there may be thousands of them: while their session
 * is being searched for, nothing is looked up. */
enum logout_word logout_judge(
    struct logout *logout, struct turn *turn, struct token_session *session)
{
    if (!logout->sessions)
        return LOGOUT_UNKNOWN;
    if (!logout->health.failing && search_result(&logout->search, session) == SEARCH_WAITS)
        return LOGOUT_LATER;
    return look_again(logout, turn) ? judge_session(logout, turn, session)
                                    : without_file(logout, turn, session);
}

void logout_hold(struct logout *logout, struct watched *watched,
    const struct token_session *session, bool is_seen)
{
    struct held **place = held_find(watched, session);
    struct held *held = *place;

    if (!logout->sessions)
        return;
    if (!held) {
        held = *place = mem_zalloc(sizeof(*held));
        held->watched = watched;
        held->session = *session;
        held->session.token = mem_strdup_or_null(session->token);
        held_join(logout, held, HELD_SETTLED);
    }
    held->connections++;
    if (is_seen || held->state == HELD_OVER) {
        held->session.rowid = session->rowid;
        held_move(logout, held, HELD_SETTLED);
    }
}

void logout_let_go(
    struct logout *logout, struct watched *watched, const struct token_session *session)
{
    struct held **place = held_find(watched, session);

    if (*place && --(*place)->connections == 0)
        held_drop(logout, place);
}

/* Keeps slices short: delivery waits until a slice is over. */
static bool has_time(const struct logout *logout, const struct turn *turn)
{
    return clock_steady_ms(turn->clock) < logout->slice_end;
}

/* Looks up a batch of the sessions that this round has yet to look up: 0, or -1. */
static int verify_batch(struct logout *logout)
{
    const struct token_session *asked[BATCH_SESSIONS];
    bool there[BATCH_SESSIONS];
    const struct held *held = TAILQ_FIRST(&logout->lists[HELD_SETTLED]);
    size_t count = 0;

    for (; count < BATCH_SESSIONS && count < logout->unverified; held = TAILQ_NEXT(held, entry))
        asked[count++] = &held->session;
    if (logout->sessions->verbs->has(logout->sessions, asked, count, there) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct held *first = TAILQ_FIRST(&logout->lists[HELD_SETTLED]);

        logout->unverified--;
        if (there[i])
            held_move(logout, first, HELD_SETTLED);
        else
            held_suspect(logout, first);
    }
    return 0;
}

/* Looks up the settled sessions: those there were when the round began. */
static void verify(struct logout *logout, struct turn *turn)
{
    for (int i = 0; i < SLICE_BATCHES && logout->unverified > 0 && has_time(logout, turn); i++)
        if (verify_batch(logout) < 0) {
            note_failure(logout, turn);
            return;
        }
}

static void held_tell(struct logout *logout, struct held *held, struct news *news)
{
    char hash[TOKEN_SESSION_HASH_SIZE];

    news_add_session_over(news, held->watched->user, token_session_spell(held->session.hash, hash));
    held_move(logout, held, HELD_OVER);
}

/* Judges the suspects by what the search has found. */
static void examine(struct logout *logout, struct turn *turn, struct news *news)
{
    for (int i = 0; i < SLICE_SESSIONS && logout->unexamined > 0 && has_time(logout, turn); i++) {
        struct held *held = TAILQ_FIRST(&logout->lists[HELD_SUSPECT]);
        enum logout_word word = judge_session(logout, turn, &held->session);

        if (logout->health.failing)
            return;
        logout->unexamined--;
        if (word == LOGOUT_OVER)
            held_tell(logout, held, news);
        else
            held_move(logout, held, word == LOGOUT_GOOD ? HELD_SETTLED : HELD_SUSPECT);
    }
}

static void examine_and_tell(struct logout *logout, struct turn *turn)
{
    struct news *news;

    if (logout->unexamined == 0 || !turn_may_tell(turn))
        return;
    news = news_new();
    examine(logout, turn, news);
    if (news->count > 0)
        turn_send_news(turn, &news->parcel);
    else
        news_free(news);
}

/* Continues the search up to the end of a pass, which counts only after another look. */
static void seek(struct logout *logout, struct turn *turn)
{
    while (search_waits(&logout->search) && has_time(logout, turn)) {
        uint64_t pass = logout->search.pass;
        int settled = search_step(&logout->search, logout->sessions, SEARCH_ROWS);

        turn_count(turn, COUNTER_SESSION_SEARCHES, logout->search.pass - pass);
        if (settled < 0) {
            note_failure(logout, turn);
            return;
        }
        if (settled > 0)
            logout->unexamined = logout->counts[HELD_SUSPECT];
        if (search_is_through(&logout->search))
            return;
    }
}

/* At most one round in LOOK_MS, however often the database changes: the thread has other work. */
static void begin_round(struct logout *logout, struct turn *turn)
{
    if (!logout->has_changed || logout->unverified > 0 || turn->steady < logout->next_round)
        return;
    logout->has_changed = false;
    logout->unverified = logout->counts[HELD_SETTLED];
    logout->next_round = turn->steady + LOOK_MS;
}

void logout_run(struct logout *logout, struct turn *turn)
{
    if (logout_pause(logout, turn) > 0)
        return;
    logout->next_look = turn->steady + LOOK_MS;
    logout->slice_end = clock_steady_ms(turn->clock) + SLICE_MS;
    if (!look_again(logout, turn))
        return;
    begin_round(logout, turn);
    verify(logout, turn);
    if (!logout->health.failing)
        examine_and_tell(logout, turn);
    if (!logout->health.failing)
        seek(logout, turn);
}

static bool is_idle(const struct logout *logout)
{
    return logout->counts[HELD_SETTLED] == 0 && logout->counts[HELD_SUSPECT] == 0 &&
           !search_waits(&logout->search);
}

int64_t logout_pause(const struct logout *logout, const struct turn *turn)
{
    int64_t next = logout->next_look;

    if (is_idle(logout))
        return INT64_MAX;
    if (logout->health.failing)
        next = logout->health.retry_at;
    else if (logout->unverified > 0 || search_waits(&logout->search) ||
             (logout->unexamined > 0 && turn_may_tell(turn)))
        return 0;
    return next > turn->steady ? next - turn->steady : 0;
}
