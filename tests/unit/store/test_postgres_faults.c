/* PostgreSQL as an engine, when the server hangs, crashes, is restored from a dump, or is one of
 * several. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/memory.h"
#include "common/postgres.h"
#include "gateway/store/engine.h"
#include "gateway/store/engines.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/postgres/tables.h"
#include "gateway/store/presence_verbs.h"
#include "gateway/store/store_settings.h"
#include "tests/unit/postgres_server.h"

#define NOW "2026-11-22T19:19:00.123Z"
/* More than are mended in one transaction. */
#define RESTORED 5000

static struct postgres_server server;

struct scene {
    char url[2 * POSTGRES_URL_SIZE];
    struct store_settings settings;
    struct engine *engine;
    PGconn *superuser;
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

static PGconn *connect_superuser(struct postgres_server *to, const char *database)
{
    char url[POSTGRES_URL_SIZE];

    postgres_server_url(to, "postgres", database, url);
    return postgres_server_connect(url);
}

static void name_of(const char *url, char name[64])
{
    const char *start = strstr(url, "@/") + 2;

    snprintf(name, 64, "%.*s", (int)strcspn(start, "?"), start);
}

static struct scene *scene_new(const char *url)
{
    struct scene *scene = mem_zalloc(sizeof(*scene));
    struct reason why;

    snprintf(scene->url, sizeof(scene->url), "%s", url);
    scene->settings = (struct store_settings){
        .database = scene->url, .database_shown = scene->url, .instance = "test:1"};
    scene->engine = engines_new(&scene->settings, &why);
    assert_non_null(scene->engine);
    return scene;
}

static int set_up(void **state)
{
    char url[POSTGRES_URL_SIZE], name[64];
    struct scene *scene;

    postgres_server_queue(&server, url);
    scene = scene_new(url);
    name_of(url, name);
    scene->superuser = connect_superuser(&server, name);
    open_engine(scene);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    postgres_close(scene->superuser);
    scene->engine->life->free(scene->engine);
    free(scene);
    return 0;
}

static int count_row(void *context, const struct notification_state *state)
{
    size_t *count = context;

    (void)state;
    ++*count;
    return 1;
}

static size_t look(struct engine *engine)
{
    size_t count = 0;

    assert_int_equal(engine->life->begin(engine), 0);
    assert_int_equal(engine->notifications->walk_new(engine, 0, SIZE_MAX, count_row, &count), 1);
    assert_int_equal(engine->life->commit(engine), 0);
    return count;
}

static void write_presence(struct engine *engine)
{
    assert_int_equal(engine->life->begin_writing(engine, true), 0);
    assert_int_equal(engine->presence->write_user(engine, "alice", "test:1", 3, NOW), 0);
}

/* Its COMMIT may still come about, so nobody can say what becomes of it. */
static void a_backend_that_hangs_counts_as_lost(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    pid_t backend = PQbackendPID(link_of(engine)->conn);

    write_presence(engine);
    assert_int_equal(link_flush(link_of(engine)), 0);
    assert_int_equal(kill(backend, SIGSTOP), 0);
    assert_int_equal(engine->life->commit(engine), -1);
    assert_int_equal(engine->trouble, ENGINE_UNCERTAIN);
    assert_string_equal(engine->why.text, "the server does not answer");
    engine->life->abandon(engine);
    if (engine->life->open(engine, 10) < 0)
        fail_msg("%s", engine->why.text);
    assert_int_equal(engine->life->is_same(engine, 0, 0), 1);
    assert_int_equal(look(engine), 0);
    kill(backend, SIGCONT);
}

/* Between connecting and the first transaction, too. */
static void a_backend_that_hangs_at_the_beginning_holds_up_nobody_for_long(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    pid_t backend = PQbackendPID(link_of(engine)->conn);
    int64_t notification, message;

    assert_int_equal(kill(backend, SIGSTOP), 0);
    assert_int_equal(engine->life->last_ids(engine, &notification, &message), -1);
    assert_string_equal(engine->why.text, "the server does not answer");
    assert_int_equal(engine->life->last_ids(engine, &notification, &message), -1);
    engine->life->abandon(engine);
    open_engine(scene);
    kill(backend, SIGCONT);
}

/* Somebody's trigger takes longer than a statement may. */
static void a_statement_that_takes_too_long_is_tried_again(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;

    postgres_server_sql(scene->superuser,
        "CREATE FUNCTION dream() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;"
        "CREATE TRIGGER dreams BEFORE INSERT ON belfry.presence FOR EACH ROW"
        " EXECUTE FUNCTION dream()");
    write_presence(engine);
    assert_int_equal(engine->life->commit(engine), -1);
    assert_int_equal(engine->trouble, ENGINE_BUSY);
    engine->life->rollback(engine);
    postgres_server_sql(scene->superuser, "DROP TRIGGER dreams ON belfry.presence");
    write_presence(engine);
    assert_int_equal(engine->life->commit(engine), 0);
}

/* Kills the server while the gateway's COMMIT waits for a standby that is not there. */
static void *kill_behind_commit(void *context)
{
    static const char sql[] = "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                              " AND application_name = 'belfry-gateway'";
    struct scene *scene = context;
    int waits = 0;

    while (waits == 0) {
        PGresult *result = PQexec(scene->superuser, sql);

        waits = PQntuples(result);
        PQclear(result);
    }
    postgres_server_kill(&server);
    return NULL;
}

/* Its COMMIT was not answered, and nobody is there who could say what became of it. */
static void a_server_that_is_gone_within_the_commit_leaves_it_uncertain(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    pthread_t killer;

    postgres_server_sql(scene->superuser, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    postgres_server_kill(&server);
    postgres_server_run(&server);
    PQreset(scene->superuser);
    engine->life->abandon(engine);
    /* Whoever writes the epoch waits for the standby, too. */
    postgres_server_sql(scene->superuser,
        "SET synchronous_commit = local; INSERT INTO belfry.epoch (id, word) VALUES (1, 'here')");
    open_engine(scene);
    assert_int_equal(pthread_create(&killer, NULL, kill_behind_commit, scene), 0);
    write_presence(engine);
    assert_int_equal(engine->life->commit(engine), -1);
    assert_int_equal(engine->trouble, ENGINE_UNCERTAIN);
    pthread_join(killer, NULL);
    postgres_server_run(&server);
    PQreset(scene->superuser);
    postgres_server_sql(scene->superuser, "ALTER SYSTEM RESET synchronous_standby_names");
    postgres_server_sql(scene->superuser, "SELECT pg_reload_conf()");
}

/* As after a crash, when the number may be another transaction's. */
static void a_commit_is_not_looked_up_in_another_epoch(void **state)
{
    struct scene *scene = *state;
    struct engine *engine = scene->engine;
    struct link *link = link_of(engine);

    write_presence(engine);
    assert_int_equal(link_flush(link), 0);
    postgres_server_sql(scene->superuser, "UPDATE belfry.epoch SET word = 'another';"
                                          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                          " WHERE application_name = 'belfry-gateway'");
    assert_int_equal(engine->life->commit(engine), -1);
    assert_int_equal(engine->trouble, ENGINE_UNCERTAIN);
}

static void dump_and_restore(const char *database, struct postgres_server *to, const char *name)
{
    char command[512];

    snprintf(command, sizeof(command),
        "pg_dump -h %s -U postgres %s | psql -q -h %s -U postgres %s >/dev/null", server.folder,
        database, to->folder, name);
    assert_int_equal(system(command), 0);
}

/* Numbers of transactions are much lower in a new cluster. */
static void what_is_restored_in_a_new_cluster_is_not_still_to_come(void **state)
{
    static struct postgres_server second;
    struct scene *scene = *state, *restored;
    char url[POSTGRES_URL_SIZE], name[64];
    char *future;

    postgres_server_sql(scene->superuser,
        "DO $$ BEGIN FOR i IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
    postgres_server_sql(scene->superuser, "INSERT INTO belfry.notifications (user_id, title)"
                                          " SELECT 'alice', 'x' FROM generate_series(1, 5000)");
    /* As after some minutes; a dump has the rows of unlogged tables, too. */
    postgres_server_sql(scene->superuser, "UPDATE belfry.epoch SET removed = pg_current_snapshot(),"
                                          " next_removed = pg_current_snapshot()");
    postgres_server_start(&second);
    postgres_server_queue(&second, url); /* for the roles */
    postgres_server_database(&second, url);
    name_of(url, name);
    dump_and_restore(PQdb(scene->superuser), &second, name);
    postgres_server_url(&second, "gate", name, url);
    restored = scene_new(url);
    restored->superuser = connect_superuser(&second, name);
    future = postgres_server_text(restored->superuser,
        "SELECT count(*) FROM belfry.notifications"
        " WHERE txid >= pg_snapshot_xmax(pg_current_snapshot())");
    assert_int_equal(strtol(future, NULL, 10), RESTORED);
    free(future);
    open_engine(restored);
    assert_int_equal(look(restored->engine), 0);
    postgres_server_sql(restored->superuser,
        "INSERT INTO belfry.notifications (user_id, title) VALUES ('alice', 'new')");
    assert_int_equal(look(restored->engine), 1);
    assert_int_equal(look(restored->engine), 0);
    future = postgres_server_text(
        restored->superuser, "SELECT count(*) FROM belfry.notifications WHERE txid = '3'");
    assert_int_equal(strtol(future, NULL, 10), RESTORED);
    free(future);
    tear_down((void **)&restored);
    postgres_server_stop(&second);
}

/* A socket that takes connections and never says anything. */
static int listen_mutely(const char *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.5432", folder);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 8), 0);
    return fd;
}

static void the_second_host_serves_when_the_first_is_dead_or_mute(void **state)
{
    struct scene *scene = *state, *other;
    char mute[] = "/tmp/belfry-mute-XXXXXX", url[2 * POSTGRES_URL_SIZE], path[64];
    int fd;

    assert_non_null(mkdtemp(mute));
    fd = listen_mutely(mute);
    snprintf(url, sizeof(url), "postgresql://gate@/%s?host=/nonexistent,%s,%s",
        PQdb(scene->superuser), mute, server.folder);
    other = scene_new(url);
    open_engine(other);
    /* Once more, as when the connection was lost. */
    other->engine->life->abandon(other->engine);
    open_engine(other);
    write_presence(other->engine);
    assert_int_equal(other->engine->life->commit(other->engine), 0);
    tear_down((void **)&other);
    close(fd);
    snprintf(path, sizeof(path), "%s/.s.PGSQL.5432", mute);
    unlink(path);
    rmdir(mute);
}

static void truncating_tells_as_deleting_does(void **state)
{
    struct scene *scene = *state;
    char *told;

    postgres_server_sql(scene->superuser,
        "INSERT INTO belfry.notifications (user_id, title, status)"
        " VALUES ('alice', 'x', 'pending'), ('alice', 'y', 'delivered'), ('bob', 'z', 'read'),"
        " ('bob', 'z', 'expired');"
        "TRUNCATE belfry.notifications");
    told = postgres_server_text(scene->superuser,
        "SELECT string_agg(kind || ' ' || key, '; ' ORDER BY id) FROM belfry.changes");
    assert_string_equal(
        told, "unread alice; removed [\"alice\",1]; removed [\"alice\",2]; removed [\"bob\",3]");
    free(told);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_backend_that_hangs_counts_as_lost),
        TEST(a_backend_that_hangs_at_the_beginning_holds_up_nobody_for_long),
        TEST(a_statement_that_takes_too_long_is_tried_again),
        TEST(a_commit_is_not_looked_up_in_another_epoch),
        TEST(what_is_restored_in_a_new_cluster_is_not_still_to_come),
        TEST(the_second_host_serves_when_the_first_is_dead_or_mute),
        TEST(truncating_tells_as_deleting_does),
        TEST(a_server_that_is_gone_within_the_commit_leaves_it_uncertain),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
