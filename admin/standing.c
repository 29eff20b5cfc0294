#include "admin/standing.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/database_url.h"
#include "common/memory.h"
#include "gateway/store/engines.h"
#include "gateway/store/session_verbs.h"
#include "gateway/store/store_settings.h"

#define WALK_ROWS 1024
#define SESSIONS_MS 5000

/* A row that cannot be read revokes all tokens of the user, as it does in the gateway. */
static enum standing compare(
    struct sql_rows *row, const struct token_claims *claims, struct reason *why)
{
    const char *time = sql_column(row, 0);
    const char *because = sql_column(row, 1);
    int64_t ms;
    bool readable = time && clock_parse_iso(time, &ms) == 0;

    if (readable && claims->issued_at > ms / 1000 - (ms % 1000 < 0))
        return STANDING_GOOD;
    reason_set(why, "tokens issued to this user up to %s are revoked%s%s",
        readable ? time : "an unknown time", because ? ": " : "", because ? because : "");
    return STANDING_REVOKED;
}

static enum standing ask_revocations(
    struct sql *queue, const struct token_claims *claims, struct reason *why)
{
    static const struct sql_text text =
        SQL_BOTH("SELECT not_before, reason FROM revocations WHERE user_id = $1");
    const char *user = claims->subject;
    struct sql_rows *rows = sql_select(queue, &text, &user, 1, why);
    int found = rows ? sql_next(rows, why) : -1;
    enum standing standing = found < 0 ? STANDING_UNKNOWN : STANDING_GOOD;

    if (found > 0)
        standing = compare(rows, claims, why);
    sql_end(rows);
    return standing;
}

static enum standing ask_queue(
    const struct admin *admin, const struct token_claims *claims, struct reason *why)
{
    struct sql *queue;
    enum standing standing = STANDING_UNKNOWN;

    if (admin_try_queue(admin, &queue, why) == 0)
        standing = ask_revocations(queue, claims, why);
    sql_close(&queue);
    if (standing == STANDING_UNKNOWN)
        reason_prefix(why, "whether it was revoked could not be checked: ");
    return standing;
}

struct wanted_session {
    const struct token_session *session;
    bool met;
};

static void compare_session(void *context, const struct token_session *session)
{
    struct wanted_session *wanted = context;

    wanted->met |= memcmp(session->hash, wanted->session->hash, sizeof session->hash) == 0;
}

/* Whether the session is in the table: at its rowid or, since VACUUM may renumber rows, anywhere.
 * Returns 1, 0 or -1. */
static int is_there(struct sessions *sessions, const struct token_session *session)
{
    struct session_walk walk = {0};
    struct wanted_session wanted = {session, false};
    bool there = false;
    int result = 1;

    if (engines_look(sessions, SESSIONS_MS) < 0 ||
        sessions->verbs->has(sessions, &session, 1, &there) < 0)
        return -1;
    if (there || !sessions->verbs->walk)
        return there;
    while (result > 0 && !wanted.met)
        result = sessions->verbs->walk(sessions, &walk, WALK_ROWS, compare_session, &wanted);
    return result < 0 ? -1 : wanted.met;
}

static enum standing judge_session(const struct admin *admin, const char *database,
    const struct token_session *session, struct reason *why)
{
    const struct store_settings settings = {.session_database = database,
        .session_sources = &admin->config.auth.session_sources,
        .is_polled = true};
    struct sessions *sessions = engines_new_sessions(&settings);
    int there = is_there(sessions, session);
    char *shown = database_url_shown(database);

    if (there < 0)
        reason_set(why, "whether its session is over could not be checked: %s", sessions->why.text);
    else if (there == 0)
        reason_set(why, "the session that it was issued for is no longer in %s", shown);
    sessions->verbs->free(sessions);
    free(shown);
    return there < 0 ? STANDING_UNKNOWN : there ? STANDING_GOOD : STANDING_ENDED;
}

static enum standing ask_session(
    const struct admin *admin, const struct token_claims *claims, struct reason *why)
{
    struct token_session session;
    char *database = config_session_database(&admin->config);
    enum standing standing = STANDING_GOOD;

    if (database && token_session_parse(claims->session, &session)) {
        session.token = mem_strdup_or_null(claims->session_token);
        standing = judge_session(admin, database, &session, why);
        token_session_release(&session);
    }
    free(database);
    return standing;
}

enum standing standing_of(
    const struct admin *admin, const struct token_claims *claims, struct reason *why)
{
    struct reason unknown = {""};
    enum standing revoked = ask_queue(admin, claims, why);

    if (revoked == STANDING_REVOKED)
        return revoked;
    unknown = *why;
    enum standing ended = ask_session(admin, claims, why);
    if (ended != STANDING_GOOD || revoked == STANDING_GOOD)
        return ended;
    *why = unknown;
    return revoked;
}
