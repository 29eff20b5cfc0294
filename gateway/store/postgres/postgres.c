#include "gateway/store/postgres/postgres.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/memory.h"
#include "common/postgres.h"
#include "common/postgres_examine.h"
#include "common/random.h"
#include "common/schema_postgres.h"
#include "gateway/store/postgres/first_look.h"
#include "gateway/store/postgres/session_server.h"
#include "gateway/store/postgres/tables.h"
#include "gateway/store/store_settings.h"

/* How long connecting may take when the gateway starts or checks, and when it has lost the server.
 */
#define CONNECT_MS 10000
#define RECONNECT_MS 2000
#define PRUNE_MS ((int64_t)60000)
#define PRUNE_MORE_MS ((int64_t)1000)
#define FOLD_MS ((int64_t)1000)
#define EPOCH_SIZE RANDOM_NAME_SIZE

struct postgres_engine {
    struct postgres postgres; /* first */
    char epoch[EPOCH_SIZE];   /* of the server that the link speaks to … */
    char known_name[ENGINE_NAME_SIZE], known_epoch[EPOCH_SIZE]; /* … and what was remembered */
};

static const struct query_group *const groups[QUERY_GROUPS] = {
    [QUERIES_BROADCASTS] = &postgres_broadcast_queries,
    [QUERIES_CHANGES] = &postgres_change_queries,
    [QUERIES_FIRST_LOOK] = &first_look_queries,
    [QUERIES_MEMBERS] = &postgres_member_queries,
    [QUERIES_MESSAGES] = &postgres_message_queries,
    [QUERIES_NOTIFICATIONS] = &postgres_notification_queries,
    [QUERIES_PEEK] = &peek_queries,
    [QUERIES_PRESENCE] = &postgres_presence_queries,
    [QUERIES_RETENTION] = &postgres_retention_queries,
    [QUERIES_SCHEDULE] = &postgres_schedule_queries,
    [QUERIES_SIBLINGS] = &postgres_sibling_queries,
    [QUERIES_TOKENS] = &postgres_token_queries,
};

static struct postgres_engine *self_of(struct engine *engine)
{
    return container_of(postgres_of(engine), struct postgres_engine, postgres);
}

static int64_t steady_ms(void)
{
    struct clock clock = clock_system();

    return clock.steady_ms(&clock);
}

/* ---- opening ---- */

/* One of these is asked while the connection is not in pipeline mode: NULL if it fails. */
static char *ask_value(struct link *link, const char *sql, int count, const char *const *parameters)
{
    char *value;

    if (link_leave_pipeline(link) < 0)
        return NULL;
    value = postgres_value(link->conn, sql, count, parameters, &link->engine.why);
    link_enter_pipeline(link);
    return value;
}

static int fail(struct link *link)
{
    link->engine.trouble = ENGINE_BROKEN;
    link->engine.code = -1;
    return -1;
}

static int copy_value(struct link *link, char *value, char *to, size_t size)
{
    bool fits = value && strlen(value) < size;

    if (fits)
        snprintf(to, size, "%s", value);
    else if (!link->engine.why.text[0])
        reason_set(&link->engine.why, "belfry_meta holds no name of the queue");
    free(value);
    return fits ? 0 : fail(link);
}

/* Whoever finds the table empty writes a new word. */
static int read_epoch(struct postgres_engine *self)
{
    struct link *link = &self->postgres.link;
    char word[RANDOM_NAME_SIZE];
    const char *const words[] = {random_name(word)};

    free(ask_value(link,
        "INSERT INTO belfry.epoch (id, word) VALUES (1, $1) ON CONFLICT (id) DO NOTHING", 1,
        words));
    if (link->engine.why.text[0])
        return fail(link);
    return copy_value(link, ask_value(link, "SELECT word FROM belfry.epoch WHERE id = 1", 0, NULL),
        self->epoch, sizeof(self->epoch));
}

/* What is mended in one transaction, which others may have to wait for. */
#define MEND_BATCH "4096"
/* As if they were older than any transaction. */
#define MEND(table, columns) \
    "WITH mended AS (UPDATE belfry." table " SET txid = '3' WHERE (" columns \
    ") IN (SELECT " columns " FROM belfry." table \
    " WHERE txid >= pg_snapshot_xmax(pg_current_snapshot())" \
    " LIMIT " MEND_BATCH ") RETURNING 1) SELECT count(*) FROM mended"

/* After a restore from a dump, rows have numbers of transactions of another server, and ones that
 * are still to come here would look as if nobody could see them yet. */
static int mend_numbers(struct link *link)
{
    static const char *const updates[] = {
        MEND("notifications", "id"),
        MEND("messages", "id"),
        MEND("broadcasts", "id"),
        MEND("presence", "user_id, instance"),
        "DELETE FROM belfry.changes WHERE txid >= pg_snapshot_xmax(pg_current_snapshot())",
        /* Whatever is written here would count as removed before anybody had read it. */
        ("DELETE FROM belfry.epoch WHERE pg_snapshot_xmax(next_removed) >"
         " pg_snapshot_xmax(pg_current_snapshot())"),
    };

    for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]);) {
        char *mended = ask_value(link, updates[i], 0, NULL);

        if (link->engine.why.text[0])
            return fail(link);
        i += !mended || strcmp(mended, "0") == 0;
        free(mended);
    }
    return 0;
}

static int check_schema(struct link *link)
{
    int result;

    if (link_leave_pipeline(link) < 0)
        return -1;
    result = schema_postgres_check(link->conn, &link->engine.why);
    link_enter_pipeline(link);
    return result < 0 ? fail(link) : 0;
}

static int open_and_read(struct postgres_engine *self, int timeout_ms)
{
    struct link *link = &self->postgres.link;

    if (link_open(link, timeout_ms) < 0)
        return -1;
    if (check_schema(link) < 0 || mend_numbers(link) < 0 || read_epoch(self) < 0)
        return -1;
    return copy_value(link,
        ask_value(link, "SELECT value FROM belfry.belfry_meta WHERE key = 'queue'", 0, NULL),
        link->engine.name, sizeof(link->engine.name));
}

static int life_open(struct engine *engine, int busy_ms)
{
    struct postgres_engine *self = self_of(engine);

    (void)busy_ms;
    if (open_and_read(self, self->known_name[0] ? RECONNECT_MS : CONNECT_MS) < 0) {
        link_close(&self->postgres.link);
        return -1;
    }
    engine->is_open = true;
    return 0;
}

static void life_abandon(struct engine *engine)
{
    link_close(link_of(engine));
    engine->is_open = false;
}

static void life_close(struct engine *engine)
{
    struct postgres *postgres = postgres_of(engine);

    if (engine->is_open && postgres->has_sends)
        postgres_broadcasts_fold(postgres);
    life_abandon(engine);
}

static void life_free(struct engine *engine)
{
    struct postgres_engine *self = self_of(engine);
    struct postgres *postgres = &self->postgres;
    struct row_stream *const streams[] = {&postgres->notifications, &postgres->messages,
        &postgres->broadcasts, &postgres->changes, &postgres->set_backs};

    life_close(engine);
    PQclear(postgres->ahead);
    link_release(&postgres->link);
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
        row_stream_release(streams[i]);
    postgres_presence_release(&postgres->presence);
    buf_release(&postgres->own_xids);
    free(self);
}

/* Locks are waited for as long as the session says (link.c). */
static void life_wait(struct engine *engine, int busy_ms)
{
    (void)engine;
    (void)busy_ms;
}

static void life_advise(const struct engine *engine, struct reason *advice)
{
    (void)engine;
    advice->text[0] = '\0';
}

/* ---- what is in it ---- */

static void start_streams(struct postgres *postgres, const char *snapshot)
{
    row_stream_start(&postgres->notifications, snapshot);
    row_stream_start(&postgres->messages, snapshot);
    row_stream_start(&postgres->broadcasts, snapshot);
    row_stream_start(&postgres->changes, snapshot);
    row_stream_start(&postgres->set_backs, snapshot);
    postgres_presence_start(&postgres->presence);
    postgres->link.has_presence = true;
    postgres->has_old_broadcasts = postgres->has_sends = true;
    postgres->old_broadcast = 0;
    postgres->broadcasts_read_at = steady_ms();
    buf_clear(&postgres->own_xids);
}

/* What this statement's snapshot shows is not new. */
static int life_last_ids(struct engine *engine, int64_t *notification, int64_t *message)
{
    struct link *link = link_of(engine);
    char *ids = ask_value(link,
        "SELECT pg_catalog.concat_ws(' ', (SELECT coalesce(max(id), 0) FROM belfry.notifications),"
        " (SELECT coalesce(max(id), 0) FROM belfry.messages), pg_current_snapshot())",
        0, NULL);
    char *rest;

    if (!ids)
        return fail(link);
    *notification = strtoll(ids, &rest, 10);
    *message = strtoll(rest, &rest, 10);
    start_streams(postgres_of(engine), rest + strspn(rest, " "));
    free(ids);
    return 0;
}

static int life_newest_moment(struct engine *engine, const char *upto, int64_t *wall_ms)
{
    struct link *link = link_of(engine);
    const char *const parameters[] = {upto};
    char *moment = ask_value(link,
        "SELECT (extract(epoch FROM max(at))::numeric * 1000::numeric)::bigint"
        " FROM (SELECT alive_at AS at FROM belfry.gateways UNION ALL"
        " SELECT delivered_at FROM (SELECT status, delivered_at FROM belfry.notifications"
        " ORDER BY id DESC LIMIT 100000) AS last WHERE status = 'delivered') AS moments"
        " WHERE at <= $1::timestamptz",
        1, parameters);

    if (link->engine.why.text[0])
        return fail(link);
    *wall_ms = moment ? strtoll(moment, NULL, 10) : 0;
    free(moment);
    return 0;
}

/* ---- what others do ---- */

/* Set-backs are changes, too. */
static void list_streams(
    const struct postgres *postgres, const struct row_stream *streams[PEEK_STREAMS])
{
    streams[0] = &postgres->notifications;
    streams[1] = &postgres->messages;
    streams[2] = &postgres->broadcasts;
    streams[PEEK_CHANGES] = &postgres->changes;
}

/* Called by the slow poll: what no notification told of is looked for. */
static int life_check(struct engine *engine)
{
    struct link *link = link_of(engine);

    link_listen(link);
    if (link->is_pooled)
        peek_want(&postgres_of(engine)->peek);
    else
        link->noticed += link->noticed == 0;
    link->has_presence = true;
    if (!link->is_lost)
        return 0;
    return fail(link);
}

/* Where nothing is new, all broadcasts are known. */
static int ask_for_news(struct postgres *postgres)
{
    const struct row_stream *streams[PEEK_STREAMS];
    int is_new;

    if (!postgres->peek.is_due)
        return 0;
    list_streams(postgres, streams);
    is_new = peek_ask(&postgres->peek, &postgres->link, streams);
    if (is_new == 0)
        postgres->broadcasts_read_at = steady_ms();
    return is_new;
}

/* Each transaction tells of itself once. */
static int life_commits_of_others(struct engine *engine)
{
    struct postgres *postgres = postgres_of(engine);
    struct link *link = &postgres->link;
    int commits, is_new;

    link_listen(link);
    if (link->is_lost)
        return fail(link);
    is_new = ask_for_news(postgres);
    if (is_new < 0)
        return -1;
    commits = link->noticed + is_new;
    postgres->expects_news |= commits > 0;
    link->noticed = 0;
    return commits;
}

static int life_is_same(struct engine *engine, int64_t last_notification, int64_t last_message)
{
    struct postgres_engine *self = self_of(engine);

    (void)last_notification;
    (void)last_message;
    return strcmp(self->known_name, engine->name) == 0 &&
           strcmp(self->known_epoch, self->epoch) == 0 && !self->postgres.has_missed;
}

static void life_remember(struct engine *engine)
{
    struct postgres_engine *self = self_of(engine);

    memcpy(self->known_name, engine->name, sizeof(self->known_name));
    memcpy(self->known_epoch, self->epoch, sizeof(self->known_epoch));
    self->postgres.has_missed = false;
}

/* ---- transactions ---- */

static int life_begin(struct engine *engine)
{
    return link_begin(link_of(engine));
}

/* A commit is told of a moment after it, and whoever has made it may ask before that. */
static int life_shows_more(struct engine *engine)
{
    const struct postgres *postgres = postgres_of(engine);
    const struct row_stream *streams[PEEK_STREAMS];
    bool more = false;

    if (link_open_transaction(link_of(engine)) < 0)
        return -1;
    list_streams(postgres, streams);
    for (int i = 0; i < PEEK_STREAMS; i++)
        more |= row_stream_has_new(streams[i], &postgres->link);
    return more;
}

static int life_begin_writing(struct engine *engine, bool durable)
{
    return link_begin_writing(link_of(engine), durable);
}

static int life_commit(struct engine *engine)
{
    struct postgres *postgres = postgres_of(engine);
    int result = link_commit(&postgres->link);

    if (postgres->link.is_writing)
        postgres_changes_settle(postgres, result == 0);
    return result;
}

static void life_rollback(struct engine *engine)
{
    struct postgres *postgres = postgres_of(engine);

    link_rollback(&postgres->link);
    postgres_changes_settle(postgres, false);
}

/* What came together with the answer to a COMMIT makes no descriptor readable any more. */
static void life_tidy(
    struct engine *engine, const struct clock *clock, struct engine_upkeep *upkeep)
{
    struct postgres *postgres = postgres_of(engine);
    int64_t now = clock_steady_ms(clock);

    *upkeep = (struct engine_upkeep){.checkpoints = 0};
    if (postgres->has_sends && now >= postgres->folded_at + FOLD_MS) {
        postgres->folded_at = now;
        postgres_broadcasts_fold(postgres);
    }
    if (now >= postgres->prune_at)
        postgres->prune_at =
            now + (postgres_changes_prune(postgres) > 0 ? PRUNE_MORE_MS : PRUNE_MS);
    link_listen(&postgres->link);
}

/* ---- waking up ---- */

static int life_wake_fd(const struct engine *engine)
{
    const struct link *link = container_of(engine, const struct link, engine);

    return link->conn && !link->is_lost ? PQsocket(link->conn) : -1;
}

static int64_t life_wake_pause(const struct engine *engine, int64_t steady)
{
    const struct link *link = container_of(engine, const struct link, engine);
    const struct postgres *postgres = container_of(link, const struct postgres, link);

    if (!engine->is_open)
        return -1;
    return link->noticed > 0 || link->heard.len > 0 ? 0 : peek_pause(&postgres->peek, steady);
}

static bool life_wake_take(struct engine *engine, int64_t steady)
{
    (void)steady;
    return link_listen(link_of(engine));
}

static bool life_wake_step(struct engine *engine, int64_t steady)
{
    peek_step(&postgres_of(engine)->peek, steady);
    return engine->is_open && link_of(engine)->is_lost;
}

static int life_wake_renew(struct engine *engine, struct reason *why)
{
    (void)engine;
    (void)why;
    return 0;
}

static const struct engine_life life = {
    .free = life_free,
    .open = life_open,
    .wait = life_wait,
    .close = life_close,
    .abandon = life_abandon,
    .advise = life_advise,
    .last_ids = life_last_ids,
    .newest_moment = life_newest_moment,
    .check = life_check,
    .commits_of_others = life_commits_of_others,
    .is_same = life_is_same,
    .remember = life_remember,
    .begin = life_begin,
    .shows_more = life_shows_more,
    .begin_writing = life_begin_writing,
    .commit = life_commit,
    .rollback = life_rollback,
    .tidy = life_tidy,
    .wake_fd = life_wake_fd,
    .wake_pause = life_wake_pause,
    .wake_take = life_wake_take,
    .wake_step = life_wake_step,
    .wake_renew = life_wake_renew,
};

struct engine *postgres_new(const struct store_settings *settings, struct reason *why)
{
    struct postgres_engine *self = mem_zalloc(sizeof(*self));
    struct engine *engine = &self->postgres.link.engine;

    (void)why;
    link_init(&self->postgres.link, settings->database, settings->is_polled, groups, &first_look);
    buf_init(&self->postgres.own_xids, SIZE_MAX);
    self->postgres.link.epoch = self->epoch;
    self->postgres.peek.is_on = settings->is_polled;
    self->postgres.instance = settings->instance;
    engine->is_shared = true;
    engine->life = &life;
    engine->broadcasts = &postgres_broadcasts;
    engine->changes = &postgres_changes;
    engine->members = &postgres_members;
    engine->messages = &postgres_messages;
    engine->notifications = &postgres_notifications;
    engine->presence = &postgres_presence;
    engine->retention = &postgres_retention;
    engine->schedule = &postgres_schedule;
    engine->siblings = &postgres_siblings;
    engine->tokens = &postgres_tokens;
    return engine;
}

struct sessions *postgres_new_sessions(const struct store_settings *settings)
{
    return session_server_new(settings->session_database, settings->session_sources,
        settings->session_check_ms, !settings->is_polled);
}

int postgres_check(struct engine_check *check, struct reason *why)
{
    const struct postgres_examination examination = {
        .url = check->database,
        .program = "belfry-gateway",
        .is_gateway = true,
        .notify = check->notify,
        .advise = check->advise,
        .context = check->context,
    };
    PGconn *conn = postgres_connect(check->database, "belfry-gateway", CONNECT_MS, why);
    int result;

    if (!conn)
        return -1;
    postgres_server_name(conn, check->server);
    result = schema_postgres_check(conn, why);
    if (result == 0)
        result = postgres_examine(conn, &examination, why);
    postgres_close(conn);
    return result;
}
