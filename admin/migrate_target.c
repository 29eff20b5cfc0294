#include "admin/migrate_target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/postgres.h"

#define CONNECT_MS 10000
#define SQL_MAX_OCTETS 8192

/* Commits need not reach the disk one by one: the last one brings all of them there, and after a
 * crash of the server the progress is what the rows are. */
#define SETTINGS \
    "SET synchronous_commit = off; SET statement_timeout = 0;" \
    "SET idle_in_transaction_session_timeout = 0; SET search_path = pg_catalog, pg_temp"

/* One migration at a time; the first number is not that of the locks of conversations. */
#define LOCK "SELECT pg_try_advisory_lock(1111837767, 0)"

/* What makes a queue one that is in use. */
#define IN_USE \
    "SELECT EXISTS (SELECT FROM belfry.notifications)" \
    " OR EXISTS (SELECT FROM belfry.broadcasts) OR EXISTS (SELECT FROM belfry.messages)" \
    " OR EXISTS (SELECT FROM belfry.conversations)" \
    " OR EXISTS (SELECT FROM belfry.conversation_members)" \
    " OR EXISTS (SELECT FROM belfry.revocations) OR EXISTS (SELECT FROM belfry.publish_keys)"
#define SERVED \
    "SELECT EXISTS (SELECT FROM belfry.gateways" \
    " WHERE alive_at > clock_timestamp() - interval '15 seconds')"

#define GET "SELECT value FROM belfry.belfry_meta WHERE key = $1"
#define PUT \
    "INSERT INTO belfry.belfry_meta (key, value) VALUES ($1, $2)" \
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
/* What says how far it is becomes what says how far it was. */
#define RENAME \
    "UPDATE belfry.belfry_meta SET key = 'migrated' || substr(key, 10)" \
    " WHERE key = 'migrating' OR key LIKE 'migrating.%'"

/* $1 is the table, $2 what to do with its triggers. */
#define TRIGGERS \
    "SELECT format('ALTER TABLE %s ', $1::text)" \
    " || string_agg(format('%s TRIGGER %I', $2::text, tgname), ', ') FROM pg_trigger" \
    " WHERE tgrelid = $1::text::regclass AND NOT tgisinternal AND tgenabled = 'O'"

int migrate_target_connect(struct migrate_target *target, const char *url, struct reason *why)
{
    *target = (struct migrate_target){.conn = postgres_connect(url, "belfry", CONNECT_MS, why)};
    return target->conn ? 0 : -1;
}

void migrate_target_close(struct migrate_target *target)
{
    postgres_close(target->conn);
    target->conn = NULL;
    free(target->triggers_off);
    free(target->triggers_on);
}

/* Whether the statement returns true: 1, 0, or -1 with the reason. */
static int ask(const struct migrate_target *target, const char *sql, struct reason *why)
{
    char *value = postgres_value(target->conn, sql, 0, NULL, why);
    int is_so = value && strcmp(value, "t") == 0;

    free(value);
    return why->text[0] ? -1 : is_so;
}

static char *get_meta(const struct migrate_target *target, const char *key, struct reason *why)
{
    return postgres_value(target->conn, GET, 1, &key, why);
}

static int put_meta(
    struct migrate_target *target, const char *key, const char *value, struct reason *why)
{
    const char *const values[] = {key, value};

    free(postgres_value(target->conn, PUT, 2, values, why));
    return why->text[0] ? -1 : 0;
}

/* Whoever may make the schema may be a member of its owner; only that may switch triggers off. */
static int become_owner(struct migrate_target *target, struct reason *why)
{
    char *owner = postgres_value(target->conn,
        "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'belfry'", 0, NULL, why);
    char sql[256];

    if (!owner)
        return -1;
    snprintf(sql, sizeof sql, "SET ROLE %s", owner);
    int result = postgres_exec(target->conn, sql, why);
    if (result < 0)
        reason_prefix(why, "the role that migrates must be a member of %s: ", owner);
    free(owner);
    return result;
}

static int refuse_use(const struct migrate_target *target, struct reason *why)
{
    int served = ask(target, SERVED, why);
    int used = served == 0 && target->state == MIGRATE_BEGUN ? ask(target, IN_USE, why) : 0;

    if (served < 0 || used < 0)
        return -1;
    if (served)
        return reason_set(why, "a belfry-gateway runs on it: stop it, and run this again");
    if (used)
        return reason_set(why, "its queue has rows of its own: migrate into an empty one, which "
                               "`belfry init` makes in another database");
    return 0;
}

/* Which of the states it is in, by what belfry_meta says of this file's queue. */
static int find_state(
    struct migrate_target *target, const struct migrate_source *source, struct reason *why)
{
    static const struct {
        const char *key;
        enum migrate_state state;
    } states[] = {{"migrated", MIGRATE_COMPLETE}, {"migrating", MIGRATE_RESUMED}};

    target->state = MIGRATE_BEGUN;
    for (size_t i = 0; i < 2 && target->state == MIGRATE_BEGUN; i++) {
        char *queue = get_meta(target, states[i].key, why);
        int is_ours = queue && strcmp(queue, source->queue) == 0;

        if (is_ours)
            target->state = states[i].state;
        else if (queue)
            reason_set(why, "another file's queue was migrated into it");
        free(queue);
        if (why->text[0])
            return -1;
    }
    return 0;
}

/* The queue keeps its name, and its ids: so browsers keep what they remember of it. */
static int begin(
    struct migrate_target *target, const struct migrate_source *source, struct reason *why)
{
    if (put_meta(target, "migrating", source->queue, why) < 0 ||
        put_meta(target, "queue", source->queue, why) < 0)
        return -1;
    for (const struct migrate_table *table = migrate_tables; table->name; table++)
        if (migrate_target_number(target, source, table, why) < 0)
            return -1;
    return 0;
}

int migrate_target_claim(
    struct migrate_target *target, const struct migrate_source *source, struct reason *why)
{
    why->text[0] = '\0';
    if (schema_postgres_init(target->conn, &target->made, why) < 0 ||
        postgres_exec(target->conn, SETTINGS, why) < 0 || become_owner(target, why) < 0)
        return -1;
    int is_locked = ask(target, LOCK, why);
    if (is_locked <= 0)
        return is_locked < 0 ? -1 : reason_set(why, "another `belfry migrate` is filling it");
    if (find_state(target, source, why) < 0)
        return -1;
    /* There is no last commit that would bring the others to the disk. */
    if (target->state == MIGRATE_COMPLETE)
        return postgres_exec(target->conn, "SET synchronous_commit = on", why);
    if (refuse_use(target, why) < 0 || postgres_exec(target->conn, "BEGIN", why) < 0)
        return -1;
    if (begin(target, source, why) < 0)
        return -1;
    return postgres_exec(target->conn, "COMMIT", why);
}

static int find_triggers(
    struct migrate_target *target, const struct migrate_table *table, struct reason *why)
{
    char name[64];
    const char *const off[] = {name, "DISABLE"}, *const on[] = {name, "ENABLE"};

    snprintf(name, sizeof name, "belfry.%s", table->name);
    free(target->triggers_off);
    free(target->triggers_on);
    target->triggers_on = NULL;
    target->triggers_off = postgres_value(target->conn, TRIGGERS, 2, off, why);
    if (!why->text[0])
        target->triggers_on = postgres_value(target->conn, TRIGGERS, 2, on, why);
    return why->text[0] ? -1 : 0;
}

int migrate_target_stage(
    struct migrate_target *target, const struct migrate_table *table, struct reason *why)
{
    struct buf sql;

    if (find_triggers(target, table, why) < 0)
        return -1;
    buf_init(&sql, SQL_MAX_OCTETS);
    migrate_sql_stage(&sql, table);
    int result = postgres_exec(target->conn, sql.data, why);
    buf_release(&sql);
    return result;
}

int migrate_target_number(struct migrate_target *target, const struct migrate_source *source,
    const struct migrate_table *table, struct reason *why)
{
    int64_t drawn = table->numbers ? migrate_source_drawn(source, table) : 0;
    char text[256];

    if (drawn <= 0)
        return 0;
    snprintf(text, sizeof text,
        "SELECT setval('%s', greatest(%" PRId64 ", (SELECT last_value FROM %s)))", table->numbers,
        drawn, table->numbers);
    return postgres_exec(target->conn, text, why);
}

int migrate_target_finish(
    struct migrate_target *target, const struct migrate_source *source, struct reason *why)
{
    if (postgres_exec(target->conn, "SET synchronous_commit = on; BEGIN", why) < 0)
        return -1;
    for (const struct migrate_table *table = migrate_tables; table->name; table++)
        if (migrate_target_number(target, source, table, why) < 0)
            return -1;
    if (postgres_exec(target->conn, RENAME, why) < 0 ||
        postgres_exec(target->conn, "COMMIT", why) < 0)
        return -1;
    target->state = MIGRATE_COMPLETE;
    /* The planner knows nothing yet of what came within seconds. */
    for (const struct migrate_table *table = migrate_tables; table->name; table++) {
        char sql[128];

        snprintf(sql, sizeof sql, "ANALYZE belfry.%s", table->name);
        postgres_exec(target->conn, sql, NULL);
    }
    return 0;
}

static void name_progress(
    const struct migrate_target *target, const struct migrate_table *table, char *key, size_t size)
{
    snprintf(key, size, "%s.%s", target->state == MIGRATE_COMPLETE ? "migrated" : "migrating",
        table->name);
}

int migrate_target_reached(const struct migrate_target *target, const struct migrate_table *table,
    int64_t *id, struct reason *why)
{
    char key[64];

    name_progress(target, table, key, sizeof key);
    char *value = get_meta(target, key, why);
    *id = value ? strtoll(value, NULL, 10) : 0;
    free(value);
    return why->text[0] ? -1 : 0;
}

int migrate_target_note(struct migrate_target *target, const struct migrate_table *table,
    int64_t id, struct reason *why)
{
    char key[64], value[24];

    name_progress(target, table, key, sizeof key);
    snprintf(value, sizeof value, "%" PRId64, id);
    return put_meta(target, key, value, why);
}
