#include "tests/unit/auth-fcgi/auth_fixture.h"

#include <sqlite3.h>
#include <unistd.h>

#include "auth-fcgi/token_endpoint.h"
#include "tests/unit/fcgi/pool_rig.h"

#define COOKIE "authjs.session-token=token-of-alice"
#define THREADS 2
#define MANY 40

struct scene {
    struct site site;
    struct clock clock; /* wall time is the site's */
    struct pool_rig rig;
    sqlite3 *db; /* the session store, as somebody else has it open */
};

static void start(struct scene *scene)
{
    site_open(&scene->site, "");
    site_sessions(&scene->site);
    scene->clock = clock_system();
    scene->clock.wall_ms = scene->site.clock.wall_ms;
    scene->clock.context = scene->site.clock.context;
    const struct pool_options options = {
        .threads = THREADS,
        .max_connections = 64,
        .clock = &scene->clock,
        .log = &scene->site.log,
    };
    pool_rig_start(
        &scene->rig, scene->site.folder, options, program_settings_share(scene->site.settings));
    char *path = path_in(scene->site.folder, "sessions.db");
    assert_int_equal(sqlite3_open(path, &scene->db), SQLITE_OK);
    free(path);
}

static void stop(struct scene *scene)
{
    pool_rig_stop(&scene->rig);
    sqlite3_close(scene->db);
    site_close(&scene->site);
}

static void run(const struct scene *scene, const char *sql)
{
    assert_int_equal(sqlite3_exec(scene->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void gives_tokens_over_fastcgi(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
        assert_int_equal(pool_rig_ask(&scene.rig, NULL), 401);
    }
    stop(&scene);
}

static void refuses_a_session_under_settings_that_do_not_know_it(void **state)
{
    struct scene scene;
    struct reason why;
    struct buf ini;

    (void)state;
    start(&scene);
    int kept = pool_rig_connect(&scene.rig);
    assert_int_equal(pool_rig_ask_over(kept, true, COOKIE), 200);
    char *path = path_in(scene.site.folder, "belfry.conf");
    buf_init(&ini, 4096);
    buf_addf(&ini, "[belfry]\ndatabase = %s/belfry.db\n[auth]\nsession_sources = remote_user\n",
        scene.site.folder);
    file_write(path, ini.data, ini.len);
    pool_change(scene.rig.pool, program_settings_load(&token_endpoint_kind, path, NULL, &why));
    assert_int_equal(pool_rig_ask_over(kept, true, COOKIE), 401);
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 401);
    close(kept);
    buf_release(&ini);
    free(path);
    stop(&scene);
}

static void waits_for_a_locked_session_store_and_then_refuses(void **state)
{
    struct scene scene;
    int fds[MANY];

    (void)state;
    start(&scene);
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    run(&scene, "BEGIN EXCLUSIVE");
    pool_rig_ask_many(&scene.rig, COOKIE, fds, MANY);
    assert_int_equal(pool_rig_ask(&scene.rig, NULL), 401);
    run(&scene, "COMMIT");
    pool_rig_hear_many(fds, MANY, 200);
    run(&scene, "BEGIN EXCLUSIVE");
    pool_rig_ask_many(&scene.rig, COOKIE, fds, MANY);
    pool_rig_hear_many(fds, MANY, 503);
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 503);
    run(&scene, "COMMIT");
    assert_int_equal(pool_rig_ask(&scene.rig, COOKIE), 200);
    stop(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_tokens_over_fastcgi),
        cmocka_unit_test(refuses_a_session_under_settings_that_do_not_know_it),
        cmocka_unit_test(waits_for_a_locked_session_store_and_then_refuses),
    };
    return cmocka_run_group_tests_name("token_pool", tests, NULL, NULL);
}
