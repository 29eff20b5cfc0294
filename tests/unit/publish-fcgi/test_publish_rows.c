/* POST: objects become rows, all of them or none. */
#include "tests/unit/publish-fcgi/publish_rig.h"

#include "common/memory.h"

#define ONE "{\"user\":\"alice\",\"title\":\"Hello\"}"
#define LINES "CONTENT_TYPE=application/x-ndjson; charset=utf-8"

static void an_object_becomes_a_row(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    assert_int_equal(publish_rig_post(&rig, "/notifications", ONE), 200);
    publish_rig_says(&rig, "\r\n\r\n{\"ids\":[\"1\"]}");
    queue_rig_rows(&rig.queue, "SELECT user_id || title || status AS x FROM notifications",
        "aliceHellopending");
    publish_rig_close(&rig);
}

static void an_array_becomes_rows_in_its_order(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    assert_int_equal(publish_rig_post(&rig, "/notifications",
                         "[" ONE ",{\"user\":\"bob\",\"title\":\"Hi\",\"data\":{\"a\":1}}]"),
        200);
    publish_rig_says(&rig, "{\"ids\":[\"1\",\"2\"]}");
    queue_rig_rows(&rig.queue, "SELECT user_id AS x FROM notifications ORDER BY id", "alice bob");
    assert_int_equal(publish_rig_post(&rig, "/notifications", "[]"), 200);
    publish_rig_says(&rig, "{\"ids\":[]}");
    publish_rig_close(&rig);
}

static void lines_become_rows(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    assert_int_equal(
        publish_rig_ask(&rig, "POST", "/notifications", ONE "\n\r\n" ONE "\n", LINES, NULL), 200);
    publish_rig_says(&rig, "{\"ids\":[\"1\",\"2\"]}");
    assert_int_equal(
        publish_rig_ask(&rig, "POST", "/notifications", ONE "\n{\"user\"\n", LINES, NULL), 400);
    publish_rig_says(&rig, "\"code\":\"bad_json\",\"index\":1}");
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 2);
    publish_rig_close(&rig);
}

static void each_of_several_users_gets_a_row(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    assert_int_equal(publish_rig_post(&rig, "/notifications",
                         "[{\"users\":[\"alice\",\"bob\"],\"title\":\"Hello\"}," ONE "]"),
        200);
    publish_rig_says(&rig, "{\"ids\":[\"1\",\"2\",\"3\"]}");
    queue_rig_rows(
        &rig.queue, "SELECT user_id AS x FROM notifications ORDER BY id", "alice bob alice");
    publish_rig_close(&rig);
}

static void messages_and_broadcasts_are_published(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    assert_int_equal(publish_rig_post(&rig, "/messages",
                         "{\"conversationId\":\"c\",\"senderId\":\"alice\",\"content\":\"Hi\"}"),
        200);
    assert_int_equal(publish_rig_post(&rig, "/broadcasts",
                         "{\"topic\":\"*\",\"event\":\"news\",\"data\":\"two\"}"),
        200);
    queue_rig_rows(&rig.queue, "SELECT content AS x FROM messages", "Hi");
    queue_rig_rows(&rig.queue, "SELECT event || data AS x FROM broadcasts", "news\"two\"");
    publish_rig_close(&rig);
}

static void a_wrong_object_is_named_and_nothing_is_written(void **state)
{
    static const struct {
        const char *path, *body, *said;
    } cases[] = {
        {"/notifications", "[" ONE ",{\"user\":\"bob\"}]",
            "\"code\":\"missing\",\"index\":1,\"field\":\"title\"}"},
        {"/notifications", "[" ONE ",7]", "\"code\":\"not_an_object\",\"index\":1}"},
        {"/notifications", "{\"user\":\"a\",\"title\":\"t\",\"colour\":1}",
            "\"code\":\"unknown_field\",\"index\":0,\"field\":\"colour\"}"},
        {"/notifications", "{\"user_id\":\"\",\"title\":\"t\"}",
            "\"code\":\"bad_length\",\"index\":0,\"field\":\"user_id\"}"},
        {"/notifications", "{\"user\":\"a\",\"title\":\"t\",\"expires\":\"soon\"}",
            "\"code\":\"bad_time\",\"index\":0,\"field\":\"expires\"}"},
        {"/notifications", "{\"users\":[],\"title\":\"t\"}",
            "\"code\":\"bad_length\",\"index\":0,\"field\":\"users\"}"},
        {"/notifications", "{\"users\":[\"a\",7],\"title\":\"t\"}",
            "\"code\":\"not_text\",\"index\":0,\"field\":\"users\"}"},
        {"/notifications", "{\"users\":[\"a\",\"\"],\"title\":\"t\"}",
            "\"code\":\"bad_length\",\"index\":0,\"field\":\"users\"}"},
        {"/notifications", "{\"users\":[\"a\"],\"user\":\"b\",\"title\":\"t\"}",
            "\"code\":\"contradiction\",\"index\":0,\"field\":\"users\"}"},
        {"/messages", "{\"users\":[\"a\"],\"conversationId\":\"c\"}",
            "\"code\":\"unknown_field\",\"index\":0,\"field\":\"users\"}"},
        {"/broadcasts", "{\"topic\":\"*\",\"event\":\"disconnect\"}",
            "\"code\":\"reserved\",\"index\":0,\"field\":\"event\"}"},
        {"/notifications", "{\"user\":", "\"code\":\"bad_json\"}"},
        {"/notifications", "", "\"code\":\"bad_json\"}"},
    };
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(publish_rig_post(&rig, cases[i].path, cases[i].body), 400);
        publish_rig_says(&rig, cases[i].said);
    }
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 0);
    assert_int_equal(publish_rig_rows(&rig, "broadcasts"), 0);
    publish_rig_close(&rig);
}

/* An array of `count` times this text. malloc()ed. */
static char *array_of(const char *text, int count)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    for (int i = 0; i < count; i++)
        buf_addf(&out, "%s%s", i == 0 ? "[" : ",", text);
    buf_add_text(&out, "]");
    return buf_detach(&out);
}

static void a_thousand_objects_are_taken_and_no_more(void **state)
{
    struct publish_rig rig;
    char *most = array_of(ONE, 1000);
    char *more = array_of(ONE, 1001);

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    assert_int_equal(publish_rig_post(&rig, "/notifications", most), 200);
    publish_rig_says(&rig, ",\"1000\"]}");
    assert_int_equal(publish_rig_post(&rig, "/notifications", more), 413);
    publish_rig_says(&rig, "\"code\":\"too_many_objects\"}");
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 1000);
    free(more);
    free(most);
    publish_rig_close(&rig);
}

static void a_thousand_rows_are_the_most_of_all_objects(void **state)
{
    struct publish_rig rig;
    struct buf body;
    char *users = array_of("\"alice\"", 600);

    (void)state;
    buf_init(&body, 1 << 20);
    buf_addf(
        &body, "[{\"users\":%s,\"title\":\"a\"},{\"users\":%s,\"title\":\"b\"}]", users, users);
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    assert_int_equal(publish_rig_post(&rig, "/notifications", body.data), 413);
    publish_rig_says(&rig, "\"code\":\"too_many_rows\"}");
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 0);
    buf_release(&body);
    free(users);
    publish_rig_close(&rig);
}

static void what_the_database_refuses_is_refused_as_a_whole(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    queue_rig_sql(&rig.queue, "CREATE UNIQUE INDEX once ON notifications (title)");
    assert_int_equal(publish_rig_post(&rig, "/notifications", "[" ONE "," ONE "]"), 400);
    publish_rig_says(&rig, "\"code\":\"refused\",\"index\":1}");
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 0);
    publish_rig_close(&rig);
}

static void other_types_are_refused(void **state)
{
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    assert_int_equal(publish_rig_ask(&rig, "POST", "/notifications", ONE,
                         "CONTENT_TYPE=application/x-www-form-urlencoded", NULL),
        415);
    assert_int_equal(
        publish_rig_ask(&rig, "POST", "/notifications", ONE, "CONTENT_TYPE=", NULL), 415);
    publish_rig_says(&rig, "\"code\":\"unsupported_media_type\"}");
    publish_rig_close(&rig);
}

static void a_member_given_twice_is_refused(void **state)
{
    static const char *const bodies[] = {
        "{\"user\":\"alice\",\"title\":\"a\",\"title\":\"b\"}",
        "[" ONE ",{\"user\":\"alice\",\"user\":\"bob\",\"title\":\"a\"}]",
        "[{\"user\":\"alice\",\"title\":\"a\",\"data\":{\"b\":{\"c\":1,\"c\":2}}}]",
    };
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_NOTIFICATIONS, NULL);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_int_equal(publish_rig_post(&rig, "/notifications", bodies[i]), 400);
        publish_rig_says(&rig, "\"code\":\"bad_json\"");
    }
    assert_int_equal(publish_rig_rows(&rig, "notifications"), 0);
    publish_rig_close(&rig);
}

/* As fast as somebody who inserts rows without waiting. */
static void insert_unsent(struct publish_rig *rig, int count)
{
    char sql[256];

    snprintf(sql, sizeof(sql),
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
        " INSERT INTO broadcasts (topic, event) SELECT '*', 'news' FROM n",
        count);
    queue_rig_sql(&rig->queue, sql);
}

static void no_broadcast_is_taken_while_too_many_wait_to_be_sent(void **state)
{
    static const char broadcast[] = "{\"topic\":\"*\",\"event\":\"news\"}";
    struct publish_rig rig;

    (void)state;
    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    insert_unsent(&rig, 10000);
    assert_int_equal(publish_rig_post(&rig, "/broadcasts", broadcast), 200);
    assert_int_equal(publish_rig_post(&rig, "/broadcasts", broadcast), 503);
    publish_rig_says(&rig, "\r\nRetry-After: 1\r\n");
    publish_rig_says(&rig, "\"code\":\"gateway_behind\"");
    publish_rig_logged(&rig, "503: more than 10000 broadcasts wait", true);
    assert_int_equal(publish_rig_rows(&rig, "broadcasts"), 10001);
    assert_int_equal(
        publish_rig_post(&rig, "/notifications", "{\"user\":\"alice\",\"title\":\"t\"}"), 200);
    queue_rig_sql(&rig.queue,
        "UPDATE broadcasts SET sent_at = '2026-11-22T19:19:00.000Z', recipients = 1 WHERE id = 1");
    assert_int_equal(publish_rig_post(&rig, "/broadcasts", broadcast), 200);
    publish_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_becomes_a_row),
        cmocka_unit_test(an_array_becomes_rows_in_its_order),
        cmocka_unit_test(lines_become_rows),
        cmocka_unit_test(each_of_several_users_gets_a_row),
        cmocka_unit_test(messages_and_broadcasts_are_published),
        cmocka_unit_test(no_broadcast_is_taken_while_too_many_wait_to_be_sent),
        cmocka_unit_test(a_wrong_object_is_named_and_nothing_is_written),
        cmocka_unit_test(a_thousand_objects_are_taken_and_no_more),
        cmocka_unit_test(a_thousand_rows_are_the_most_of_all_objects),
        cmocka_unit_test(what_the_database_refuses_is_refused_as_a_whole),
        cmocka_unit_test(other_types_are_refused),
        cmocka_unit_test(a_member_given_twice_is_refused),
    };
    return QUEUE_RIG_RUN(tests);
}
