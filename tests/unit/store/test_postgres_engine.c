/* PostgreSQL as an engine: what is new, once each, whatever the order in which transactions begin
 * and commit; and what becomes of a transaction, whatever becomes of the connection. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/memory.h"
#include "common/postgres.h"
#include "gateway/store/change_verbs.h"
#include "gateway/store/engine.h"
#include "gateway/store/engines.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/postgres/tables.h"
#include "gateway/store/presence_verbs.h"
#include "gateway/store/store_settings.h"
#include "tests/unit/postgres_server.h"

#define WRITERS 4
#define SHOWN_MAX 4096
#define WAKE_MS 5000

static struct postgres_server server;
static bool is_polled; /* as with `notify = no` */

struct scene {
    char url[POSTGRES_URL_SIZE];
    struct store_settings settings;
    struct engine *engine;
    PGconn *writers[WRITERS];
    int64_t shown[SHOWN_MAX];
    size_t count, most; /* a visit stops behind that many */
};

static int start_server(void **state)
{
    (void)state;
    postgres_server_start(&server);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    postgres_server_stop(&server);
    return 0;
}

static void open_engine(struct scene *scene)
{
    struct engine *engine = scene->engine;
    int64_t notification, message;

    if (engine->life->open(engine, 10) < 0)
        fail_msg("%s", engine->why.text);
    assert_int_equal(engine->life->last_ids(engine, &notification, &message), 0);
    engine->life->remember(engine);
}

static int set_up(void **state)
{
    struct scene *scene = mem_zalloc(sizeof(*scene));
    struct reason why;

    postgres_server_queue(&server, scene->url);
    scene->settings = (struct store_settings){.database = scene->url,
        .database_shown = scene->url,
        .is_polled = is_polled,
        .instance = "test:1"};
    scene->engine = engines_new(&scene->settings, &why);
    scene->most = SHOWN_MAX;
    for (int i = 0; i < WRITERS; i++)
        scene->writers[i] = postgres_server_connect(scene->url);
    open_engine(scene);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    for (int i = 0; i < WRITERS; i++)
        postgres_close(scene->writers[i]);
    scene->engine->life->free(scene->engine);
    free(scene);
    return 0;
}

static void insert(PGconn *writer, int count)
{
    char sql[160];

    snprintf(sql, sizeof(sql),
        "INSERT INTO belfry.notifications (user_id, title)"
        " SELECT 'alice', 'x' FROM generate_series(1, %d)",
        count);
    postgres_server_sql(writer, sql);
}

static int on_state(void *context, const struct notification_state *state)
{
    struct scene *scene = context;

    if (scene->count == scene->most)
        return 0;
    for (size_t i = 0; i < scene->count; i++)
        assert_int_not_equal(scene->shown[i], state->id);
    scene->shown[scene->count++] = state->id;
    return 1;
}

/* Walks over what is new, in a transaction of its own; how many rows it showed. */
static size_t look(struct scene *scene, int expected)
{
    struct engine *engine = scene->engine;
    size_t before = scene->count;
    int result;

    assert_int_equal(engine->life->begin(engine), 0);
    result = engine->notifications->walk_new(engine, 0, SHOWN_MAX, on_state, scene);
    if (result < 0)
        fail_msg("%s", engine->why.text);
    assert_int_equal(result, expected);
    assert_int_equal(engine->life->commit(engine), 0);
    return scene->count - before;
}

/* The rows of the user that may be shown, as one statement outside of the walk finds them. */
static size_t owed(struct scene *scene)
{
    struct engine *engine = scene->engine;
    struct scene found = {.most = SHOWN_MAX};

    assert_int_equal(engine->life->begin(engine), 0);
    assert_int_equal(engine->notifications->walk_owed(
                         engine, "alice", 0, INT64_MAX / 2, false, NULL, on_state, &found),
        1);
    assert_int_equal(engine->life->commit(engine), 0);
    return found.count;
}

static void what_was_there_is_not_new(void **state)
{
    struct scene *scene = *state;

    insert(scene->writers[0], 3);
    scene->engine->life->close(scene->engine);
    open_engine(scene);
    assert_int_equal(look(scene, 1), 0);
    assert_int_equal(owed(scene), 3);
}

static void ids_that_become_visible_late_are_shown_then(void **state)
{
    struct scene *scene = *state;

    postgres_server_sql(scene->writers[0], "BEGIN");
    insert(scene->writers[0], 2);
    insert(scene->writers[1], 3);
    assert_int_equal(look(scene, 1), 3);
    insert(scene->writers[1], 1);
    assert_int_equal(look(scene, 1), 1);
    assert_int_equal(owed(scene), 4);
    postgres_server_sql(scene->writers[0], "COMMIT");
    assert_int_equal(owed(scene), 4);
    assert_int_equal(look(scene, 1), 2);
    assert_int_equal(owed(scene), 6);
    assert_int_equal(look(scene, 1), 0);
}

/* Every order of the ends of four transactions that are open at once, with looks in between. */
static void every_order_of_commits_shows_each_row_once(void **state)
{
    struct scene *scene = *state;

    for (int order = 0; order < 24; order++) {
        int left[WRITERS] = {0, 1, 2, 3};
        size_t before = scene->count, rolled_back = 0;
        int rest = order;

        for (int i = 0; i < WRITERS; i++) {
            postgres_server_sql(scene->writers[i], "BEGIN");
            insert(scene->writers[i], 2);
        }
        for (int i = WRITERS; i > 0; i--) {
            int at = rest % i;

            rest /= i;
            /* One of them is given up. */
            rolled_back += left[at] == order % 5;
            postgres_server_sql(
                scene->writers[left[at]], left[at] == order % 5 ? "ROLLBACK" : "COMMIT");
            memmove(left + at, left + at + 1, (size_t)(WRITERS - 1 - at) * sizeof(*left));
            if (order % 2 == 0)
                look(scene, 1);
        }
        look(scene, 1);
        assert_int_equal(scene->count - before, 2 * (WRITERS - rolled_back));
    }
}

/* A row that was not taken comes first next time, and what is committed meanwhile comes too. */
static void a_walk_that_stops_goes_on_where_it_was(void **state)
{
    struct scene *scene = *state;

    postgres_server_sql(scene->writers[1], "BEGIN");
    insert(scene->writers[1], 10);
    insert(scene->writers[0], 700);
    scene->most = 300;
    assert_int_equal(look(scene, 0), 300);
    assert_int_equal(owed(scene), 300);
    postgres_server_sql(scene->writers[1], "COMMIT");
    insert(scene->writers[0], 5);
    scene->most = 500;
    assert_int_equal(look(scene, 0), 200);
    assert_int_equal(owed(scene), 500);
    scene->most = SHOWN_MAX;
    assert_int_equal(look(scene, 1), 215);
    assert_int_equal(owed(scene), 715);
}

/* Whether the store's thread would be woken: by what was heard already, or by the socket. */
static bool is_woken(struct engine *engine)
{
    struct pollfd fd = {.fd = engine->life->wake_fd(engine), .events = POLLIN};
    int64_t pause = engine->life->wake_pause(engine, 0);

    while (pause < 0 && poll(&fd, 1, WAKE_MS) > 0) {
        engine->life->wake_take(engine, 0);
        pause = engine->life->wake_pause(engine, 0);
    }
    return pause == 0;
}

/* What is asked ahead is what was new when the transaction began. */
static void a_walk_that_stops_goes_on_beside_new_commits(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;

    insert(scene->writers[0], 200);
    scene->most = 100;
    assert_int_equal(look(scene, 0), 100);
    assert_true(engine->life->commits_of_others(engine) > 0);
    insert(scene->writers[0], 50);
    assert_true(is_woken(engine));
    assert_true(engine->life->commits_of_others(engine) > 0);
    scene->most = SHOWN_MAX;
    assert_int_equal(look(scene, 1), 150);
    assert_int_equal(owed(scene), 250);
}

/* However many transactions begin and end beside one that stays open, a look reads what is new. */
static void an_open_transaction_costs_nothing(void **state)
{
    struct scene *scene = *state;
    char *plan;

    postgres_server_sql(scene->writers[0], "BEGIN");
    insert(scene->writers[0], 1);
    for (int i = 0; i < 50; i++)
        insert(scene->writers[1], 20);
    assert_int_equal(look(scene, 1), 1000);
    insert(scene->writers[1], 1);
    postgres_server_sql(scene->writers[1], "SET enable_seqscan = off");
    plan = postgres_server_text(scene->writers[1],
        "SELECT count(*) FROM belfry.notifications"
        " WHERE txid >= pg_snapshot_xmin(pg_current_snapshot())");
    /* By the floor it would be all of them. */
    assert_true(strtol(plan, NULL, 10) >= 1000);
    free(plan);
    assert_int_equal(look(scene, 1), 1);
    postgres_server_sql(scene->writers[0], "COMMIT");
    assert_int_equal(look(scene, 1), 1);
}

static int on_change(void *context, const struct change_row *row)
{
    size_t *count = context;

    (void)row;
    ++*count;
    return 1;
}

static size_t changes(struct scene *scene, bool own)
{
    struct engine *engine = scene->engine;
    size_t count = 0;

    assert_int_equal(engine->changes->walk(engine, own, 0, SIZE_MAX, on_change, &count), 1);
    return count;
}

/* Our own changes are shown while their transaction is open, and not again. */
static void own_changes_are_shown_once(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    struct counts_change change;

    insert(scene->writers[0], 2);
    assert_int_equal(engine->life->begin_writing(engine, true), 0);
    assert_int_equal(changes(scene, false), 0);
    assert_int_equal(engine->notifications->mark(
                         engine, STORE_MARK_READ, 1, "alice", "2026-11-22T19:19:00.123Z", &change),
        1);
    assert_int_equal(change.by.unread, -1);
    assert_int_equal(changes(scene, true), 2);
    assert_int_equal(changes(scene, true), 0);
    assert_int_equal(engine->life->commit(engine), 0);
    postgres_server_sql(
        scene->writers[0], "UPDATE belfry.notifications SET status = 'read' WHERE id = 2");
    assert_int_equal(engine->life->begin(engine), 0);
    assert_int_equal(changes(scene, false), 3); /* read, unread, updated */
    assert_int_equal(engine->life->commit(engine), 0);
    assert_int_equal(engine->life->begin(engine), 0);
    assert_int_equal(changes(scene, false), 0);
    assert_int_equal(engine->life->commit(engine), 0);
}

static void no_came_back(void *context, const struct cell *user)
{
    (void)context;
    (void)user;
}

/* A confirmation must not count for a row that somebody has set back since the transaction began.
 */
static void a_row_that_was_changed_meanwhile_is_not_marked(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    struct delivered_mark mark = {.id = 1, .user = "alice", .attempts = 1, .at_ms = 1000};
    char *status;

    insert(scene->writers[0], 1);
    assert_int_equal(engine->life->begin_writing(engine, false), 0);
    assert_int_equal(changes(scene, false), 0);
    postgres_server_sql(scene->writers[0], "UPDATE belfry.notifications SET status = 'cancelled';"
                                           "UPDATE belfry.notifications SET status = 'pending'");
    assert_int_equal(engine->notifications->mark_delivered(
                         engine, &mark, 1, "2026-11-22T19:19:00.123Z", no_came_back, NULL),
        -1);
    assert_int_equal(engine->trouble, ENGINE_BUSY);
    engine->life->rollback(engine);
    status = postgres_server_text(scene->writers[0], "SELECT status FROM belfry.notifications");
    assert_string_equal(status, "pending");
    free(status);
}

/* Numbers of transactions may be used again then. A connection that is made anew changes nothing.
 */
static void a_crash_of_the_server_makes_it_another_queue(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;

    engine->life->close(engine);
    assert_int_equal(engine->life->open(engine, 10), 0);
    assert_int_equal(engine->life->is_same(engine, 0, 0), 1);
    engine->life->close(engine);
    for (int i = 0; i < WRITERS; i++) {
        postgres_close(scene->writers[i]);
        scene->writers[i] = NULL;
    }
    postgres_server_kill(&server);
    postgres_server_run(&server);
    if (engine->life->open(engine, 10) < 0)
        fail_msg("%s", engine->why.text);
    assert_int_equal(engine->life->is_same(engine, 0, 0), 0);
}

/* Ends the gateway's connection while its COMMIT waits for a standby that is not there: it is
 * committed, and nobody says so. */
static void *cut_behind_commit(void *context)
{
    static const char sql[] =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE wait_event = 'SyncRep' AND application_name = 'belfry-gateway'";
    PGconn *conn = context;
    int cut = 0;

    while (cut == 0) {
        PGresult *result = PQexec(conn, sql);

        cut = PQntuples(result);
        PQclear(result);
    }
    return NULL;
}

static PGconn *connect_superuser(struct scene *scene)
{
    char url[POSTGRES_URL_SIZE];

    postgres_server_url(&server, "postgres", PQdb(scene->writers[0]), url);
    return postgres_server_connect(url);
}

/* Whether a commit waits for a standby now. One that does is told not to. */
static bool commit_waits(PGconn *writer, PGconn *superuser)
{
    bool waits = false;

    assert_int_equal(
        PQsendQuery(writer, "INSERT INTO belfry.conversations (id) VALUES (gen_random_uuid())"), 1);
    while (!waits && PQconsumeInput(writer) && PQisBusy(writer)) {
        char *waiting = postgres_server_text(superuser,
            "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
            " WHERE wait_event = 'SyncRep'");

        waits = strcmp(waiting, "0") != 0;
        free(waiting);
    }
    for (PGresult *result; (result = PQgetResult(writer));)
        PQclear(result);
    return waits;
}

static void wait_for_a_standby(struct scene *scene, PGconn *superuser)
{
    postgres_server_sql(superuser, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    postgres_server_sql(superuser, "SELECT pg_reload_conf()");
    while (!commit_waits(scene->writers[0], superuser))
        continue;
}

static void an_answer_lost_behind_the_commit_is_looked_up(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    PGconn *superuser = connect_superuser(scene);
    pthread_t cutter;
    char *connections;

    wait_for_a_standby(scene, superuser);
    assert_int_equal(pthread_create(&cutter, NULL, cut_behind_commit, superuser), 0);
    assert_int_equal(engine->life->begin_writing(engine, true), 0);
    assert_int_equal(
        engine->presence->write_user(engine, "alice", "test:1", 3, "2026-11-22T19:19:00.123Z"), 0);
    assert_int_equal(engine->life->commit(engine), 0);
    pthread_join(cutter, NULL);
    postgres_server_sql(superuser, "ALTER SYSTEM RESET synchronous_standby_names");
    postgres_server_sql(superuser, "SELECT pg_reload_conf()");
    connections = postgres_server_text(superuser, "SELECT connections FROM belfry.presence");
    assert_string_equal(connections, "3");
    free(connections);
    postgres_close(superuser);
    /* The store opens it anew. */
    assert_int_equal(engine->life->begin(engine), -1);
    assert_int_equal(engine->trouble, ENGINE_BROKEN);
    engine->life->close(engine);
    assert_int_equal(engine->life->open(engine, 10), 0);
    assert_int_equal(engine->life->is_same(engine, 0, 0), 1);
}

/* The connection ends within the COMMIT, before it has come about. */
static void an_answer_lost_before_the_commit_is_looked_up(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    PGconn *superuser = connect_superuser(scene);
    char *count;

    postgres_server_sql(superuser,
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON belfry.presence"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()");
    assert_int_equal(engine->life->begin_writing(engine, true), 0);
    assert_int_equal(
        engine->presence->write_user(engine, "alice", "test:1", 3, "2026-11-22T19:19:00.123Z"), 0);
    assert_int_equal(engine->life->commit(engine), -1);
    assert_int_equal(engine->trouble, ENGINE_BROKEN);
    engine->life->rollback(engine);
    count = postgres_server_text(superuser, "SELECT count(*) FROM belfry.presence");
    assert_string_equal(count, "0");
    free(count);
    postgres_close(superuser);
}

/* A trigger of the application refuses one row: the others are marked. */
static void a_refused_mark_holds_up_no_other(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    struct delivered_mark marks[9];
    PGconn *owner = connect_superuser(scene);
    char *delivered;

    insert(scene->writers[0], 9);
    postgres_server_sql(owner,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'not this one'; END $$;"
        "CREATE TRIGGER refuses BEFORE UPDATE ON belfry.notifications FOR EACH ROW"
        " WHEN (NEW.id = 4) EXECUTE FUNCTION refuse()");
    for (int i = 0; i < 9; i++)
        marks[i] =
            (struct delivered_mark){.id = i + 1, .user = "alice", .attempts = 1, .at_ms = 1000};
    assert_int_equal(engine->life->begin_writing(engine, false), 0);
    assert_int_equal(engine->notifications->mark_sent(engine, 9, 1), 0);
    assert_int_equal(engine->notifications->mark_delivered(
                         engine, marks, 9, "2026-11-22T19:19:00.123Z", no_came_back, NULL),
        0);
    assert_int_equal(engine->life->commit(engine), 0);
    delivered = postgres_server_text(owner,
        "SELECT concat(count(*), ' ', sum(attempts)) FROM belfry.notifications"
        " WHERE status = 'delivered'");
    assert_string_equal(delivered, "8 9");
    free(delivered);
    postgres_close(owner);
}

/* An application has locked one row, and another program has deleted one. */
static void a_locked_row_holds_up_no_other_mark(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    struct delivered_mark marks[4];
    char *delivered;

    insert(scene->writers[0], 5);
    postgres_server_sql(scene->writers[0], "DELETE FROM belfry.notifications WHERE id = 3");
    postgres_server_sql(
        scene->writers[1], "BEGIN; SELECT FROM belfry.notifications WHERE id IN (2, 5) FOR UPDATE");
    for (int i = 0; i < 4; i++)
        marks[i] =
            (struct delivered_mark){.id = i + 1, .user = "alice", .attempts = 1, .at_ms = 1000};
    assert_int_equal(engine->life->begin_writing(engine, false), 0);
    assert_int_equal(engine->notifications->mark_delivered(
                         engine, marks, 4, "2026-11-22T19:19:00.123Z", no_came_back, NULL),
        0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(marks[i].is_left, i + 1 == 2);
    assert_int_equal(engine->notifications->mark_sent(engine, 5, 1), 0);
    assert_int_equal(engine->notifications->mark_expired(engine, 5, "2026-11-22T19:19:00.123Z"), 0);
    assert_int_equal(engine->life->commit(engine), 0);
    delivered = postgres_server_text(scene->writers[0],
        "SELECT string_agg(id::text, ' ' ORDER BY id) FROM belfry.notifications"
        " WHERE status = 'delivered' AND attempts = 1");
    assert_string_equal(delivered, "1 4");
    free(delivered);
}

/* A notification that comes while the gateway has a transaction open arrives with the answer to its
 * COMMIT. Where that was read already, the socket says nothing of it. */
static void a_commit_within_our_transaction_wakes_us(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;

    assert_int_equal(engine->life->commits_of_others(engine), 1);
    for (int writing = 0; writing <= 1; writing++) {
        assert_int_equal(
            writing ? engine->life->begin_writing(engine, false) : engine->life->begin(engine), 0);
        assert_int_equal(engine->life->shows_more(engine), 0);
        insert(scene->writers[0], 1);
        assert_int_equal(engine->life->commit(engine), 0);
        assert_true(is_woken(engine));
        assert_int_equal(engine->life->commits_of_others(engine), 1);
        assert_int_equal(engine->life->wake_pause(engine, 0), -1);
        assert_int_equal(look(scene, 1), 1);
    }
}

/* Nobody wakes it: it looks often while something comes, and at rest when it is told to. */
static void looks_for_itself_where_it_is_not_woken(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    const struct engine_life *life = engine->life;

    assert_int_equal(life->commits_of_others(engine), 1); /* it was opened */
    life->wake_step(engine, 1000);
    assert_int_equal(life->wake_pause(engine, 1000), -1);
    insert(scene->writers[0], 1);
    assert_int_equal(life->commits_of_others(engine), 0);
    assert_int_equal(life->check(engine), 0);
    assert_int_equal(life->wake_pause(engine, 1000), 0);
    assert_int_equal(life->commits_of_others(engine), 1);
    assert_int_equal(look(scene, 1), 1);
    assert_int_equal(life->wake_pause(engine, 1000), 20000);
    insert(scene->writers[0], 1);
    life->wake_step(engine, 1019);
    assert_int_equal(life->commits_of_others(engine), 0);
    life->wake_step(engine, 1020);
    assert_int_equal(life->commits_of_others(engine), 1);
    assert_int_equal(look(scene, 1), 1);
    /* Another table of the database does not matter. */
    postgres_server_sql(scene->writers[0], "INSERT INTO belfry.conversations (id) VALUES ('c')");
    life->wake_step(engine, 6019);
    assert_int_equal(life->commits_of_others(engine), 0);
    assert_int_equal(life->wake_pause(engine, 6039), -1);
}

/* Where all may create in public, functions and operators of others may fit better than those of
 * PostgreSQL itself, and would run with the gateway's rights. */
static void runs_no_function_of_others(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    int64_t notification, message, ms;
    char url[POSTGRES_URL_SIZE];
    PGconn *superuser;

    postgres_server_url(&server, "postgres", PQdb(scene->writers[0]), url);
    superuser = postgres_server_connect(url);
    postgres_server_sql(superuser,
        "CREATE FUNCTION public.concat_ws(text, bigint, bigint, pg_snapshot) RETURNS text"
        " LANGUAGE plpgsql AS $$ BEGIN RAISE 'mine'; END $$;"
        "CREATE FUNCTION public.times(integer, interval) RETURNS interval"
        " LANGUAGE plpgsql AS $$ BEGIN RAISE 'mine'; END $$;"
        "CREATE FUNCTION public.times(numeric, integer) RETURNS numeric"
        " LANGUAGE plpgsql AS $$ BEGIN RAISE 'mine'; END $$;"
        "CREATE OPERATOR public.* (LEFTARG = integer, RIGHTARG = interval,"
        " FUNCTION = public.times);"
        "CREATE OPERATOR public.* (LEFTARG = numeric, RIGHTARG = integer,"
        " FUNCTION = public.times)");
    postgres_close(superuser);
    assert_int_equal(engine->life->last_ids(engine, &notification, &message), 0);
    assert_int_equal(engine->life->newest_moment(engine, "2026-11-22T19:19:00.123Z", &ms), 0);
    assert_int_equal(engine->life->begin_writing(engine, true), 0);
    assert_true(engine->presence->alive(
                    engine, "test:1", "2026-11-22T19:19:00.123Z", "2026-11-22T19:19:00.123Z") >= 0);
    assert_int_equal(engine->presence->forget_dead(
                         engine, "test:1", "2026-11-22T19:18:45.123Z", "2026-11-22T19:19:15.123Z"),
        0);
    assert_int_equal(engine->life->commit(engine), 0);
}

/* What a pooler does between two transactions: another session, with nothing of the last one. */
static void relies_on_nothing_that_outlasts_a_transaction(void **state)
{
    static const char of_gateway[] =
        "SELECT concat_ws(' ', (SELECT count(*) FROM pg_prepared_statements),"
        " current_setting('statement_timeout'), current_setting('enable_seqscan'))";
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    struct postgres *postgres = postgres_of(engine);
    char *state_of_session;

    insert(scene->writers[0], 3);
    assert_int_equal(look(scene, 1), 3);
    assert_int_equal(engine->life->begin_writing(engine, true), 0);
    assert_int_equal(
        engine->presence->write_user(engine, "alice", "test:1", 3, "2026-11-22T19:19:00.123Z"), 0);
    assert_int_equal(engine->life->commit(engine), 0);
    assert_int_equal(postgres_broadcasts_fold(postgres), 0);
    PQexitPipelineMode(postgres->link.conn);
    state_of_session = postgres_server_text(postgres->link.conn, of_gateway);
    PQenterPipelineMode(postgres->link.conn);
    assert_string_equal(state_of_session, "0 0 on");
    free(state_of_session);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#define RUN(name, tests) \
    _cmocka_run_group_tests( \
        name, tests, sizeof(tests) / sizeof((tests)[0]), start_server, stop_server)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(what_was_there_is_not_new),
        TEST(runs_no_function_of_others),
        TEST(ids_that_become_visible_late_are_shown_then),
        TEST(every_order_of_commits_shows_each_row_once),
        TEST(a_walk_that_stops_goes_on_where_it_was),
        TEST(an_open_transaction_costs_nothing),
        TEST(own_changes_are_shown_once),
        TEST(a_row_that_was_changed_meanwhile_is_not_marked),
        TEST(an_answer_lost_behind_the_commit_is_looked_up),
        TEST(an_answer_lost_before_the_commit_is_looked_up),
        TEST(a_refused_mark_holds_up_no_other),
        TEST(a_locked_row_holds_up_no_other_mark),
        TEST(a_crash_of_the_server_makes_it_another_queue),
    };

    static const struct CMUnitTest of_woken[] = {
        TEST(a_walk_that_stops_goes_on_beside_new_commits),
        TEST(a_commit_within_our_transaction_wakes_us),
    };
    static const struct CMUnitTest of_polled[] = {
        TEST(looks_for_itself_where_it_is_not_woken),
        TEST(relies_on_nothing_that_outlasts_a_transaction),
    };
    int failed = RUN("notify = yes", tests) + RUN("of notify = yes", of_woken);

    is_polled = true;
    return failed + RUN("notify = no", tests) + RUN("of notify = no", of_polled);
}
