/* PostgreSQL as an engine: what is new, once each, whatever the order in which transactions begin
 * and commit. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/postgres.h"
#include "gateway/store/change_verbs.h"
#include "gateway/store/postgres/tables.h"
#include "gateway/store/presence_verbs.h"
#include "tests/unit/store/engine_scene.h"

#define WAKE_MS 5000

static void what_was_there_is_not_new(void **state)
{
    struct scene *scene = *state;

    scene_insert(scene->writers[0], 3);
    scene->engine->life->close(scene->engine);
    scene_open(scene);
    assert_int_equal(scene_look(scene, 1), 0);
    assert_int_equal(scene_owed(scene), 3);
}

static void ids_that_become_visible_late_are_shown_then(void **state)
{
    struct scene *scene = *state;

    postgres_server_sql(scene->writers[0], "BEGIN");
    scene_insert(scene->writers[0], 2);
    scene_insert(scene->writers[1], 3);
    assert_int_equal(scene_look(scene, 1), 3);
    scene_insert(scene->writers[1], 1);
    assert_int_equal(scene_look(scene, 1), 1);
    assert_int_equal(scene_owed(scene), 4);
    postgres_server_sql(scene->writers[0], "COMMIT");
    assert_int_equal(scene_owed(scene), 4);
    assert_int_equal(scene_look(scene, 1), 2);
    assert_int_equal(scene_owed(scene), 6);
    assert_int_equal(scene_look(scene, 1), 0);
}

/* Every order of the ends of four transactions that are open at once, with looks in between. */
static void every_order_of_commits_shows_each_row_once(void **state)
{
    struct scene *scene = *state;

    for (int order = 0; order < 24; order++) {
        int left[SCENE_WRITERS] = {0, 1, 2, 3};
        size_t before = scene->count, rolled_back = 0;
        int rest = order;

        for (int i = 0; i < SCENE_WRITERS; i++) {
            postgres_server_sql(scene->writers[i], "BEGIN");
            scene_insert(scene->writers[i], 2);
        }
        for (int i = SCENE_WRITERS; i > 0; i--) {
            int at = rest % i;

            rest /= i;
            /* One of them is given up. */
            rolled_back += left[at] == order % 5;
            postgres_server_sql(
                scene->writers[left[at]], left[at] == order % 5 ? "ROLLBACK" : "COMMIT");
            memmove(left + at, left + at + 1, (size_t)(SCENE_WRITERS - 1 - at) * sizeof(*left));
            if (order % 2 == 0)
                scene_look(scene, 1);
        }
        scene_look(scene, 1);
        assert_int_equal(scene->count - before, 2 * (SCENE_WRITERS - rolled_back));
    }
}

/* A row that was not taken comes first next time, and what is committed meanwhile comes too. */
static void a_walk_that_stops_goes_on_where_it_was(void **state)
{
    struct scene *scene = *state;

    postgres_server_sql(scene->writers[1], "BEGIN");
    scene_insert(scene->writers[1], 10);
    scene_insert(scene->writers[0], 700);
    scene->most = 300;
    assert_int_equal(scene_look(scene, 0), 300);
    assert_int_equal(scene_owed(scene), 300);
    postgres_server_sql(scene->writers[1], "COMMIT");
    scene_insert(scene->writers[0], 5);
    scene->most = 500;
    assert_int_equal(scene_look(scene, 0), 200);
    assert_int_equal(scene_owed(scene), 500);
    scene->most = SCENE_SHOWN_MAX;
    assert_int_equal(scene_look(scene, 1), 215);
    assert_int_equal(scene_owed(scene), 715);
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

    scene_insert(scene->writers[0], 200);
    scene->most = 100;
    assert_int_equal(scene_look(scene, 0), 100);
    assert_true(engine->life->commits_of_others(engine) > 0);
    scene_insert(scene->writers[0], 50);
    assert_true(is_woken(engine));
    assert_true(engine->life->commits_of_others(engine) > 0);
    scene->most = SCENE_SHOWN_MAX;
    assert_int_equal(scene_look(scene, 1), 150);
    assert_int_equal(scene_owed(scene), 250);
}

/* However many transactions begin and end beside one that stays open, a look reads what is new. */
static void an_open_transaction_costs_nothing(void **state)
{
    struct scene *scene = *state;
    char *plan;

    postgres_server_sql(scene->writers[0], "BEGIN");
    scene_insert(scene->writers[0], 1);
    for (int i = 0; i < 50; i++)
        scene_insert(scene->writers[1], 20);
    assert_int_equal(scene_look(scene, 1), 1000);
    scene_insert(scene->writers[1], 1);
    postgres_server_sql(scene->writers[1], "SET enable_seqscan = off");
    plan = postgres_server_text(scene->writers[1],
        "SELECT count(*) FROM belfry.notifications"
        " WHERE txid >= pg_snapshot_xmin(pg_current_snapshot())");
    /* By the floor it would be all of them. */
    assert_true(strtol(plan, NULL, 10) >= 1000);
    free(plan);
    assert_int_equal(scene_look(scene, 1), 1);
    postgres_server_sql(scene->writers[0], "COMMIT");
    assert_int_equal(scene_look(scene, 1), 1);
}

/* Our own changes are shown while their transaction is open, and not again. */
static void own_changes_are_shown_once(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    struct counts_change change;

    scene_insert(scene->writers[0], 2);
    assert_int_equal(engine->life->begin_writing(engine, true), 0);
    assert_int_equal(scene_changes(scene, false), 0);
    assert_int_equal(engine->notifications->mark(
                         engine, STORE_MARK_READ, 1, "alice", "2026-11-22T19:19:00.123Z", &change),
        1);
    assert_int_equal(change.by.unread, -1);
    assert_int_equal(scene_changes(scene, true), 2);
    assert_int_equal(scene_changes(scene, true), 0);
    assert_int_equal(engine->life->commit(engine), 0);
    postgres_server_sql(
        scene->writers[0], "UPDATE belfry.notifications SET status = 'read' WHERE id = 2");
    assert_int_equal(engine->life->begin(engine), 0);
    assert_int_equal(scene_changes(scene, false), 3); /* read, unread, updated */
    assert_int_equal(engine->life->commit(engine), 0);
    assert_int_equal(engine->life->begin(engine), 0);
    assert_int_equal(scene_changes(scene, false), 0);
    assert_int_equal(engine->life->commit(engine), 0);
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
        scene_insert(scene->writers[0], 1);
        assert_int_equal(engine->life->commit(engine), 0);
        assert_true(is_woken(engine));
        assert_int_equal(engine->life->commits_of_others(engine), 1);
        assert_int_equal(engine->life->wake_pause(engine, 0), -1);
        assert_int_equal(scene_look(scene, 1), 1);
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
    scene_insert(scene->writers[0], 1);
    assert_int_equal(life->commits_of_others(engine), 0);
    assert_int_equal(life->check(engine), 0);
    assert_int_equal(life->wake_pause(engine, 1000), 0);
    assert_int_equal(life->commits_of_others(engine), 1);
    assert_int_equal(scene_look(scene, 1), 1);
    assert_int_equal(life->wake_pause(engine, 1000), 20000);
    scene_insert(scene->writers[0], 1);
    life->wake_step(engine, 1019);
    assert_int_equal(life->commits_of_others(engine), 0);
    life->wake_step(engine, 1020);
    assert_int_equal(life->commits_of_others(engine), 1);
    assert_int_equal(scene_look(scene, 1), 1);
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
    PGconn *superuser = scene_connect_superuser(scene);

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

    scene_insert(scene->writers[0], 3);
    assert_int_equal(scene_look(scene, 1), 3);
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SCENE_TEST(what_was_there_is_not_new),
        SCENE_TEST(runs_no_function_of_others),
        SCENE_TEST(ids_that_become_visible_late_are_shown_then),
        SCENE_TEST(every_order_of_commits_shows_each_row_once),
        SCENE_TEST(a_walk_that_stops_goes_on_where_it_was),
        SCENE_TEST(an_open_transaction_costs_nothing),
        SCENE_TEST(own_changes_are_shown_once),
    };
    static const struct CMUnitTest of_woken[] = {
        SCENE_TEST(a_walk_that_stops_goes_on_beside_new_commits),
        SCENE_TEST(a_commit_within_our_transaction_wakes_us),
    };
    static const struct CMUnitTest of_polled[] = {
        SCENE_TEST(looks_for_itself_where_it_is_not_woken),
        SCENE_TEST(relies_on_nothing_that_outlasts_a_transaction),
    };

    return SCENE_RUN(true, tests) + SCENE_RUN(true, of_woken) + SCENE_RUN(false, tests) +
           SCENE_RUN(false, of_polled);
}
