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
    assert_int_equal(publish_key_create(rig.queue->sql, "second", PUBLISH_MAY_ALL, NULL, rig.now_ms,
                         rig.key, &rig.queue->why),
        1);
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
    queue_file_run(rig.queue, "BEGIN IMMEDIATE");
    rig.patience = ENDPOINT_MAY_DEFER;
    for (int i = 0; i < 200; i++)
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
    queue_file_run(rig.queue, "ROLLBACK");
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
    away = path_in(rig.queue->folder, "away.db");
    assert_int_equal(rename(rig.queue->path, away), 0);
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 503);
    publish_rig_says(&rig, "\"code\":\"queue_unavailable\"}");
    assert_int_equal(rename(away, rig.queue->path), 0);
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 200);
    free(away);
    publish_rig_close(&rig);
}

static void a_queue_without_tables_for_publishing_is_503(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    queue_file_run(rig.queue, "DROP TABLE publish_keys; DROP TABLE publish_requests");
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 503);
    publish_rig_logged(&rig, "belfry init", true);
    publish_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeated_request_gets_the_same_answer),
        cmocka_unit_test(each_path_and_publishing_key_remembers_for_itself),
        cmocka_unit_test(a_refused_request_is_not_remembered),
        cmocka_unit_test(after_a_day_it_is_forgotten),
        cmocka_unit_test(an_answer_without_a_body_is_remembered),
        cmocka_unit_test(a_key_that_is_too_long_is_refused),
        cmocka_unit_test(a_locked_queue_is_waited_for_and_then_503),
        cmocka_unit_test(a_full_queue_is_503_and_nothing_is_half_done),
        cmocka_unit_test(a_queue_that_is_missing_is_503_until_it_is_there),
        cmocka_unit_test(a_queue_without_tables_for_publishing_is_503),
    };
    return cmocka_run_group_tests_name("publish_again", tests, NULL, NULL);
}
