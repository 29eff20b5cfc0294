/*
 * engine_scene: PostgreSQL's engine and some writers beside it on one queue, on
 * a server of the test's own. Each test has a queue of its own.
 */
#ifndef BELFRY_TESTS_UNIT_STORE_ENGINE_SCENE_H
#define BELFRY_TESTS_UNIT_STORE_ENGINE_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/engine.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/store_settings.h"
#include "tests/unit/postgres_server.h"

#define SCENE_WRITERS 4
#define SCENE_SHOWN_MAX 4096

struct CMUnitTest;

struct scene {
    struct postgres_server *server;
    char url[POSTGRES_URL_SIZE];
    struct store_settings settings;
    struct engine *engine;
    PGconn *writers[SCENE_WRITERS];
    int64_t shown[SCENE_SHOWN_MAX];
    size_t count, most; /* a visit stops behind that many */
};

/* For cmocka, of each test: the scene is its state. */
int scene_set_up(void **state);
int scene_tear_down(void **state);
#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)

/* Runs the tests on one server, with `notify` as given. The number of failures, for main. */
int scene_run(bool notify, const struct CMUnitTest *tests, size_t count);
#define SCENE_RUN(notify, tests) scene_run(notify, tests, sizeof(tests) / sizeof((tests)[0]))

/* Opens the engine, and remembers the queue. */
void scene_open(struct scene *scene);
/* Commits that many notifications of alice. */
void scene_insert(PGconn *writer, int count);
/* Walks over what is new, in a transaction of its own; how many rows it showed. */
size_t scene_look(struct scene *scene, int expected);
/* The rows of the user that may be shown, as one statement outside of the walk finds them. */
size_t scene_owed(struct scene *scene);
/* How many changes the engine shows. */
size_t scene_changes(struct scene *scene, bool own);
/* A connection of the server's superuser to the scene's database. */
PGconn *scene_connect_superuser(struct scene *scene);

#endif
