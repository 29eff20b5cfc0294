/* Who may ask what, and by which paths and methods. */
#include "tests/unit/publish-fcgi/publish_rig.h"

#define ONE "{\"user\":\"alice\",\"title\":\"Hello\"}"

static int ask(struct publish_rig *rig, const char *method, const char *path)
{
    return publish_rig_ask(rig, method, path, NULL, NULL);
}

static void only_a_good_key_opens(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    assert_int_equal(
        publish_rig_ask(&rig, "POST", "/notifications", ONE, "HTTP_AUTHORIZATION=", NULL), 401);
    publish_rig_says(&rig, "\r\nWWW-Authenticate: Bearer\r\n");
    publish_rig_says(&rig, "\"code\":\"unauthorized\"}");
    assert_int_equal(publish_rig_ask(&rig, "POST", "/notifications", ONE,
                         "HTTP_AUTHORIZATION=Bearer belfry_guess", NULL),
        401);
    queue_rig_sql(&rig.queue, "UPDATE publish_keys SET revoked_at = created_at");
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 401);
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 0);
    publish_rig_close(&rig);
}

static void a_key_is_never_logged(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 200);
    assert_int_equal(publish_rig_post(&rig, "/broadcasts", ONE), 403);
    publish_rig_logged(&rig, "200 /notifications, key shop (", true);
    publish_rig_logged(&rig, "lacks the right broadcasts, key shop (", true);
    assert_int_equal(publish_rig_ask(&rig, "POST", "/notifications", ONE,
                         "HTTP_AUTHORIZATION=Bearer belfry_guess", NULL),
        401);
    publish_rig_logged(&rig, rig.key, false);
    publish_rig_logged(&rig, "belfry_guess", false);
    publish_rig_close(&rig);
}

static void each_request_needs_its_right(void **state)
{
    static const struct {
        const char *method, *path;
        unsigned right;
    } cases[] = {
        {"POST", "/notifications", PUBLISH_MAY_NOTIFICATIONS},
        {"POST", "/broadcasts", PUBLISH_MAY_BROADCASTS},
        {"POST", "/messages", PUBLISH_MAY_MESSAGES},
        {"GET", "/notifications/1", PUBLISH_MAY_READ},
        {"PATCH", "/notifications/1", PUBLISH_MAY_NOTIFICATIONS},
        {"DELETE", "/notifications/1", PUBLISH_MAY_NOTIFICATIONS},
        {"GET", "/presence?user=a", PUBLISH_MAY_READ},
        {"DELETE", "/sessions?user=a", PUBLISH_MAY_REVOKE},
    };
    const size_t count = sizeof(cases) / sizeof(cases[0]);

    (void)state;
    for (unsigned right = 1; right < PUBLISH_MAY_ALL; right <<= 1) {
        struct publish_rig rig;
        publish_rig_open(&rig, right, NULL);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(
                ask(&rig, cases[i].method, cases[i].path) != 403, right == cases[i].right);
        publish_rig_close(&rig);
    }
}

static void a_bound_key_names_its_users_alone(void **state)
{
    static const struct {
        const char *path, *body, *said;
    } cases[] = {
        {"/notifications", "{\"user\":\"alice\",\"title\":\"t\"}",
            "\"index\":0,\"field\":\"user\"}"},
        {"/notifications", "{\"user\":\"shop\",\"title\":\"t\"}",
            "\"index\":0,\"field\":\"user\"}"},
        {"/notifications", "{\"users\":[\"shop-1\",\"alice\"],\"title\":\"t\"}",
            "\"index\":0,\"field\":\"users\"}"},
        {"/messages", "{\"conversationId\":\"c\",\"senderId\":\"alice\",\"content\":\"t\"}",
            "\"index\":0,\"field\":\"senderId\"}"},
        {"/broadcasts", "{\"topic\":\"*\",\"event\":\"e\"}", "\"index\":0,\"field\":\"topic\"}"},
        {"/broadcasts", "{\"topic\":\"user:alice:notifications\",\"event\":\"e\"}",
            "\"field\":\"topic\"}"},
        {"/broadcasts", "{\"topic\":\"user:shop-\",\"event\":\"e\"}", "\"field\":\"topic\"}"},
        {"/broadcasts", "{\"topic\":\"role:shop-admin\",\"event\":\"e\"}", "\"field\":\"topic\"}"},
    };
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, "shop-");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(publish_rig_post(&rig, cases[i].path, cases[i].body), 403);
        publish_rig_says(&rig, cases[i].said);
    }
    assert_int_equal(ask(&rig, "GET", "/presence?user=shop-1&user=alice"), 403);
    assert_int_equal(ask(&rig, "DELETE", "/sessions?user=alice"), 403);
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 0);
    assert_int_equal(
        publish_rig_post(&rig, "/notifications", "{\"user\":\"shop-1\",\"title\":\"t\"}"), 200);
    assert_int_equal(publish_rig_post(&rig, "/broadcasts",
                         "{\"topic\":\"user:shop-1:notifications\",\"event\":\"e\"}"),
        200);
    assert_int_equal(ask(&rig, "GET", "/presence?user=shop-1"), 200);
    publish_rig_close(&rig);
}

static void rows_of_others_are_not_there_for_a_bound_key(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, "shop-");
    queue_rig_sql(
        &rig.queue, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'Hello')");
    assert_int_equal(ask(&rig, "GET", "/notifications/1"), 404);
    assert_int_equal(ask(&rig, "DELETE", "/notifications/1"), 404);
    assert_int_equal(
        publish_rig_ask(&rig, "PATCH", "/notifications/1", "{\"title\":\"x\"}", NULL), 404);
    queue_rig_rows(&rig.queue, "SELECT title || status AS x FROM notifications", "Hellopending");
    publish_rig_close(&rig);
}

static void browsers_are_refused(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(publish_rig_ask(&rig, "POST", "/notifications", ONE,
                         "HTTP_ORIGIN=https://example.com", NULL),
        403);
    assert_int_equal(
        publish_rig_ask(&rig, "OPTIONS", "/notifications", NULL, "HTTP_ORIGIN=null", NULL), 403);
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 0);
    publish_rig_close(&rig);
}

static void each_path_has_its_methods(void **state)
{
    static const struct {
        const char *path, *allow;
    } cases[] = {
        {"/notifications", "POST, OPTIONS"},
        {"/notifications/7", "GET, HEAD, PATCH, DELETE, OPTIONS"},
        {"/broadcasts", "POST, OPTIONS"},
        {"/messages", "POST, OPTIONS"},
        {"/presence", "GET, HEAD, OPTIONS"},
        {"/sessions", "DELETE, OPTIONS"},
    };
    struct publish_rig rig;
    char allow[128];

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(allow, sizeof(allow), "\r\nAllow: %s\r\n", cases[i].allow);
        assert_int_equal(ask(&rig, "PUT", cases[i].path), 405);
        publish_rig_says(&rig, allow);
        publish_rig_says(&rig, "\"code\":\"method_not_allowed\"}");
        assert_int_equal(ask(&rig, "OPTIONS", cases[i].path), 204);
        publish_rig_says(&rig, allow);
    }
    publish_rig_close(&rig);
}

static void the_last_segments_of_the_path_decide(void **state)
{
    static const char *const nowhere[] = {
        "", "/", "/notification", "/notifications/1/2", "/notifications-x", "/x/1"};
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
        assert_int_equal(ask(&rig, "GET", nowhere[i]), 404);
    assert_int_equal(
        publish_rig_ask(&rig, "POST", "", ONE, "REQUEST_URI=/notifications?x=y", NULL), 200);
    assert_int_equal(publish_rig_ask(&rig, "POST", "", ONE, "REQUEST_URI=",
                         "SCRIPT_NAME=/cgi-bin/belfry-publish", "PATH_INFO=/notifications", NULL),
        200);
    assert_int_equal(publish_rig_ask(&rig, "POST", "", ONE, "REQUEST_URI=/rewritten",
                         "SCRIPT_NAME=/a/notifications", NULL),
        200);
    assert_int_equal(ask(&rig, "GET", "/notifications/3"), 200);
    assert_int_equal(ask(&rig, "GET", "/notifications/03"), 404);
    assert_int_equal(ask(&rig, "GET", "/notifications/99999999999999999999"), 404);
    publish_rig_close(&rig);
}

static void a_key_has_so_many_requests_a_second(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_READ, NULL);
    for (int i = 0; i < 100; i++)
        assert_int_equal(ask(&rig, "GET", "/presence?user=a"), 200);
    assert_int_equal(ask(&rig, "GET", "/presence?user=a"), 429);
    publish_rig_says(&rig, "\r\nRetry-After: 1\r\n");
    publish_rig_says(&rig, "\"code\":\"rate_limited\"}");
    rig.now_ms += 10;
    assert_int_equal(ask(&rig, "GET", "/presence?user=a"), 200);
    assert_int_equal(ask(&rig, "GET", "/presence?user=a"), 429);
    publish_rig_close(&rig);
}

static void use_is_noted_once_a_minute(void **state)
{
    struct publish_rig rig;
    const char *sql = "SELECT last_used_at AS x FROM publish_keys";

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_READ, NULL);
    assert_int_equal(ask(&rig, "GET", "/presence?user=a"), 200);
    queue_rig_rows(&rig.queue, sql, "2026-11-22T19:19:00.250Z");
    rig.now_ms += 59999;
    assert_int_equal(ask(&rig, "GET", "/presence?user=a"), 200);
    queue_rig_rows(&rig.queue, sql, "2026-11-22T19:19:00.250Z");
    rig.now_ms += 1;
    assert_int_equal(ask(&rig, "GET", "/presence?user=a"), 200);
    queue_rig_rows(&rig.queue, sql, "2026-11-22T19:20:00.250Z");
    publish_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_good_key_opens),
        cmocka_unit_test(a_key_is_never_logged),
        cmocka_unit_test(each_request_needs_its_right),
        cmocka_unit_test(a_bound_key_names_its_users_alone),
        cmocka_unit_test(rows_of_others_are_not_there_for_a_bound_key),
        cmocka_unit_test(browsers_are_refused),
        cmocka_unit_test(each_path_has_its_methods),
        cmocka_unit_test(the_last_segments_of_the_path_decide),
        cmocka_unit_test(a_key_has_so_many_requests_a_second),
        cmocka_unit_test(use_is_noted_once_a_minute),
    };
    return QUEUE_RIG_RUN(tests);
}
