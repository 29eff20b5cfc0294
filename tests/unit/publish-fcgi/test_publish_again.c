/* Requests that come again, and a queue that cannot be written. */
#include "tests/unit/publish-fcgi/publish_rig.h"

#include <signal.h>
#include <sys/resource.h>

#define ONE "{\"user\":\"alice\",\"title\":\"Hello\"}"
#define OTHER "{\"user\":\"alice\",\"title\":\"Bye\"}"
#define DAY 86400000

static int post_with(struct publish_rig *rig, const char *path, const char *body, const char *key)
{
    return publish_rig_ask(rig, "POST", path, body, key, NULL);
}

#define KEY "HTTP_IDEMPOTENCY_KEY=order-7"

static void a_repeated_request_gets_the_same_answer(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 200);
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    publish_rig_says(&rig, "{\"ids\":[\"1\"]}");
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 2);
    assert_int_equal(post_with(&rig, "/notifications", OTHER, KEY), 409);
    publish_rig_says(&rig, "\"code\":\"idempotency_conflict\"}");
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 2);
    publish_rig_close(&rig);
}

static void each_path_and_publishing_key_remembers_for_itself(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    assert_int_equal(post_with(&rig, "/broadcasts", "{\"topic\":\"*\",\"event\":\"e\"}", KEY), 200);
    publish_rig_key(&rig, "second", PUBLISH_MAY_ALL, NULL);
    assert_int_equal(post_with(&rig, "/notifications", OTHER, KEY), 200);
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 2);
    assert_int_equal(publish_rig_rows(&rig, "broadcasts"), 1);
    publish_rig_close(&rig);
}

static void a_refused_request_is_not_remembered(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(post_with(&rig, "/notifications", "{\"user\":\"alice\"}", KEY), 400);
    assert_int_equal(publish_rig_rows(&rig, "publish_requests"), 0);
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    assert_int_equal(publish_rig_ask(&rig, "DELETE", "/notifications/9", NULL, KEY, NULL), 404);
    assert_int_equal(publish_rig_rows(&rig, "publish_requests"), 1);
    publish_rig_close(&rig);
}

static void after_a_day_it_is_forgotten(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    rig.now_ms += DAY;
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 1);
    rig.now_ms += 1;
    assert_int_equal(post_with(&rig, "/notifications", ONE, "HTTP_IDEMPOTENCY_KEY=other"), 200);
    assert_int_equal(publish_rig_rows(&rig, "publish_requests"), 1);
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 3);
    publish_rig_close(&rig);
}

static void an_answer_without_a_body_is_remembered(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            publish_rig_ask(&rig, "DELETE", "/sessions?user=alice", NULL, KEY, NULL), 204);
    assert_int_equal(publish_rig_ask(&rig, "DELETE", "/sessions?user=bob", NULL, KEY, NULL), 409);
    publish_rig_close(&rig);
}

static void a_key_that_is_too_long_is_refused(void **state)
{
    struct publish_rig rig;
    char key[300] = "HTTP_IDEMPOTENCY_KEY=";

    (void)state;
    memset(key + strlen(key), 'k', 256);
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(post_with(&rig, "/notifications", ONE, key), 400);
    publish_rig_says(&rig, "\"code\":\"bad_idempotency_key\"}");
    publish_rig_close(&rig);
}

static void a_locked_queue_is_waited_for_and_then_503(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    queue_rig_lock(&rig.queue);
    rig.patience = ENDPOINT_MAY_DEFER;
    for (int i = 0; i < 110; i++)
        assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 0);
    /* What was answered before needs no lock. */
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    rig.patience = ENDPOINT_MUST_ANSWER;
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 503);
    assert_int_equal(rig.result, ENDPOINT_BUSY);
    publish_rig_says(&rig, "\r\nRetry-After: 2\r\n");
    publish_rig_says(&rig, "\"code\":\"queue_locked\"}");
    rig.patience = ENDPOINT_MAY_BLOCK;
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 503);
    queue_rig_unlock(&rig.queue);
    rig.patience = ENDPOINT_MAY_DEFER;
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 200);
    assert_int_equal(rig.result, ENDPOINT_AVAILABLE);
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 2);
    publish_rig_close(&rig);
}

static void a_full_queue_is_503_and_nothing_is_half_done(void **state)
{
    struct publish_rig rig;
    struct rlimit before, none;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 200);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    none = (struct rlimit){.rlim_cur = 16384, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    int status = post_with(&rig, "/notifications", "[" ONE "," OTHER "]", KEY);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, 503);
    publish_rig_says(&rig, "\r\nRetry-After: 2\r\n");
    publish_rig_says(&rig, "\"code\":\"queue_unavailable\"}");
    publish_rig_logged(&rig, "the file may not grow", true);
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 1);
    assert_int_equal(publish_rig_rows(&rig, "publish_requests"), 0);
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    publish_rig_close(&rig);
}

static void a_queue_that_is_missing_is_503_until_it_is_there(void **state)
{
    struct publish_rig rig;
    char *away;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 200);
    away = path_in(rig.queue.file->folder, "away.db");
    assert_int_equal(rename(rig.queue.file->path, away), 0);
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 503);
    publish_rig_says(&rig, "\"code\":\"queue_unavailable\"}");
    assert_int_equal(rename(away, rig.queue.file->path), 0);
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 200);
    free(away);
    publish_rig_close(&rig);
}

static void a_queue_without_tables_for_publishing_is_503(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    queue_rig_sql(&rig.queue, "DROP TABLE publish_keys; DROP TABLE publish_requests");
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 503);
    publish_rig_logged(&rig, "belfry init", true);
    publish_rig_close(&rig);
}

/* ---- PostgreSQL ---- */

static void a_server_that_is_away_is_503_until_it_is_back(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    queue_rig_crash(&rig.queue);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 503);
        publish_rig_says(&rig, "\r\nRetry-After: 2\r\n");
        publish_rig_says(&rig, "\"code\":\"queue_unavailable\"}");
    }
    queue_rig_restart(&rig.queue);
    while (post_with(&rig, "/notifications", ONE, KEY) == 503)
        continue;
    publish_rig_says(&rig, "{\"ids\":[\"1\"]}");
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 200);
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 2);
    publish_rig_close(&rig);
}

static void connections_that_were_ended_are_made_again_without_a_word(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 200);
        assert_int_equal(publish_rig_rows(&rig, "notifications"), i);
        queue_rig_cut(&rig.queue);
    }
    assert_int_equal(publish_rig_ask(&rig, "GET", "/notifications/1", NULL, NULL), 200);
    publish_rig_close(&rig);
}

/* The connection ends within the COMMIT, behind it or before it. */
static void a_commit_whose_answer_is_lost_is_answered_truly(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    queue_rig_sql(&rig.queue,
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON notifications"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()");
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 503);
    publish_rig_says(&rig, "\"code\":\"queue_unavailable\"}");
    queue_rig_sql(&rig.queue, "DROP TRIGGER dies ON notifications");
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 0);
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 1);
    publish_rig_close(&rig);
}

/* Each request of a minute's first ones would note that its key was used. */
static void a_key_that_another_request_notes_is_not_waited_for(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    queue_rig_sql(&rig.queue, "BEGIN; SELECT 1 FROM publish_keys FOR UPDATE");
    assert_int_equal(post_with(&rig, "/notifications", ONE, KEY), 200);
    assert_int_equal(publish_rig_ask(&rig, "GET", "/notifications/1", NULL, NULL), 200);
    queue_rig_sql(&rig.queue, "ROLLBACK");
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 1);
    publish_rig_close(&rig);
}

static void a_login_without_the_role_is_told_in_the_log(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    queue_rig_sql(&rig.queue, "REVOKE SELECT ON publish_keys FROM belfry_publishing");
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 503);
    publish_rig_logged(&rig, "permission denied for table publish_keys", true);
    publish_rig_logged(&rig, "GRANT belfry_publishing TO", true);
    publish_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest both[] = {
        cmocka_unit_test(a_repeated_request_gets_the_same_answer),
        cmocka_unit_test(each_path_and_publishing_key_remembers_for_itself),
        cmocka_unit_test(a_refused_request_is_not_remembered),
        cmocka_unit_test(after_a_day_it_is_forgotten),
        cmocka_unit_test(an_answer_without_a_body_is_remembered),
        cmocka_unit_test(a_key_that_is_too_long_is_refused),
        cmocka_unit_test(a_locked_queue_is_waited_for_and_then_503),
    };
    const struct CMUnitTest files[] = {
        cmocka_unit_test(a_full_queue_is_503_and_nothing_is_half_done),
        cmocka_unit_test(a_queue_that_is_missing_is_503_until_it_is_there),
        cmocka_unit_test(a_queue_without_tables_for_publishing_is_503),
    };
    const struct CMUnitTest servers[] = {
        cmocka_unit_test(a_server_that_is_away_is_503_until_it_is_back),
        cmocka_unit_test(connections_that_were_ended_are_made_again_without_a_word),
        cmocka_unit_test(a_commit_whose_answer_is_lost_is_answered_truly),
        cmocka_unit_test(a_key_that_another_request_notes_is_not_waited_for),
        cmocka_unit_test(a_login_without_the_role_is_told_in_the_log),
    };

    return QUEUE_RIG_RUN(both) + QUEUE_RIG_RUN_FILES(files) + QUEUE_RIG_RUN_POSTGRES(servers);
}
