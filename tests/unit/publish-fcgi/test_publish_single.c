/* One notification, one user: read, changed, taken back, revoked. */
#include "tests/unit/publish-fcgi/publish_rig.h"

#define ROWS "SELECT title || ' ' || status AS x FROM notifications"

static void open_with_row(struct publish_rig *rig)
{
    publish_rig_open(rig, PUBLISH_MAY_ALL, NULL);
    queue_rig_sql(&rig->queue,
        "INSERT INTO notifications (user_id, title, body, data, created_at, expires_at) "
        "VALUES ('alice', 'Hello', 'a \"word\"', '{}', '2026-11-22T19:00:00.000Z', "
        "'2030-01-01T00:00:00.000Z')");
}

static int patch(struct publish_rig *rig, const char *body)
{
    return publish_rig_ask(rig, "PATCH", "/notifications/1", body, NULL);
}

static void a_row_is_shown(void **state)
{
    struct publish_rig rig;

    (void)state;
    open_with_row(&rig);
    assert_int_equal(publish_rig_ask(&rig, "GET", "/notifications/1", NULL, NULL), 200);
    publish_rig_says(&rig,
        "\r\n\r\n{\"id\":\"1\",\"user\":\"alice\",\"status\":\"pending\",\"error\":null,"
        "\"type\":\"system\",\"priority\":\"normal\",\"title\":\"Hello\",\"body\":\"a "
        "\\\"word\\\"\",\"data\":{},\"createdAt\":\"2026-11-22T19:00:00.000Z\","
        "\"deliverAfter\":null,\"expiresAt\":\"2030-01-01T00:00:00.000Z\",\"attempts\":0,"
        "\"deliveredAt\":null,\"readAt\":null,\"seenAt\":null,"
        "\"archivedAt\":null,\"updatedAt\":null,\"key\":null}");
    assert_int_equal(publish_rig_ask(&rig, "HEAD", "/notifications/1", NULL, NULL), 200);
    assert_null(strstr(rig.answer.data, "Hello"));
    assert_int_equal(publish_rig_ask(&rig, "GET", "/notifications/2", NULL, NULL), 404);
    publish_rig_says(&rig, "\"code\":\"not_found\"}");
    publish_rig_close(&rig);
}

static void a_row_is_changed_where_members_are_given(void **state)
{
    struct publish_rig rig;

    (void)state;
    open_with_row(&rig);
    assert_int_equal(patch(&rig, "{\"title\":\"Bye\",\"priority\":\"high\"}"), 200);
    publish_rig_says(&rig, "\"priority\":\"high\",\"title\":\"Bye\",\"body\":\"a \\\"word\\\"\","
                           "\"data\":{}");
    assert_int_equal(patch(&rig, "{\"data\":null,\"expires\":null,\"body\":\"\"}"), 200);
    publish_rig_says(&rig, "\"title\":\"Bye\",\"body\":\"\",\"data\":null");
    publish_rig_says(&rig, "\"expiresAt\":null");
    assert_int_equal(patch(&rig, "{}"), 200);
    publish_rig_says(&rig, "\"title\":\"Bye\"");
    publish_rig_close(&rig);
}

static void what_cannot_be_changed_is_refused(void **state)
{
    static const struct {
        const char *body, *said;
    } cases[] = {
        {"{\"user\":\"bob\"}", "\"code\":\"bad_value\",\"index\":0,\"field\":\"user\"}"},
        {"{\"after\":\"+1h\"}", "\"code\":\"bad_value\",\"index\":0,\"field\":\"after\"}"},
        {"{\"key\":\"k\"}", "\"code\":\"bad_value\",\"index\":0,\"field\":\"key\"}"},
        {"{\"status\":\"read\"}", "\"code\":\"unknown_field\",\"index\":0,\"field\":\"status\"}"},
        {"{\"title\":\"\"}", "\"code\":\"bad_length\",\"index\":0,\"field\":\"title\"}"},
        {"[{},{}]", "\"code\":\"not_an_object\""},
        {"7", "\"code\":\"not_an_object\""},
    };
    struct publish_rig rig;

    (void)state;
    open_with_row(&rig);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(patch(&rig, cases[i].body), 400);
        publish_rig_says(&rig, cases[i].said);
    }
    queue_rig_rows(&rig.queue, ROWS, "Hello pending");
    assert_int_equal(publish_rig_ask(&rig, "PATCH", "/notifications/2", "{}", NULL), 404);
    assert_int_equal(publish_rig_ask(&rig, "PATCH", "/notifications/1", "{}",
                         "CONTENT_TYPE=application/x-ndjson", NULL),
        415);
    publish_rig_close(&rig);
}

static void what_waits_or_was_delivered_is_taken_back(void **state)
{
    static const char *const statuses[][2] = {{"pending", "cancelled"}, {"delivered", "cancelled"},
        {"read", "cancelled"}, {"cancelled", "cancelled"}, {"failed", "failed"}};
    struct publish_rig rig;

    (void)state;
    open_with_row(&rig);
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        char sql[128], expected[64];
        snprintf(sql, sizeof(sql), "UPDATE notifications SET status = '%s'", statuses[i][0]);
        snprintf(expected, sizeof(expected), "Hello %s", statuses[i][1]);
        queue_rig_sql(&rig.queue, sql);
        assert_int_equal(publish_rig_ask(&rig, "DELETE", "/notifications/1", NULL, NULL), 204);
        queue_rig_rows(&rig.queue, ROWS, expected);
    }
    assert_int_equal(publish_rig_ask(&rig, "DELETE", "/notifications/2", NULL, NULL), 404);
    publish_rig_close(&rig);
}

static void presence_is_told(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_READ, NULL);
    queue_rig_sql(&rig.queue,
        "INSERT INTO gateways VALUES ('g', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), "
        "strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));"
        "INSERT INTO presence VALUES ('alice', 'g', 2, '2026-11-22T19:00:00.000Z'),"
        "('bob c', 'g', 0, '2026-11-22T18:00:00.000Z')");
    assert_int_equal(publish_rig_ask(&rig, "GET",
                         "/presence?user=alice&x=1&user=bob+c&user=car%6Fl", NULL, NULL),
        200);
    publish_rig_says(&rig,
        "{\"users\":[{\"userId\":\"alice\",\"isOnline\":true,\"lastSeen\":\"2026-11-22T19:00:00."
        "000Z\"},{\"userId\":\"bob c\",\"isOnline\":false,\"lastSeen\":\"2026-11-22T18:00:00.000Z\""
        "},{\"userId\":\"carol\",\"isOnline\":false,\"lastSeen\":null}]}");
    publish_rig_close(&rig);
}

static void presence_wants_one_to_a_hundred_users(void **state)
{
    struct publish_rig rig;
    struct buf path;

    (void)state;
    buf_init(&path, 4096);
    buf_add_text(&path, "/presence?x=y");
    publish_rig_open(&rig, PUBLISH_MAY_READ, NULL);
    assert_int_equal(publish_rig_ask(&rig, "GET", path.data, NULL, NULL), 400);
    publish_rig_says(&rig, "\"code\":\"missing\",\"field\":\"user\"}");
    for (int i = 0; i < 100; i++)
        buf_add_text(&path, "&user=a");
    assert_int_equal(publish_rig_ask(&rig, "GET", path.data, NULL, NULL), 200);
    buf_add_text(&path, "&user=a");
    assert_int_equal(publish_rig_ask(&rig, "GET", path.data, NULL, NULL), 400);
    assert_int_equal(publish_rig_ask(&rig, "GET", "/presence?user=%ff", NULL, NULL), 400);
    assert_int_equal(publish_rig_ask(&rig, "GET", "/presence?user=%0", NULL, NULL), 400);
    assert_int_equal(publish_rig_ask(&rig, "GET", "/presence?user=a%00b", NULL, NULL), 400);
    assert_int_equal(publish_rig_ask(&rig, "GET", "/presence?user=", NULL, NULL), 400);
    buf_release(&path);
    publish_rig_close(&rig);
}

static void a_user_is_revoked(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_REVOKE, NULL);
    assert_int_equal(publish_rig_ask(&rig, "DELETE", "/sessions?user=alice", NULL, NULL), 204);
    queue_rig_rows(&rig.queue, "SELECT user_id FROM revocations", "alice");
    queue_rig_rows(&rig.queue, "SELECT not_before FROM revocations", "2026-11-22T19:19:00.250Z");
    assert_int_equal(publish_rig_ask(&rig, "DELETE", "/sessions", NULL, NULL), 400);
    assert_int_equal(publish_rig_ask(&rig, "DELETE", "/sessions?user=a&user=b", NULL, NULL), 400);
    assert_int_equal(publish_rig_rows(&rig, "revocations"), 1);
    publish_rig_close(&rig);
}

/* Characters that JSON spells with six. */
static void add_longest(struct buf *sql, const char *column, int len)
{
    buf_addf(sql, ", %s = '", column);
    for (int i = 0; i < len; i++)
        buf_add_char(sql, '\1');
    buf_add_char(sql, '\'');
}

static void the_longest_row_is_shown(void **state)
{
    struct publish_rig rig;
    struct buf sql;

    (void)state;
    open_with_row(&rig);
    buf_init(&sql, 1 << 17);
    buf_addf(&sql, "UPDATE notifications SET data = '{\"a\": \"%032759d\"}'", 0);
    add_longest(&sql, "title", 1024);
    add_longest(&sql, "body", 16384);
    queue_rig_sql(&rig.queue, sql.data);
    buf_release(&sql);
    assert_int_equal(publish_rig_ask(&rig, "GET", "/notifications/1", NULL, NULL), 200);
    publish_rig_says(&rig, "Z\",\"key\":null}");
    publish_rig_close(&rig);
}

/* What reaches further than the new one, and one that does not. */
static void a_revocation_that_reaches_further_stays(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_REVOKE, NULL);
    queue_rig_sql(&rig.queue, "INSERT INTO revocations (user_id, not_before) VALUES "
                              "('alice', '2026-11-22T19:20:00.000Z')");
    assert_int_equal(publish_rig_ask(&rig, "DELETE", "/sessions?user=alice", NULL, NULL), 204);
    queue_rig_rows(&rig.queue, "SELECT not_before FROM revocations", "2026-11-22T19:20:00.000Z");
    rig.now_ms += 60000;
    assert_int_equal(publish_rig_ask(&rig, "DELETE", "/sessions?user=alice", NULL, NULL), 204);
    queue_rig_rows(&rig.queue, "SELECT not_before FROM revocations", "2026-11-22T19:20:00.250Z");
    publish_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_shown),
        cmocka_unit_test(the_longest_row_is_shown),
        cmocka_unit_test(a_row_is_changed_where_members_are_given),
        cmocka_unit_test(what_cannot_be_changed_is_refused),
        cmocka_unit_test(what_waits_or_was_delivered_is_taken_back),
        cmocka_unit_test(presence_is_told),
        cmocka_unit_test(presence_wants_one_to_a_hundred_users),
        cmocka_unit_test(a_user_is_revoked),
        cmocka_unit_test(a_revocation_that_reaches_further_stays),
    };
    return QUEUE_RIG_RUN(tests);
}
