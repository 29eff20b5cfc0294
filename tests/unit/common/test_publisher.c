/* Inserting rows into a queue, on either engine. */

#include "tests/unit/queue_rig.h"

#include "common/row_rules.h"

#define NOW 1795375140123 /* 2026-11-22T19:19:00.123Z */

static enum publisher_result publish_at(struct queue_rig *queue, struct publisher *publisher,
    const struct publication *publication, int64_t now, int64_t *id)
{
    struct publication_error error;
    enum publisher_result result = publisher_publish(publisher, publication, now, id, &error);

    if (result == PUBLISHER_REFUSED || result == PUBLISHER_FAILED)
        queue->why = error.why;
    return result;
}

static const struct publication notification = {
    .kind = PUBLICATION_NOTIFICATION, .fields = {"alice", "T", [NOTIFICATION_KEY] = "k"}};
static const struct publication message = {
    .kind = PUBLICATION_MESSAGE, .fields = {"c", "alice", "Alice", "hi", "7", "r"}};
static const struct publication broadcast = {
    .kind = PUBLICATION_BROADCAST, .fields = {"*", "e", "1", "+2h"}};
static const struct publication conversation = {
    .kind = PUBLICATION_CONVERSATION, .fields = {"c", "C"}};
static const struct publication member = {.kind = PUBLICATION_MEMBER, .fields = {"c", "alice"}};

static void each_kind_becomes_its_row(void **state)
{
    struct queue_rig *queue = *state;
    struct publisher *publisher = queue_rig_publisher(queue);
    int64_t id;

    assert_int_equal(publish_at(queue, publisher, &notification, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(id, 1);
    assert_int_equal(publish_at(queue, publisher, &message, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(id, 1);
    assert_int_equal(publish_at(queue, publisher, &broadcast, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(id, 1);
    assert_int_equal(publish_at(queue, publisher, &conversation, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(id, 0);
    assert_int_equal(publish_at(queue, publisher, &member, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(id, 0);
    publisher_free(publisher);
    queue_rig_rows(queue,
        "SELECT user_id || title || body || type || priority || idempotency_key AS x "
        "FROM notifications",
        "aliceTsystemnormalk");
    queue_rig_rows(queue,
        "SELECT conversation_id || sender_id || sender_name || content || metadata || client_ref "
        "AS x FROM messages",
        "caliceAlicehi7r");
    queue_rig_rows(queue, "SELECT created_at FROM messages", "2026-11-22T19:19:00.123Z");
    queue_rig_rows(queue, "SELECT topic || event || data AS x FROM broadcasts", "*e1");
    queue_rig_rows(queue, "SELECT expires_at FROM broadcasts", "2026-11-22T21:19:00.123Z");
    queue_rig_rows(queue, "SELECT created_at FROM broadcasts", "2026-11-22T19:19:00.123Z");
    queue_rig_rows(queue, "SELECT id || title AS x FROM conversations", "cC");
    queue_rig_rows(
        queue, "SELECT conversation_id || user_id AS x FROM conversation_members", "calice");
}

static void what_is_there_already_is_told_from_an_error(void **state)
{
    const struct publication *const kinds[] = {&notification, &message, &conversation, &member};
    struct queue_rig *queue = *state;
    struct publisher *publisher = queue_rig_publisher(queue);
    int64_t first, again;

    queue_rig_sql(queue, "INSERT INTO notifications (user_id, title) VALUES ('bob', 'x')");
    queue_rig_sql(queue,
        "INSERT INTO messages (conversation_id, sender_id, content) VALUES ('c', 'bob', 'x')");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_int_equal(publish_at(queue, publisher, kinds[i], NOW, &first), PUBLISHER_WRITTEN);
        assert_int_equal(publish_at(queue, publisher, kinds[i], NOW, &again), PUBLISHER_REPEATED);
        assert_int_equal(again, first);
    }
    publisher_free(publisher);
}

static void a_message_is_repeated_by_reference_content_and_time(void **state)
{
    struct queue_rig *queue = *state;
    struct publisher *publisher = queue_rig_publisher(queue);
    struct publication other = message, unmarked = message;
    int64_t late = NOW + ROW_MESSAGE_REPEAT_MS, id;

    other.fields[MESSAGE_CONTENT] = "something else";
    unmarked.fields[MESSAGE_REFERENCE] = NULL;
    assert_int_equal(publish_at(queue, publisher, &message, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(publish_at(queue, publisher, &message, late, &id), PUBLISHER_REPEATED);
    assert_int_equal(publish_at(queue, publisher, &other, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(publish_at(queue, publisher, &message, late + 1, &id), PUBLISHER_WRITTEN);
    assert_int_equal(publish_at(queue, publisher, &unmarked, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(publish_at(queue, publisher, &unmarked, NOW, &id), PUBLISHER_WRITTEN);
    publisher_free(publisher);
}

static void a_transaction_is_written_whole_or_not_at_all(void **state)
{
    struct queue_rig *queue = *state;
    struct publisher *publisher = queue_rig_publisher(queue);
    int64_t id;

    assert_int_equal(publisher_begin(publisher, &queue->why), 0);
    assert_int_equal(publish_at(queue, publisher, &conversation, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(publish_at(queue, publisher, &member, NOW, &id), PUBLISHER_WRITTEN);
    publisher_rollback(publisher);
    queue_rig_rows(queue, "SELECT id AS x FROM conversations", "");
    assert_int_equal(publisher_begin(publisher, &queue->why), 0);
    assert_int_equal(publish_at(queue, publisher, &conversation, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(publisher_commit(publisher, &queue->why), 0);
    publisher_rollback(publisher);
    queue_rig_rows(queue, "SELECT id AS x FROM conversations", "c");
    assert_int_equal(publisher_begin(publisher, &queue->why), 0);
    assert_int_equal(publish_at(queue, publisher, &member, NOW, &id), PUBLISHER_WRITTEN);
    publisher_free(publisher);
    queue_rig_rows(queue, "SELECT user_id AS x FROM conversation_members", "");
}

static void a_row_that_the_table_refuses_does_not_stop_the_next(void **state)
{
    struct queue_rig *queue = *state;
    struct publisher *publisher = queue_rig_publisher(queue);
    const struct publication_row row = {
        .kind = PUBLICATION_NOTIFICATION, .values = {"alice", "T", [NOTIFICATION_DATA] = "[1]"}};
    int64_t id;

    assert_int_equal(publisher_begin(publisher, &queue->why), 0);
    assert_int_equal(publisher_write(publisher, &row, &id, &queue->why), PUBLISHER_REFUSED);
    assert_string_equal(queue->why.text, "data must be a JSON object");
    assert_int_equal(publish_at(queue, publisher, &notification, NOW, &id), PUBLISHER_WRITTEN);
    assert_int_equal(publisher_commit(publisher, &queue->why), 0);
    publisher_free(publisher);
    queue_rig_rows(queue, "SELECT title AS x FROM notifications", "T");
}

#define MANY 200

/* Every 7th is refused, and every 5th of the others is there already. */
static void write_many(struct queue_rig *queue, struct publisher *publisher,
    struct publication_row rows[MANY], publisher_told *told, void *context, int result)
{
    static char keys[MANY][16];
    const struct publication_row *pointers[MANY];

    for (int i = 0; i < MANY; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%d", i);
        rows[i] = (struct publication_row){.kind = PUBLICATION_NOTIFICATION,
            .values = {"alice", keys[i], [NOTIFICATION_DATA] = i % 7 == 6 ? "[]" : NULL,
                [NOTIFICATION_KEY] = i % 5 == 4 ? "k0" : keys[i]}};
        pointers[i] = &rows[i];
    }
    assert_int_equal(publisher_begin(publisher, &queue->why), 0);
    assert_int_equal(
        publisher_write_all(publisher, pointers, MANY, told, context, &queue->why), result);
    if (result == 0)
        assert_int_equal(publisher_commit(publisher, &queue->why), 0);
    publisher_rollback(publisher);
}

struct many_told {
    size_t count, most;
    int64_t ids[MANY];
};

static int note_many(
    void *context, size_t index, enum publisher_result result, int64_t id, const struct reason *why)
{
    struct many_told *told = context;

    assert_int_equal(index, told->count);
    told->ids[told->count++] = id;
    if (index % 7 == 6) {
        assert_int_equal(result, PUBLISHER_REFUSED);
        assert_string_equal(why->text, "data must be a JSON object");
    } else {
        assert_int_equal(result, index % 5 == 4 ? PUBLISHER_REPEATED : PUBLISHER_WRITTEN);
    }
    return told->count == told->most ? -1 : 0;
}

static void of_many_rows_each_is_told_of_in_order(void **state)
{
    struct queue_rig *queue = *state;
    struct publisher *publisher = queue_rig_publisher(queue);
    struct publication_row rows[MANY];
    struct many_told told = {.most = MANY + 1};

    write_many(queue, publisher, rows, note_many, &told, 0);
    assert_int_equal(told.count, MANY);
    for (int i = 1; i < MANY; i++)
        if (i % 7 == 6)
            assert_int_equal(told.ids[i], 0);
        else if (i % 5 == 4)
            assert_int_equal(told.ids[i], told.ids[0]);
        else
            assert_true(told.ids[i] > told.ids[0]);
    assert_int_equal(queue_rig_number(queue, "SELECT count(*) FROM notifications"),
        MANY - MANY / 7 - (MANY / 5 - MANY / 35));
    publisher_free(publisher);
}

static void many_rows_stop_where_they_are_told_to(void **state)
{
    struct queue_rig *queue = *state;
    struct publisher *publisher = queue_rig_publisher(queue);
    struct publication_row rows[MANY];
    struct many_told told = {.most = 7};

    write_many(queue, publisher, rows, note_many, &told, 1);
    assert_int_equal(told.count, 7);
    assert_int_equal(queue_rig_number(queue, "SELECT count(*) FROM notifications"), 0);
    publisher_free(publisher);
}

static void a_database_that_fails_is_no_fault_of_the_row(void **state)
{
    struct queue_rig *queue = *state;
    struct publisher *publisher = queue_rig_publisher(queue);
    int64_t id;

    queue_rig_break(queue);
    assert_int_equal(publish_at(queue, publisher, &notification, NOW, &id), PUBLISHER_FAILED);
    assert_true(*queue->why.text != '\0');
    publisher_free(publisher);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queue_rig_set_up, queue_rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_becomes_its_row),
        TEST(what_is_there_already_is_told_from_an_error),
        TEST(a_message_is_repeated_by_reference_content_and_time),
        TEST(a_transaction_is_written_whole_or_not_at_all),
        TEST(a_row_that_the_table_refuses_does_not_stop_the_next),
        TEST(of_many_rows_each_is_told_of_in_order),
        TEST(many_rows_stop_where_they_are_told_to),
        TEST(a_database_that_fails_is_no_fault_of_the_row),
    };
    return QUEUE_RIG_RUN(tests);
}
