/* PostgreSQL as an engine: what becomes of a transaction that writes, whatever becomes of the
 * connection, of the server, or of the rows meanwhile. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/postgres.h"
#include "gateway/store/change_verbs.h"
#include "gateway/store/presence_verbs.h"
#include "tests/unit/store/engine_scene.h"

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

    scene_insert(scene->writers[0], 1);
    assert_int_equal(engine->life->begin_writing(engine, false), 0);
    assert_int_equal(scene_changes(scene, false), 0);
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
    for (int i = 0; i < SCENE_WRITERS; i++) {
        postgres_close(scene->writers[i]);
        scene->writers[i] = NULL;
    }
    postgres_server_kill(scene->server);
    postgres_server_run(scene->server);
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
    PGconn *superuser = scene_connect_superuser(scene);
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
    PGconn *superuser = scene_connect_superuser(scene);
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
    PGconn *owner = scene_connect_superuser(scene);
    char *delivered;

    scene_insert(scene->writers[0], 9);
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

    scene_insert(scene->writers[0], 5);
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SCENE_TEST(a_row_that_was_changed_meanwhile_is_not_marked),
        SCENE_TEST(an_answer_lost_behind_the_commit_is_looked_up),
        SCENE_TEST(an_answer_lost_before_the_commit_is_looked_up),
        SCENE_TEST(a_refused_mark_holds_up_no_other),
        SCENE_TEST(a_locked_row_holds_up_no_other_mark),
        SCENE_TEST(a_crash_of_the_server_makes_it_another_queue),
    };

    return SCENE_RUN(true, tests) + SCENE_RUN(false, tests);
}
