#include "gateway/store/sqlite/sqlite.h"

#include <stdlib.h>

#include "common/container_of.h"
#include "common/database.h"
#include "common/memory.h"
#include "common/schema.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/file_identity.h"
#include "gateway/store/sqlite/session_file.h"
#include "gateway/store/sqlite/verbs.h"
#include "gateway/store/sqlite/wake.h"
#include "gateway/store/store_settings.h"

struct sqlite {
    struct file file;
    int lock; /* on the name of the file */
    struct file_identity identity;
    struct wake *wake;
};

static const struct statement_group *const groups[GROUPS] = {
    [GROUP_BROADCASTS] = &sqlite_broadcast_statements,
    [GROUP_CHANGES] = &sqlite_change_statements,
    [GROUP_FILE] = &sqlite_file_statements,
    [GROUP_IDENTITY] = &sqlite_identity_statements,
    [GROUP_MEMBERS] = &sqlite_member_statements,
    [GROUP_MESSAGES] = &sqlite_message_statements,
    [GROUP_NOTIFICATIONS] = &sqlite_notification_statements,
    [GROUP_PRESENCE] = &sqlite_presence_statements,
    [GROUP_RETENTION] = &sqlite_retention_statements,
    [GROUP_SCHEDULE] = &sqlite_schedule_statements,
    [GROUP_SIBLINGS] = &sqlite_sibling_statements,
    [GROUP_TOKENS] = &sqlite_token_statements,
};

static struct sqlite *sqlite_of(struct engine *engine)
{
    return container_of(file_of(engine), struct sqlite, file);
}

static const struct sqlite *sqlite_of_const(const struct engine *engine)
{
    return container_of(engine, const struct sqlite, file.engine);
}

static void life_free(struct engine *engine)
{
    struct sqlite *sqlite = sqlite_of(engine);

    file_close(&sqlite->file, false);
    file_release(&sqlite->file);
    company_release(&sqlite->file.company);
    wake_free(sqlite->wake);
    lock_release(sqlite->lock);
    free(sqlite);
}

static int life_open(struct engine *engine, int busy_ms)
{
    return file_open(file_of(engine), busy_ms);
}

static void life_locks(const struct engine *engine, struct store_locks *locks)
{
    const struct sqlite *sqlite = sqlite_of_const(engine);

    *locks = (struct store_locks){sqlite->lock, sqlite->file.lock.fd};
}

static void life_wait(struct engine *engine, int busy_ms)
{
    sqlite3_busy_timeout(file_of(engine)->db, busy_ms);
}

static void life_close(struct engine *engine)
{
    file_close(file_of(engine), false);
}

static void life_abandon(struct engine *engine)
{
    file_close(file_of(engine), true);
}

static void life_advise(const struct engine *engine, struct reason *advice)
{
    file_identity_advise(&sqlite_of_const(engine)->file, advice);
}

static int life_last_ids(struct engine *engine, int64_t *notification, int64_t *message)
{
    return file_identity_last_ids(file_of(engine), notification, message);
}

static int life_newest_moment(struct engine *engine, const char *upto, int64_t *wall_ms)
{
    return file_newest_moment(file_of(engine), upto, wall_ms);
}

static int life_check(struct engine *engine)
{
    struct file *file = file_of(engine);

    wal_index_doubt(&file->wal_index);
    return file_identity_check(file);
}

static int life_commits_of_others(struct engine *engine)
{
    return file_commits_of_others(file_of(engine));
}

static int life_is_same(struct engine *engine, int64_t last_notification, int64_t last_message)
{
    struct sqlite *sqlite = sqlite_of(engine);

    return file_identity_matches(&sqlite->identity, &sqlite->file, last_notification, last_message);
}

static void life_remember(struct engine *engine)
{
    struct sqlite *sqlite = sqlite_of(engine);

    file_identity_note(&sqlite->identity, &sqlite->file);
}

static int life_begin(struct engine *engine)
{
    return file_begin(file_of(engine));
}

/* The turn has asked for it just before it began. */
static int life_shows_more(struct engine *engine)
{
    (void)engine;
    return 0;
}

static int life_begin_writing(struct engine *engine, bool durable)
{
    return file_begin_writing(file_of(engine), durable);
}

/* The events that came with our own commit are no reason to look, unless others wrote, too. */
static void rest_if_seen(struct sqlite *sqlite)
{
    const struct wal_index *index = &sqlite->file.wal_index;

    if (!wal_index_is_written(index) && !wal_index_is_new(index))
        wake_rest(sqlite->wake);
}

static int life_commit(struct engine *engine)
{
    struct sqlite *sqlite = sqlite_of(engine);

    if (file_commit(&sqlite->file) < 0)
        return -1;
    if (sqlite->file.is_writing && wake_take(sqlite->wake, 0))
        rest_if_seen(sqlite);
    return 0;
}

static void life_rollback(struct engine *engine)
{
    file_rollback(file_of(engine));
}

static void life_tidy(
    struct engine *engine, const struct clock *clock, struct engine_upkeep *upkeep)
{
    file_tidy(file_of(engine), clock, upkeep);
}

static int life_wake_fd(const struct engine *engine)
{
    return wake_fd(sqlite_of_const(engine)->wake);
}

static int64_t life_wake_pause(const struct engine *engine, int64_t steady)
{
    return wake_pause(sqlite_of_const(engine)->wake, steady);
}

static bool life_wake_take(struct engine *engine, int64_t steady)
{
    return wake_take(sqlite_of(engine)->wake, steady);
}

static bool life_wake_step(struct engine *engine, int64_t steady)
{
    struct sqlite *sqlite = sqlite_of(engine);

    /* The caller looks for commits after this: only one that is still to come needs a next step. */
    if (wake_step(sqlite->wake, steady) && engine->is_open &&
        !wal_index_is_written(&sqlite->file.wal_index))
        wake_rest(sqlite->wake);
    return wake_saw_move(sqlite->wake);
}

/* After the directory was moved, events still come from the moved one; and a link may lead
 * elsewhere now. */
static int life_wake_renew(struct engine *engine, struct reason *why)
{
    struct sqlite *sqlite = sqlite_of(engine);

    if (wake_is_current(sqlite->wake))
        return 0;
    wake_free(sqlite->wake);
    sqlite->wake = wake_new(sqlite->file.path, why);
    return wake_fd(sqlite->wake) < 0 ? -1 : 0;
}

static const struct engine_life life = {
    .free = life_free,
    .open = life_open,
    .locks = life_locks,
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

struct engine *sqlite_new(const struct store_settings *settings, struct reason *why)
{
    struct store_locks none = {-1, -1};
    struct store_locks *left = settings->locks ? settings->locks : &none;
    struct sqlite *sqlite;
    struct reason no_events;
    int lock = lock_take(settings->database, &left->name, why);

    if (lock < 0)
        return NULL;
    /* Otherwise SQLite counts each allocation under a lock that all threads share. If it was used
     * before it is too late for that, and it goes on counting. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite = mem_zalloc(sizeof(*sqlite));
    sqlite->lock = lock;
    file_init(&sqlite->file, settings->database, settings->synchronous, groups);
    file_lock_adopt(&sqlite->file.lock, left->file);
    left->file = -1;
    sqlite->file.is_successor = sqlite->file.engine.has_company = settings->locks != NULL;
    sqlite->file.instance = settings->instance;
    sqlite->wake = wake_new(settings->database, &no_events);
    sqlite->file.engine.life = &life;
    sqlite->file.engine.broadcasts = &sqlite_broadcasts;
    sqlite->file.engine.changes = &sqlite_changes;
    sqlite->file.engine.members = &sqlite_members;
    sqlite->file.engine.messages = &sqlite_messages;
    sqlite->file.engine.notifications = &sqlite_notifications;
    sqlite->file.engine.presence = &sqlite_presence;
    sqlite->file.engine.retention = &sqlite_retention;
    sqlite->file.engine.schedule = &sqlite_schedule;
    sqlite->file.engine.siblings = &sqlite_siblings;
    sqlite->file.engine.tokens = &sqlite_tokens;
    return &sqlite->file.engine;
}

struct sessions *sqlite_new_sessions(const struct store_settings *settings)
{
    return session_file_new(settings->session_database, settings->session_sources);
}

int sqlite_check(struct engine_check *check, struct reason *why)
{
    sqlite3 *db;
    int result;

    if (database_open(check->database, DATABASE_OWN, check->busy_ms, &db, why) < 0)
        return -1;
    result = schema_check_queue(db, check->database, why);
    database_close(&db);
    return result;
}
