/* A publisher in PostgreSQL whose connection, server or neighbours fail it. */

#include "tests/unit/queue_rig.h"

#include <sys/socket.h>

#include "common/postgres_client.h"

#define NOW 1795375140123

static const struct publication_row row = {
    .kind = PUBLICATION_NOTIFICATION, .values = {"alice", "T"}};
static const struct publication_row keyed = {
    .kind = PUBLICATION_NOTIFICATION, .values = {"alice", "T", [NOTIFICATION_KEY] = "k"}};
static const struct publication_row member = {.kind = PUBLICATION_MEMBER, .values = {"c", "alice"}};

static enum postgres_trouble trouble_of(const struct queue_rig *rig)
{
    return ((const struct postgres_client *)rig->client)->trouble;
}

/* A transaction with one row in it, not committed yet. */
static void begin_with(
    struct queue_rig *rig, struct publisher *publisher, const struct publication_row *first)
{
    int64_t id;

    if (publisher_begin(publisher, &rig->why) < 0)
        fail_msg("%s", rig->why.text);
    if (publisher_write(publisher, first, &id, &rig->why) != PUBLISHER_WRITTEN)
        fail_msg("%s", rig->why.text);
}

/* What the server sends from now on is lost, and its connection with that. */
static void stop_hearing(struct queue_rig *rig)
{
    const struct postgres_client *client = rig->client;

    assert_int_equal(shutdown(PQsocket(client->conn), SHUT_RD), 0);
}

/* Whether one can still be published. */
static void publish_another(struct queue_rig *rig, struct publisher *publisher)
{
    int64_t id;

    if (publisher_write(publisher, &row, &id, &rig->why) != PUBLISHER_WRITTEN)
        fail_msg("%s", rig->why.text);
}

static void a_commit_whose_answer_is_lost_is_found_out(void **state)
{
    struct queue_rig *rig = *state;
    struct publisher *publisher = queue_rig_publisher(rig);

    begin_with(rig, publisher, &row);
    stop_hearing(rig);
    assert_int_equal(publisher_commit(publisher, &rig->why), 0);
    assert_int_equal(queue_rig_number(rig, "SELECT count(*) FROM notifications"), 1);
    publish_another(rig, publisher);
    publisher_free(publisher);
}

static void one_that_did_not_come_about_has_failed(void **state)
{
    struct queue_rig *rig = *state;
    struct publisher *publisher = queue_rig_publisher(rig);

    queue_rig_sql(rig,
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON notifications"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()");
    begin_with(rig, publisher, &row);
    assert_int_equal(publisher_commit(publisher, &rig->why), -1);
    assert_int_equal(trouble_of(rig), POSTGRES_LOST);
    assert_false(publisher->is_uncertain);
    queue_rig_sql(rig, "DROP TRIGGER dies ON notifications");
    assert_int_equal(queue_rig_number(rig, "SELECT count(*) FROM notifications"), 0);
    publish_another(rig, publisher);
    publisher_free(publisher);
}

/* As after a crash, when the number of the transaction is that of somebody else's, which was
 * committed. */
static void a_committed_number_without_the_row_is_another_transaction(void **state)
{
    struct queue_rig *rig = *state;
    struct publisher *publisher = queue_rig_publisher(rig);

    queue_rig_sql(rig,
        "CREATE FUNCTION vanish() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
        " DELETE FROM belfry.notifications; RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER vanishes AFTER INSERT ON notifications"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vanish()");
    begin_with(rig, publisher, &row);
    stop_hearing(rig);
    assert_int_equal(publisher_commit(publisher, &rig->why), -1);
    assert_int_equal(trouble_of(rig), POSTGRES_LOST);
    publisher_free(publisher);
}

static void a_server_that_stays_away_leaves_it_uncertain(void **state)
{
    struct queue_rig *rig = *state;
    struct publisher *publisher = queue_rig_publisher(rig);

    begin_with(rig, publisher, &row);
    queue_rig_crash(rig);
    assert_int_equal(publisher_commit(publisher, &rig->why), -1);
    assert_int_equal(trouble_of(rig), POSTGRES_UNCERTAIN);
    assert_true(publisher->is_uncertain);
    assert_non_null(strstr(rig->why.text, "it is not known whether it is written"));
    queue_rig_restart(rig);
    ((struct postgres_client *)rig->client)->failed_at = 0;
    publish_another(rig, publisher);
    assert_int_equal(queue_rig_number(rig, "SELECT count(*) FROM notifications"), 1);
    publisher_free(publisher);
}

/* It can be written again, so nobody need wait until it is known. */
static void what_may_be_written_twice_is_not_looked_up(void **state)
{
    struct queue_rig *rig = *state;
    struct publisher *publisher = queue_rig_publisher(rig);
    int64_t id;

    begin_with(rig, publisher, &member);
    stop_hearing(rig);
    assert_int_equal(publisher_commit(publisher, &rig->why), -1);
    assert_int_equal(trouble_of(rig), POSTGRES_UNCERTAIN);
    assert_int_equal(publisher_write(publisher, &member, &id, &rig->why), PUBLISHER_REPEATED);
    publisher_free(publisher);
}

static void a_lost_connection_is_made_again_by_the_next_transaction(void **state)
{
    struct queue_rig *rig = *state;
    struct publisher *publisher = queue_rig_publisher(rig);
    int64_t id;

    begin_with(rig, publisher, &row);
    queue_rig_cut(rig);
    assert_int_equal(publisher_write(publisher, &row, &id, &rig->why), PUBLISHER_FAILED);
    assert_int_equal(trouble_of(rig), POSTGRES_LOST);
    assert_int_equal(publisher_commit(publisher, &rig->why), -1);
    publish_another(rig, publisher);
    assert_int_equal(queue_rig_number(rig, "SELECT count(*) FROM notifications"), 1);
    /* One that is idle notices before it is used. */
    queue_rig_cut(rig);
    publish_another(rig, publisher);
    publisher_free(publisher);
}

static void a_key_that_another_has_not_committed_is_waited_for_no_longer_than_told(void **state)
{
    struct queue_rig *rig = *state;
    struct publisher *publisher = queue_rig_publisher(rig);
    int64_t id;

    ((struct postgres_client *)rig->client)->lock_ms = 20;
    queue_rig_sql(rig, "BEGIN; INSERT INTO notifications (user_id, title, idempotency_key) "
                       "VALUES ('alice', 'T', 'k')");
    assert_int_equal(publisher_write(publisher, &keyed, &id, &rig->why), PUBLISHER_FAILED);
    assert_int_equal(trouble_of(rig), POSTGRES_BUSY);
    queue_rig_sql(rig, "COMMIT");
    assert_int_equal(publisher_write(publisher, &keyed, &id, &rig->why), PUBLISHER_REPEATED);
    assert_int_equal(id, queue_rig_number(rig, "SELECT id FROM notifications"));
    publisher_free(publisher);
}

static int count_refusals(
    void *context, size_t index, enum publisher_result result, int64_t id, const struct reason *why)
{
    size_t *refused = context;

    (void)index;
    (void)id;
    (void)why;
    *refused += result == PUBLISHER_REFUSED;
    return 0;
}

/* It would be one more level for each, with a memory of its own in the server. */
static void a_row_that_is_refused_leaves_no_savepoint(void **state)
{
    struct queue_rig *rig = *state;
    struct publisher *publisher = queue_rig_publisher(rig);
    const struct postgres_client *client = rig->client;
    static const struct publication_row bad = {
        .kind = PUBLICATION_NOTIFICATION, .values = {"alice", ""}};
    const struct publication_row *rows[] = {&row, &bad, &bad, &row, &bad};
    size_t refused = 0;

    if (publisher_begin(publisher, &rig->why) < 0)
        fail_msg("%s", rig->why.text);
    assert_int_equal(
        publisher_write_all(publisher, rows, 5, count_refusals, &refused, &rig->why), 0);
    assert_int_equal(refused, 3);
    PGresult *result = PQexec(client->conn, "RELEASE SAVEPOINT belfry_rows");
    assert_string_equal(PQresultErrorField(result, PG_DIAG_SQLSTATE), "3B001");
    PQclear(result);
    publisher_rollback(publisher);
    publisher_free(publisher);
}

/* As one that has become a standby does. */
static void a_server_that_may_no_longer_write_is_left(void **state)
{
    struct queue_rig *rig = *state;
    struct publisher *publisher = queue_rig_publisher(rig);
    const struct postgres_client *client = rig->client;
    int64_t id;

    publish_another(rig, publisher);
    PQclear(PQexec(client->conn, "SET default_transaction_read_only = on"));
    assert_int_equal(publisher_write(publisher, &row, &id, &rig->why), PUBLISHER_FAILED);
    assert_int_equal(trouble_of(rig), POSTGRES_LOST);
    publish_another(rig, publisher);
    publisher_free(publisher);
}

static void a_server_that_does_not_answer_counts_as_lost(void **state)
{
    struct queue_rig *rig = *state;
    struct publisher *publisher = queue_rig_publisher(rig);
    struct postgres_client *client = rig->client;
    int64_t id;

    client->answer_ms = 50;
    queue_rig_sql(rig, "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                       " PERFORM pg_sleep(2); RETURN NEW; END $$;"
                       "CREATE TRIGGER dawdles BEFORE INSERT ON notifications"
                       " FOR EACH ROW EXECUTE FUNCTION dawdle()");
    assert_int_equal(publisher_write(publisher, &row, &id, &rig->why), PUBLISHER_FAILED);
    assert_int_equal(client->trouble, POSTGRES_LOST);
    assert_string_equal(rig->why.text, "the server does not answer");
    publisher_free(publisher);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queue_rig_set_up, queue_rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_commit_whose_answer_is_lost_is_found_out),
        TEST(one_that_did_not_come_about_has_failed),
        TEST(a_committed_number_without_the_row_is_another_transaction),
        TEST(a_server_that_stays_away_leaves_it_uncertain),
        TEST(what_may_be_written_twice_is_not_looked_up),
        TEST(a_lost_connection_is_made_again_by_the_next_transaction),
        TEST(a_key_that_another_has_not_committed_is_waited_for_no_longer_than_told),
        TEST(a_row_that_is_refused_leaves_no_savepoint),
        TEST(a_server_that_may_no_longer_write_is_left),
        TEST(a_server_that_does_not_answer_counts_as_lost),
    };
    return QUEUE_RIG_RUN_POSTGRES(tests);
}
