#include "tests/unit/store/engine_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/memory.h"
#include "common/postgres.h"
#include "gateway/store/change_verbs.h"
#include "gateway/store/engines.h"

/* cmocka's tests share no state with their groups. */
static struct postgres_server server;
static bool is_polled;

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

void scene_open(struct scene *scene)
{
    struct engine *engine = scene->engine;
    int64_t notification, message;

    if (engine->life->open(engine, 10) < 0)
        fail_msg("%s", engine->why.text);
    assert_int_equal(engine->life->last_ids(engine, &notification, &message), 0);
    engine->life->remember(engine);
}

int scene_set_up(void **state)
{
    struct scene *scene = mem_zalloc(sizeof(*scene));
    struct reason why;

    postgres_server_queue(&server, scene->url);
    scene->settings = (struct store_settings){.database = scene->url,
        .database_shown = scene->url,
        .is_polled = is_polled,
        .instance = "test:1"};
    scene->engine = engines_new(&scene->settings, &why);
    scene->server = &server;
    scene->most = SCENE_SHOWN_MAX;
    for (int i = 0; i < SCENE_WRITERS; i++)
        scene->writers[i] = postgres_server_connect(scene->url);
    scene_open(scene);
    *state = scene;
    return 0;
}

int scene_tear_down(void **state)
{
    struct scene *scene = *state;

    for (int i = 0; i < SCENE_WRITERS; i++)
        postgres_close(scene->writers[i]);
    scene->engine->life->free(scene->engine);
    free(scene);
    return 0;
}

void scene_insert(PGconn *writer, int count)
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

size_t scene_look(struct scene *scene, int expected)
{
    struct engine *engine = scene->engine;
    size_t before = scene->count;
    int result;

    assert_int_equal(engine->life->begin(engine), 0);
    result = engine->notifications->walk_new(engine, 0, SCENE_SHOWN_MAX, on_state, scene);
    if (result < 0)
        fail_msg("%s", engine->why.text);
    assert_int_equal(result, expected);
    assert_int_equal(engine->life->commit(engine), 0);
    return scene->count - before;
}

size_t scene_owed(struct scene *scene)
{
    struct engine *engine = scene->engine;
    struct scene found = {.most = SCENE_SHOWN_MAX};

    assert_int_equal(engine->life->begin(engine), 0);
    assert_int_equal(engine->notifications->walk_owed(
                         engine, "alice", 0, INT64_MAX / 2, false, NULL, on_state, &found),
        1);
    assert_int_equal(engine->life->commit(engine), 0);
    return found.count;
}

PGconn *scene_connect_superuser(struct scene *scene)
{
    char url[POSTGRES_URL_SIZE];

    postgres_server_url(scene->server, "postgres", PQdb(scene->writers[0]), url);
    return postgres_server_connect(url);
}

static int on_change(void *context, const struct change_row *row)
{
    size_t *count = context;

    (void)row;
    ++*count;
    return 1;
}

size_t scene_changes(struct scene *scene, bool own)
{
    struct engine *engine = scene->engine;
    size_t count = 0;

    assert_int_equal(engine->changes->walk(engine, own, 0, SIZE_MAX, on_change, &count), 1);
    return count;
}

int scene_run(bool notify, const struct CMUnitTest *tests, size_t count)
{
    is_polled = !notify;
    return _cmocka_run_group_tests(
        notify ? "notify = yes" : "notify = no", tests, count, start_server, stop_server);
}
