#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/store/store_conversations.h"
#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/store_rig.h"

#define OCTETS 65536
#define SOON_MS 5000

static struct rig_answer attach(struct rig *rig, const char *user)
{
    return rig_attach(rig, user, 1000, 64, OCTETS);
}

static void hands_out_what_waits_in_order_of_id(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer;

    rig_insert(rig, "alice", 3);
    rig_insert(rig, "bob", 1);
    answer = attach(rig, "alice");
    assert_int_equal(answer.verdict, STORE_OK);
    assert_int_equal(answer.count, 3);
    assert_int_equal(answer.ids[0], 1);
    assert_int_equal(answer.ids[2], 3);
    assert_true(answer.complete);
    assert_int_equal(answer.unread, 3);
    assert_int_equal(strlen(answer.queue) > 0, 1);
}

static void tells_a_row_committed_by_another_connection(void **state)
{
    struct rig *rig = *state;

    attach(rig, "alice");
    rig_sql(rig,
        "INSERT INTO notifications (user_id, type, title, body, data, priority, created_at)"
        " VALUES ('alice', 'alert', 'T\"itle', 'B\n', '{\"a\": [1]}', 'high',"
        " '2026-11-22T19:19:00.123Z')");
    assert_true(rig_await(rig, RIG_UNREAD, 1, SOON_MS));
    assert_int_equal(rig->told[RIG_ROW], 1);
    assert_string_equal(rig->last_user, "alice");
    assert_string_equal(rig->last_json,
        "{\"id\":\"1\",\"type\":\"alert\",\"title\":\"T\\\"itle\",\"body\":\"B\\n\","
        "\"timestamp\":\"2026-11-22T19:19:00.123Z\",\"priority\":\"high\",\"data\":{\"a\": [1]}}");
    assert_int_equal(rig->unread, 1);
}

static void tells_nothing_of_users_who_are_not_here(void **state)
{
    struct rig *rig = *state;

    attach(rig, "alice");
    attach(rig, "carol");
    store_detach(rig->store, "carol", NULL);
    rig_insert(rig, "bob", 1);
    rig_insert(rig, "carol", 1);
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    assert_int_equal(rig->rows[0], 3);
    assert_int_equal(rig->told[RIG_ROW], 1);
}

static void marks_what_was_confirmed(void **state)
{
    struct rig *rig = *state;
    char text[512];
    int64_t ids[] = {1, 2, 99};
    int64_t at = clock_wall_ms(&rig->clock) + 1000;
    char iso[CLOCK_ISO_SIZE];

    rig_insert(rig, "alice", 3);
    rig_sql(rig, "UPDATE notifications SET status = 'cancelled' WHERE id = 2");
    attach(rig, "alice");
    store_sent(rig->store, "alice", ids, 3, true, at);
    store_sent(rig->store, "alice", (int64_t[]){3}, 1, false, at);
    assert_true(rig_await_integer(rig, "SELECT sum(attempts) FROM notifications", 3, SOON_MS));
    assert_string_equal(
        rig_text(rig, text, "SELECT status FROM notifications WHERE id = 1"), "delivered");
    assert_string_equal(rig_text(rig, text, "SELECT delivered_at FROM notifications WHERE id = 1"),
        clock_iso(at, iso));
    assert_string_equal(
        rig_text(rig, text, "SELECT status FROM notifications WHERE id = 2"), "cancelled");
    assert_string_equal(
        rig_text(rig, text, "SELECT delivered_at FROM notifications WHERE id = 2"), "NULL");
    assert_string_equal(
        rig_text(rig, text, "SELECT status FROM notifications WHERE id = 3"), "pending");
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM changes WHERE kind = 'due'"), 0);
}

/* REPLACE fires no trigger: a later confirmation by the former receiver must not count as hers. */
static void owes_a_row_that_was_put_in_place_of_one_in_flight(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer;
    int64_t id = 1;

    rig_insert(rig, "alice", 2);
    attach(rig, "alice");
    rig_sql(rig, "REPLACE INTO notifications (id, user_id, title) VALUES (1, 'carol', 't')");
    store_sent(rig->store, "alice", (int64_t[]){1, 2}, 2, true, store_confirm_moment(rig->store));
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
    answer = attach(rig, "carol");
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.ids[0], 1);
    store_sent(rig->store, "carol", &id, 1, true, store_confirm_moment(rig->store));
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 2, SOON_MS));
}

static void marks_before_it_answers_what_was_asked_later(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer;

    rig_insert(rig, "alice", 2);
    answer = attach(rig, "alice");
    store_sent(rig->store, "alice", (int64_t[]){1}, 1, true, clock_wall_ms(&rig->clock));
    answer =
        rig_fetch(rig, &(struct store_scan){.user = "alice", .max_rows = 64, .max_bytes = OCTETS});
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.ids[0], 2);
}

static void owes_to_a_second_connection_what_the_first_confirmed_since(void **state)
{
    struct rig *rig = *state;
    struct rig_answer second;
    struct store_scan scan = {.user = "alice", .max_rows = 64, .max_bytes = OCTETS};

    rig_insert(rig, "alice", 3);
    attach(rig, "alice");
    store_sent(rig->store, "alice", (int64_t[]){1}, 1, true, store_confirm_moment(rig->store));
    second = rig_attach(rig, "alice", 1000, 0, OCTETS);
    assert_int_equal(second.count, 0);
    assert_false(second.complete);
    store_sent(rig->store, "alice", (int64_t[]){2}, 1, true, store_confirm_moment(rig->store));
    scan.started = second.scan_started;
    assert_int_equal(rig_fetch(rig, &scan).count, 1);
    scan.shared = true;
    second = rig_fetch(rig, &scan);
    assert_int_equal(second.count, 2);
    assert_int_equal(second.ids[0], 2);
    assert_int_equal(second.ids[1], 3);
    assert_true(second.complete);
}

static void hands_out_pages_within_the_bounds_asked_for(void **state)
{
    struct rig *rig = *state;
    struct store_scan scan = {.user = "alice", .max_rows = 4, .max_bytes = OCTETS};
    struct rig_answer answer;

    rig_insert(rig, "alice", 10);
    answer = rig_attach(rig, "alice", 1000, 4, OCTETS);
    assert_int_equal(answer.count, 4);
    assert_int_equal(answer.upto, 4);
    assert_false(answer.complete);
    scan.after = answer.upto;
    scan.started = answer.scan_started;
    scan.max_bytes = answer.octets / 2 + 50;
    answer = rig_fetch(rig, &scan);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ids[0], 5);
    scan.after = answer.upto;
    scan.max_bytes = 1;
    answer = rig_fetch(rig, &scan);
    assert_int_equal(answer.count, 1);
    scan.after = answer.upto;
    scan.max_bytes = OCTETS;
    scan.max_rows = 3;
    answer = rig_fetch(rig, &scan);
    assert_int_equal(answer.count, 3);
    assert_int_equal(answer.ids[2], 10);
    assert_true(answer.complete);
    assert_true(answer.upto >= 10);
}

static void tells_when_a_scheduled_row_is_due(void **state)
{
    struct rig *rig = *state;
    char iso[CLOCK_ISO_SIZE];
    struct rig_answer answer;

    attach(rig, "alice");
    rig_sql(rig,
        "INSERT INTO notifications (user_id, title, deliver_after)"
        " VALUES ('alice', 'later', '%s')",
        clock_iso(clock_wall_ms(&rig->clock) + 60000, iso));
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    assert_int_equal(rig->rows[0], 2);
    assert_int_equal(rig->told[RIG_DUE], 0);
    rig->wall_offset += 61000;
    assert_true(rig_await(rig, RIG_DUE, 1, SOON_MS));
    answer =
        rig_fetch(rig, &(struct store_scan){.user = "alice", .max_rows = 64, .max_bytes = OCTETS});
    assert_int_equal(answer.count, 2);
    assert_int_equal(rig->unread, 2);
}

/* The timer alone can be on time: looks after the INSERT end before the row is due, the next poll
 * is far away, and the gateway's sign of life comes only after five seconds. */
static void is_on_time_for_a_row_due_in_a_moment(void **state)
{
    struct rig *rig = *state;
    char iso[CLOCK_ISO_SIZE];
    int64_t due;

    rig_stop(rig);
    rig->settings.poll_interval_ms = 3600000;
    rig_start(rig);
    due = clock_wall_ms(&rig->clock) + 1000;
    attach(rig, "alice");
    rig_sql(rig,
        "INSERT INTO notifications (user_id, title, deliver_after)"
        " VALUES ('alice', 'later', '%s')",
        clock_iso(due, iso));
    assert_true(rig_await(rig, RIG_DUE, 1, SOON_MS));
    assert_in_range(clock_wall_ms(&rig->clock) - due, 0, 2500);
}

/* The loop does not wake the thread for them, nor does a poll or retention, which ends with old
 * messages. */
static void marks_rows_that_came_close_together(void **state)
{
    struct rig *rig = *state;

    rig_stop(rig);
    rig->settings.poll_interval_ms = 3600000;
    rig->settings.retain_messages_days = 1;
    rig_sql(rig, "INSERT INTO conversations (id) VALUES ('c');"
                 "INSERT INTO messages (conversation_id, sender_id, content, created_at)"
                 " VALUES ('c', 'bob', 'old', '2020-01-01T00:00:00.000Z')");
    rig_start(rig);
    attach(rig, "alice");
    assert_true(rig_await_integer(rig,
        "SELECT connections = 1 AND NOT EXISTS (SELECT 1 FROM messages) FROM presence"
        " WHERE user_id = 'alice'",
        1, SOON_MS));
    for (size_t id = 1; id <= 2; id++) {
        rig_insert(rig, "alice", 1);
        assert_true(rig_await(rig, RIG_ROW, id, SOON_MS));
    }
    store_sent(rig->store, "alice", (int64_t[]){1, 2}, 2, true, clock_wall_ms(&rig->clock));
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 2, 2000));
}

static void tells_of_a_row_set_back_to_pending_by_hand(void **state)
{
    struct rig *rig = *state;

    rig_insert(rig, "alice", 2);
    attach(rig, "alice");
    store_sent(rig->store, "alice", (int64_t[]){1, 2}, 2, true, clock_wall_ms(&rig->clock));
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 2, SOON_MS));
    rig_sql(rig, "UPDATE notifications SET status = 'pending' WHERE id = 1");
    assert_true(rig_await(rig, RIG_DUE, 1, SOON_MS));
    assert_string_equal(rig->last_user, "alice");
}

static void recounts_what_others_have_read_or_deleted(void **state)
{
    struct rig *rig = *state;

    rig_insert(rig, "alice", 4);
    rig_sql(rig, "UPDATE notifications SET status = 'delivered'");
    assert_int_equal(attach(rig, "alice").unread, 4);
    rig_sql(rig, "UPDATE notifications SET status = 'read' WHERE id = 1");
    assert_true(rig_await(rig, RIG_UNREAD, 1, SOON_MS));
    assert_int_equal(rig->unread, 3);
    rig_sql(rig, "DELETE FROM notifications WHERE id = 2");
    assert_true(rig_await(rig, RIG_UNREAD, 2, SOON_MS));
    assert_int_equal(rig->unread, 2);
}

/* As seen by the loop: answers and news arrive in one order. */
static void shows(void *context, const char *user, const struct store_counts *counts)
{
    struct rig *rig = context;

    (void)user;
    rig->unread = counts->unread;
}

static void shows_what_is_left(void *context, const struct store_marked *answer)
{
    shows(context, NULL, &answer->counts);
}

static bool shows_one(struct rig *rig)
{
    return rig->unread == 1;
}

static void leaves_no_wrong_count_where_one_is_read_while_another_comes(void **state)
{
    struct rig *rig = *state;

    rig_insert(rig, "alice", 1);
    rig->unread = attach(rig, "alice").unread;
    rig->news.unread = shows;
    for (int64_t id = 1; id <= 200; id++) {
        rig_insert(rig, "alice", 1);
        store_mark(rig->store, STORE_MARK_READ, "alice", &id, 1, 0, shows_what_is_left, rig);
        assert_true(rig_await_integer(
            rig, "SELECT count(*) FROM notifications WHERE status <> 'read'", 1, SOON_MS));
        /* A row that was not reported cannot be marked as read. */
        assert_true(rig_await(rig, RIG_ROW, (size_t)id, SOON_MS));
        assert_true(rig_until(rig, shows_one, SOON_MS));
    }
}

static void asks_before_it_expires_rows_of_those_who_are_here(void **state)
{
    struct rig *rig = *state;
    char iso[CLOCK_ISO_SIZE];
    char text[512];

    attach(rig, "alice");
    clock_iso(clock_wall_ms(&rig->clock) + 60000, iso);
    rig_sql(rig,
        "INSERT INTO notifications (user_id, title, expires_at)"
        " VALUES ('alice', 'a', '%s'), ('alice', 'b', '%s'), ('bob', 'c', '%s')",
        iso, iso, iso);
    assert_true(rig_await(rig, RIG_ROW, 2, SOON_MS));
    rig->wall_offset += 61000;
    assert_true(rig_await(rig, RIG_EXPIRING, 1, SOON_MS));
    assert_int_equal(rig->expiring_count, 2);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'expired'", 1, SOON_MS));
    store_expire(rig->store, rig->expiring, 1);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'expired'", 2, SOON_MS));
    assert_string_equal(
        rig_text(rig, text, "SELECT status FROM notifications WHERE id = 2"), "pending");
    assert_true(rig_await(rig, RIG_EXPIRING, 2, 10000));
    assert_int_equal(rig->expiring[2], 2);
    assert_int_equal(rig->unread, 0);
}

/* Without the trigger that records a REPLACE, and since the id is an old one, only the slow scan of
 * all users finds it. */
static void finds_a_row_that_was_put_in_place_of_another(void **state)
{
    struct rig *rig = *state;

    rig_insert(rig, "alice", 2);
    attach(rig, "alice");
    store_sent(rig->store, "alice", (int64_t[]){1, 2}, 2, true, clock_wall_ms(&rig->clock));
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 2, SOON_MS));
    rig_sql(rig, "DROP TRIGGER notifications_overwritten;"
                 "REPLACE INTO notifications (id, user_id, title) VALUES (1, 'alice', 'new')");
    for (int looks = 0; looks < 2; looks++) {
        rig_idle(rig, 20);
        assert_int_equal(rig->told[RIG_DUE], 0);
        rig->steady_offset += 31000;
        rig_check(rig, "alice", 0);
    }
    assert_true(rig_await(rig, RIG_DUE, 1, SOON_MS));
}

static void marks_as_read_only_the_users_own_and_unread(void **state)
{
    struct rig *rig = *state;
    int64_t ids[] = {1, 2, 3, 99};
    struct rig_answer answer;

    rig_insert(rig, "alice", 2);
    rig_insert(rig, "bob", 1);
    rig_insert(rig, "alice", 3);
    rig_sql(rig, "UPDATE notifications SET status = 'cancelled' WHERE id = 2");
    attach(rig, "alice");
    answer = rig_read(rig, "alice", ids, 4, 0);
    assert_int_equal(answer.verdict, STORE_OK);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.ids[0], 1);
    assert_int_equal(answer.unread, 3);
    answer = rig_read(rig, "alice", NULL, 0, 5);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ids[1], 5);
    assert_int_equal(answer.unread, 1);
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM notifications WHERE status = 'read'"
                                      " AND read_at IS NOT NULL"),
        3);
    if (rig->db)
        assert_int_equal(rig_integer(rig, "SELECT count(*) FROM changes"), 0);
    assert_int_equal(rig_read(rig, "alice", NULL, 0, 5).count, 0);
}

static void lists_the_newest_first(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer;

    rig_insert(rig, "alice", 5);
    rig_sql(rig, "UPDATE notifications SET status = 'cancelled' WHERE id = 4");
    rig_sql(rig, "UPDATE notifications SET status = 'read',"
                 " read_at = '2026-11-22T19:19:00.123Z' WHERE id = 5");
    attach(rig, "alice");
    answer = rig_list(rig, "alice", 2, 0, false);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ids[0], 5);
    assert_int_equal(answer.ids[1], 3);
    assert_true(answer.has_more);
    assert_non_null(
        strstr(answer.first_json, ",\"status\":\"read\",\"readAt\":\"2026-11-22T19:19:00.123Z\"}"));
    answer = rig_list(rig, "alice", 2, 3, false);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ids[1], 1);
    assert_false(answer.has_more);
    answer = rig_list(rig, "alice", 10, 0, true);
    assert_int_equal(answer.count, 3);
    assert_non_null(strstr(answer.first_json, ",\"status\":\"pending\",\"readAt\":null}"));
}

static void refuses_a_second_store_on_the_same_file(void **state)
{
    struct rig *rig = *state;
    struct store_news news = {.row = NULL};
    struct reason why = {""};
    char pid[32];

    assert_null(store_new(&rig->loop, &rig->clock, &rig->log, &rig->settings, &news, NULL, &why));
    snprintf(pid, sizeof(pid), "process %d", (int)getpid());
    assert_non_null(strstr(why.text, pid));
    assert_non_null(strstr(why.text, rig->path));
    rig_stop(rig);
    rig_start(rig);
}

static void answers_everything_once_when_it_ends(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answers[3] = {{.is_there = false}};

    attach(rig, "alice");
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    store_sent(rig->store, "alice", (int64_t[]){1}, 1, true, clock_wall_ms(&rig->clock));
    store_attach(
        rig->store, &(struct store_token){.user = "bob"}, 1, 1, rig_on_attached, &answers[0]);
    store_mark(rig->store, STORE_MARK_READ, "alice", NULL, 0, 9, rig_on_marked, &answers[1]);
    rig->has_ended = false;
    rig_stop(rig);
    assert_true(answers[0].is_there);
    assert_true(answers[1].is_there);
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM notifications WHERE attempts = 1"), 1);
}

struct chain {
    struct rig *rig;
    int left, answers;
};

static void chain_ask(struct chain *chain);

static void on_link(void *context, enum store_verdict verdict)
{
    struct chain *chain = context;

    (void)verdict;
    chain->answers++;
    chain_ask(chain);
}

static void chain_ask(struct chain *chain)
{
    if (chain->left-- > 0)
        store_check_member(chain->rig->store, "alice", "c", on_link, chain);
}

/* Each is asked in the answer to the one before, also when the thread has ended. */
static void answers_what_is_asked_in_its_last_answers(void **state)
{
    struct rig *rig = *state;
    struct chain chain = {.rig = rig, .left = 20};

    rig->has_ended = false;
    chain_ask(&chain);
    rig_stop(rig);
    assert_int_equal(chain.answers, 20);
}

static void purges_what_is_old_but_nothing_pending(void **state)
{
    struct rig *rig = *state;

    rig_stop(rig);
    rig_sql(rig, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
                 " INSERT INTO notifications (user_id, title, status, created_at) SELECT 'u' || i,"
                 " 't', CASE i %% 2 WHEN 1 THEN 'pending' ELSE 'read' END,"
                 " '2020-01-01T00:00:00.000Z' FROM n");
    rig_insert(rig, "alice", 1);
    rig_sql(rig, "UPDATE notifications SET status = 'read' WHERE user_id = 'alice';"
                 " UPDATE notifications SET archived_at = created_at WHERE id IN (1, 2)");
    rig_start(rig);
    assert_true(rig_await_integer(rig, "SELECT count(*) FROM notifications", 1000, 10000));
    rig_idle(rig, 200);
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM notifications"), 1000);
}

static void forgets_what_was_noted_of_a_small_queue(void **state)
{
    static const char noted[] = "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'notifications'";
    struct rig *rig = *state;

    rig_stop(rig);
    rig_insert(rig, "alice", 2);
    rig_sql(rig, "ANALYZE");
    assert_true(rig_integer(rig, noted) > 0);
    rig_start(rig);
    assert_true(rig_await_integer(rig, noted, 0, 10000));
    rig_insert(rig, "alice", 1);
    assert_true(rig_await_integer(rig, "SELECT count(*) FROM notifications", 3, 10000));
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)
    const struct CMUnitTest contract[] = {
        STORE_TEST(hands_out_what_waits_in_order_of_id),
        STORE_TEST(tells_a_row_committed_by_another_connection),
        STORE_TEST(tells_nothing_of_users_who_are_not_here),
        STORE_TEST(marks_what_was_confirmed),
        STORE_TEST(marks_before_it_answers_what_was_asked_later),
        STORE_TEST(owes_to_a_second_connection_what_the_first_confirmed_since),
        STORE_TEST(hands_out_pages_within_the_bounds_asked_for),
        STORE_TEST(tells_when_a_scheduled_row_is_due),
        STORE_TEST(is_on_time_for_a_row_due_in_a_moment),
        STORE_TEST(marks_rows_that_came_close_together),
        STORE_TEST(tells_of_a_row_set_back_to_pending_by_hand),
        STORE_TEST(recounts_what_others_have_read_or_deleted),
        STORE_TEST(leaves_no_wrong_count_where_one_is_read_while_another_comes),
        STORE_TEST(asks_before_it_expires_rows_of_those_who_are_here),
        STORE_TEST(marks_as_read_only_the_users_own_and_unread),
        STORE_TEST(lists_the_newest_first),
        STORE_TEST(answers_everything_once_when_it_ends),
        STORE_TEST(answers_what_is_asked_in_its_last_answers),
        STORE_TEST(purges_what_is_old_but_nothing_pending),
    };
    /* What others do to a file, and SQLite's REPLACE. */
    const struct CMUnitTest of_files[] = {
        STORE_TEST(owes_a_row_that_was_put_in_place_of_one_in_flight),
        STORE_TEST(finds_a_row_that_was_put_in_place_of_another),
        STORE_TEST(refuses_a_second_store_on_the_same_file),
        STORE_TEST(forgets_what_was_noted_of_a_small_queue),
    };

    return RIG_RUN(contract, of_files);
}
