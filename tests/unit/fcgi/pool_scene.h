/*
 * pool_scene: a pool_rig that serves echo_endpoint, with its folder, clock and log.
 */
#ifndef BELFRY_TESTS_UNIT_POOL_SCENE_H
#define BELFRY_TESTS_UNIT_POOL_SCENE_H

#include "tests/unit/fcgi/pool_rig.h"

/* That of a request which is answered 200. */
#define COOKIE "a=1"

struct pool_scene {
    char *folder;
    char *log_path;
    int looks; /* an eventfd that counts how often the pool looks at the clock */
    struct clock system;
    struct clock clock; /* the system's, counted */
    struct log_sink sink;
    struct logger log;
    struct pool_rig rig;
};

void pool_scene_start(struct pool_scene *scene, size_t max_connections, int64_t threads);
/* Waits for all requests under way. */
void pool_scene_stop(struct pool_scene *scene);

/* The settings that a file with this content makes, for pool_change. */
struct program_settings *pool_scene_settings(const struct pool_scene *scene, const char *ini);
/* Waits until the pool has looked at the clock that many times from now on. */
void pool_scene_await_looks(const struct pool_scene *scene, uint64_t wanted);
/* The log so far. malloc()ed. */
char *pool_scene_logged(const struct pool_scene *scene);

#endif
