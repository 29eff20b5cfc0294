/* Rows that others change, take away, or mark as read: what connected users are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/store_rig.h"

#define OCTETS 65536
#define SOON_MS 20000
#define MANY 20000

static void attach(struct rig *rig, const char *user)
{
    assert_int_equal(rig_attach(rig, user, 0, 64, OCTETS).verdict, STORE_OK);
}

static bool zoe_is_told(struct rig *rig)
{
    return rig->updated.id == 4;
}

/* Waits until all is told that was changed before. */
static void await_all(struct rig *rig)
{
    rig->updated.id = 0;
    rig_sql(rig, "UPDATE notifications SET body = body || '.' WHERE id = 4");
    assert_true(rig_until(rig, zoe_is_told, SOON_MS));
    rig->told[RIG_UPDATED]--;
}

/* Three delivered rows of alice, who is connected. Zoe has one row, the last, by which everything
 * that was said about alice before can be told to have arrived. */
static int set_up(void **state)
{
    struct rig *rig;

    rig_set_up_unsynced(state);
    rig = *state;
    rig_sql(rig,
        "INSERT INTO notifications (user_id, title, status, delivered_at)"
        " SELECT column1, 'first', 'delivered', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now')"
        " FROM (VALUES ('alice'), ('alice'), ('alice'), ('zoe')) AS users");
    attach(rig, "alice");
    attach(rig, "zoe");
    return 0;
}

static void a_row_that_was_changed_is_told_as_lists_show_it(void **state)
{
    struct rig *rig = *state;
    char expected[512];

    rig_sql(rig, "UPDATE notifications SET title = 'second', seen_at = '2026-11-22T19:19:00.123Z'"
                 " WHERE id = 2");
    assert_true(rig_await(rig, RIG_UPDATED, 1, SOON_MS));
    assert_string_equal(rig->last_user, "alice");
    assert_int_equal(rig->updated.id, 2);
    assert_false(rig->updated.is_pending);
    rig_text(rig, expected,
        "SELECT "
        "'{\"id\":\"2\",\"type\":\"system\",\"title\":\"second\",\"body\":\"\",\"timestamp\":\"'"
        " || created_at || '\",\"priority\":\"normal\",\"data\":{},\"status\":\"delivered\",'"
        " || '\"readAt\":null,\"seenAt\":\"2026-11-22T19:19:00.123Z\",\"updatedAt\":\"'"
        " || updated_at || '\"}' FROM notifications WHERE id = 2");
    assert_string_equal(rig->last_json, expected);
}

static bool the_last_state_is_told(struct rig *rig)
{
    return strstr(rig->last_json, "\"title\":\"last\"") != NULL;
}

static void a_burst_is_told_once_in_its_last_state(void **state)
{
    struct rig *rig = *state;
    int64_t began = clock_steady_ms(&rig->clock);
    int64_t times;

    for (int i = 0; i < 50; i++)
        rig_sql(rig, "UPDATE notifications SET title = %d WHERE id = 1", i);
    rig_sql(rig, "UPDATE notifications SET title = 'last' WHERE id = 1");
    times = 1 + (clock_steady_ms(&rig->clock) - began) / 100;
    assert_true(rig_until(rig, the_last_state_is_told, SOON_MS));
    await_all(rig);
    assert_in_range(rig->told[RIG_UPDATED], 1, times);
}

static void what_is_rolled_back_or_changes_nothing_is_not_told(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "BEGIN; UPDATE notifications SET title = 'no'; DELETE FROM notifications"
                 " WHERE id = 1; ROLLBACK; UPDATE notifications SET title = 'first'");
    await_all(rig);
    assert_int_equal(rig->told[RIG_UPDATED] + rig->told[RIG_REMOVED] + rig->told[RIG_MARKED], 0);
}

static void every_way_to_take_a_row_away_has_its_reason(void **state)
{
    static const struct {
        const char *sql;
        enum store_removal removal;
    } ways[] = {
        {"DELETE FROM notifications WHERE id = 1", STORE_REMOVED_DELETED},
        {"UPDATE notifications SET user_id = 'bob' WHERE id = 1", STORE_REMOVED_DELETED},
        {"UPDATE notifications SET status = 'cancelled' WHERE id = 1", STORE_REMOVED_CANCELLED},
        {"UPDATE notifications SET status = 'failed' WHERE id = 1", STORE_REMOVED_CANCELLED},
        {"UPDATE notifications SET status = 'expired' WHERE id = 1", STORE_REMOVED_EXPIRED},
        {"UPDATE notifications SET archived_at = created_at WHERE id = 1", STORE_REMOVED_ARCHIVED},
    };

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct rig *rig;

        rig_tear_down(state);
        set_up(state);
        rig = *state;
        rig_sql(rig, "%s", ways[i].sql);
        assert_true(rig_await(rig, RIG_REMOVED, 1, SOON_MS));
        assert_string_equal(rig->last_user, "alice");
        assert_int_equal(rig->removed[ways[i].removal], 1);
        assert_int_equal(rig->told_ids[0], 1);
        await_all(rig);
        assert_int_equal(rig->told[RIG_REMOVED], 1);
        assert_int_equal(rig->told[RIG_UPDATED], 0);
        assert_int_equal(rig->unread, 2);
    }
}

static void a_row_that_was_changed_and_then_deleted_is_only_gone(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "UPDATE notifications SET title = 'second' WHERE id = 1;"
                 " UPDATE notifications SET status = 'read' WHERE id = 1;"
                 " DELETE FROM notifications WHERE id = 1");
    await_all(rig);
    assert_int_equal(rig->removed[STORE_REMOVED_DELETED], 1);
    assert_int_equal(rig->told[RIG_UPDATED] + rig->told[RIG_MARKED], 0);
}

static void rows_read_or_unread_by_others_are_told(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "UPDATE notifications SET status = 'read' WHERE id IN (1, 3)");
    assert_true(rig_await(rig, RIG_MARKED, 1, SOON_MS));
    assert_int_equal(rig->marked[true], 2);
    assert_int_equal(rig->told_ids[0], 1);
    assert_int_equal(rig->told_ids[1], 3);
    rig_sql(rig, "UPDATE notifications SET status = 'delivered' WHERE id = 3");
    assert_true(rig_await(rig, RIG_MARKED, 2, SOON_MS));
    assert_int_equal(rig->marked[false], 1);
    assert_int_equal(rig->unread, 2);
}

static void what_comes_back_is_told_as_changed(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "UPDATE notifications SET status = 'cancelled' WHERE id = 1;"
                 " UPDATE notifications SET archived_at = created_at WHERE id = 2");
    assert_true(rig_await(rig, RIG_REMOVED, 2, SOON_MS));
    rig_sql(rig, "UPDATE notifications SET status = 'read' WHERE id = 1;"
                 " UPDATE notifications SET archived_at = NULL WHERE id = 2");
    await_all(rig);
    assert_int_equal(rig->told[RIG_UPDATED], 2);
}

static void an_upsert_is_a_change_and_a_replace_takes_away(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "UPDATE notifications SET idempotency_key = 'key' WHERE id = 1");
    rig_sql(rig,
        "INSERT INTO notifications (user_id, title, idempotency_key) VALUES ('alice', '2', 'key')"
        " ON CONFLICT (user_id, idempotency_key) DO UPDATE SET title = excluded.title");
    await_all(rig);
    assert_int_equal(rig->told[RIG_UPDATED], 1);
    assert_int_equal(rig->told[RIG_REMOVED] + rig->told[RIG_ROW], 0);
    rig_sql(rig, "REPLACE INTO notifications (user_id, title, idempotency_key)"
                 " VALUES ('alice', '3', 'key')");
    await_all(rig);
    assert_int_equal(rig->told[RIG_ROW], 1);
    assert_int_equal(rig->removed[STORE_REMOVED_DELETED], 1);
    assert_int_equal(rig->told_ids[0], 1);
    rig_sql(rig, "REPLACE INTO notifications (id, user_id, title, status)"
                 " VALUES (2, 'alice', '4', 'delivered')");
    await_all(rig);
    assert_int_equal(rig->told[RIG_UPDATED], 2);
    assert_int_equal(rig->told[RIG_REMOVED], 1);
}

static void a_row_that_is_still_to_come_comes_as_it_is(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "BEGIN; INSERT INTO notifications (user_id, title) VALUES ('alice', 'old'),"
                 " ('alice', 'gone'); UPDATE notifications SET title = 'new' WHERE id = 5;"
                 " DELETE FROM notifications WHERE id = 6; COMMIT");
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    assert_non_null(strstr(rig->last_json, "\"title\":\"new\""));
    await_all(rig);
    assert_int_equal(rig->told[RIG_ROW], 1);
    assert_int_equal(rig->told[RIG_UPDATED] + rig->told[RIG_REMOVED], 0);
}

static void a_row_that_comes_delivered_or_read_is_told_as_changed(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "INSERT INTO notifications (user_id, title, status, archived_at) VALUES"
                 " ('alice', 'delivered', 'delivered', NULL), ('alice', 'read', 'read', NULL),"
                 " ('alice', 'no', 'cancelled', NULL), ('bob', 'no', 'delivered', NULL),"
                 " ('alice', 'no', 'read', '2026-11-22T19:19:00.123Z')");
    assert_true(rig_await(rig, RIG_UPDATED, 2, SOON_MS));
    assert_int_equal(rig->updated.id, 6);
    assert_false(rig->updated.is_pending);
    assert_non_null(strstr(rig->last_json, "\"status\":\"read\""));
    await_all(rig);
    assert_int_equal(rig->told[RIG_UPDATED], 2);
    assert_int_equal(rig->told[RIG_ROW] + rig->told[RIG_REMOVED], 0);
    assert_int_equal(rig->unread, 4);
}

static void a_row_that_is_read_before_it_is_told_is_told_as_changed(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "BEGIN; INSERT INTO notifications (user_id, title) VALUES ('alice', 'old');"
                 " UPDATE notifications SET status = 'read', title = 'new' WHERE id = 5; COMMIT");
    assert_true(rig_await(rig, RIG_UPDATED, 1, SOON_MS));
    assert_non_null(strstr(rig->last_json, "\"title\":\"new\""));
    await_all(rig);
    assert_int_equal(rig->told[RIG_UPDATED], 1);
    assert_int_equal(rig->told[RIG_ROW] + rig->told[RIG_MARKED], 0);
}

static void a_row_in_flight_is_told_as_pending_until_it_is_confirmed(void **state)
{
    struct rig *rig = *state;
    const int64_t id = 5;

    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    rig_sql(rig, "UPDATE notifications SET title = 'second' WHERE id = 5");
    assert_true(rig_await(rig, RIG_UPDATED, 1, SOON_MS));
    assert_true(rig->updated.is_pending);
    rig_lock(rig);
    rig_sql(rig, "UPDATE notifications SET title = 'third' WHERE id = 5");
    store_sent(rig->store, "alice", &id, 1, true, store_confirm_moment(rig->store));
    rig_sql(rig, "COMMIT");
    assert_true(rig_await(rig, RIG_UPDATED, 2, SOON_MS));
    assert_false(rig->updated.is_pending);
}

static uint64_t looked_at(const struct rig *rig)
{
    struct store_counters counters;

    store_counters(rig->store, &counters);
    return counters.rows_read;
}

static void who_is_not_connected_costs_nothing(void **state)
{
    struct rig *rig = *state;
    uint64_t before;

    rig_insert(rig, "bob", 3);
    await_all(rig);
    before = looked_at(rig);
    rig_sql(rig, "UPDATE notifications SET title = 'second' WHERE user_id = 'bob';"
                 " DELETE FROM notifications WHERE user_id = 'bob'");
    await_all(rig);
    assert_int_equal(looked_at(rig), before + 1); /* zoe's */
    assert_int_equal(rig->told[RIG_UPDATED] + rig->told[RIG_REMOVED], 0);
}

static void fill(struct rig *rig, const char *user)
{
    rig_sql(rig,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
        " INSERT INTO notifications (user_id, title, status, delivered_at)"
        " SELECT '%s', 't', 'delivered', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now') FROM n",
        MANY, user);
}

static void thousands_that_come_delivered_are_told_once_each(void **state)
{
    struct rig *rig = *state;

    fill(rig, "alice");
    rig_sql(rig, "UPDATE notifications SET title = 'second' WHERE id < 3;"
                 " INSERT INTO notifications (user_id, title) VALUES ('zoe', 'hello')");
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    assert_true(rig_await(rig, RIG_UPDATED, MANY + 2, SOON_MS));
    await_all(rig);
    assert_int_equal(rig->told[RIG_UPDATED], MANY + 2);
}

static bool all_are_gone(struct rig *rig)
{
    return rig->removed[STORE_REMOVED_DELETED] >= MANY + 3;
}

static void thousands_that_are_deleted_hold_up_nobody(void **state)
{
    struct rig *rig = *state;

    fill(rig, "alice");
    assert_true(rig_await(rig, RIG_UPDATED, MANY, SOON_MS));
    rig_sql(rig, "BEGIN; DELETE FROM notifications WHERE user_id = 'alice';"
                 " INSERT INTO notifications (user_id, title) VALUES ('zoe', 'hello'); COMMIT");
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    assert_true(rig->removed[STORE_REMOVED_DELETED] < MANY / 4);
    assert_true(rig_until(rig, all_are_gone, SOON_MS));
    await_all(rig);
    assert_int_equal(rig->removed[STORE_REMOVED_DELETED], MANY + 3);
    assert_in_range(rig->most_ids, 100, STORE_IDS_MAX);
    assert_true(rig_await_integer(rig, "SELECT count(*) < 2500 FROM changes", 1, SOON_MS));
}

static void thousands_of_others_are_read_and_cleared(void **state)
{
    struct rig *rig = *state;
    uint64_t before;

    fill(rig, "bob");
    await_all(rig);
    before = looked_at(rig);
    rig_sql(rig, "DELETE FROM notifications WHERE user_id = 'bob'");
    await_all(rig);
    assert_int_equal(looked_at(rig), before + 1); /* zoe's */
    assert_true(rig_await_integer(rig, "SELECT count(*) < 2500 FROM changes", 1, SOON_MS));
}

static void a_row_made_bad_is_not_told_and_logged_once(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "PRAGMA ignore_check_constraints = 1;"
                 " UPDATE notifications SET data = '{' WHERE id = 1");
    await_all(rig);
    assert_int_equal(rig->told[RIG_UPDATED] + rig->told[RIG_REMOVED], 0);
    assert_true(rig_logged(rig, "notification 1 cannot be sent"));
    assert_int_equal(rig_list(rig, "alice", 9, 0, false).count, 2);
    assert_int_equal(rig_mark(rig, STORE_MARK_SEEN, "zoe", NULL, 0, 0).verdict, STORE_OK);
    assert_int_equal(ftruncate(rig->log_fd, 0), 0);
    assert_int_equal(rig_list(rig, "alice", 9, 0, false).count, 2);
    assert_false(rig_logged(rig, "notification 1 cannot be sent"));
}

static void a_row_made_bad_in_flight_fails_and_is_taken_away(void **state)
{
    struct rig *rig = *state;

    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    rig_sql(rig, "PRAGMA ignore_check_constraints = 1;"
                 " UPDATE notifications SET data = '{' WHERE id = 5");
    assert_true(rig_await(rig, RIG_REMOVED, 1, SOON_MS));
    assert_int_equal(rig->removed[STORE_REMOVED_CANCELLED], 1);
    assert_int_equal(rig->told_ids[0], 5);
    assert_int_equal(rig->told[RIG_UPDATED], 0);
    assert_int_equal(
        rig_integer(rig, "SELECT status = 'failed' FROM notifications WHERE id = 5"), 1);
}

static void what_is_too_old_to_be_kept_is_taken_away(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "UPDATE notifications SET created_at = '2020-01-01T00:00:00.000Z' WHERE id < 3");
    rig->steady_offset += 3600000;
    rig->wall_offset += 3600000;
    assert_true(rig_await(rig, RIG_REMOVED, 1, SOON_MS));
    assert_int_equal(rig->removed[STORE_REMOVED_DELETED], 2);
    assert_int_equal(rig_list(rig, "alice", 9, 0, false).count, 1);
}

static void a_user_whose_name_needs_escapes_is_told(void **state)
{
    struct rig *rig = *state;
    static const char *const user = "a\"l\\i,]\xc3\xa9";

    rig_sql(rig, "INSERT INTO notifications (user_id, title) VALUES ('%s', 't')", user);
    attach(rig, user);
    rig_sql(rig, "UPDATE notifications SET title = 'second' WHERE id = 5");
    assert_true(rig_await(rig, RIG_UPDATED, 1, SOON_MS));
    assert_string_equal(rig->last_user, user);
}

struct found {
    bool is_there;
    size_t count;
    struct store_state states[STORE_ROWS_MAX];
    char jsons[STORE_ROWS_MAX][256];
};

static void on_found(void *context, const struct store_found *answer)
{
    struct found *found = context;

    assert_int_equal(answer->verdict, STORE_OK);
    found->is_there = true;
    found->count = answer->count;
    for (size_t i = 0; i < answer->count; i++) {
        found->states[i] = answer->states[i];
        if (answer->states[i].row)
            snprintf(found->jsons[i], sizeof(found->jsons[i]), "%s", answer->states[i].row->json);
    }
}

static bool is_found(struct rig *rig)
{
    return ((struct found *)rig->loop.data)->is_there;
}

static void rows_are_shown_as_they_are(void **state)
{
    struct rig *rig = *state;
    const int64_t ids[] = {1, 2, 3, 4, 5, 6, 99};
    struct found found = {.count = 0};

    rig_insert(rig, "alice", 2);
    rig_sql(rig, "UPDATE notifications SET status = 'cancelled' WHERE id = 2;"
                 " UPDATE notifications SET archived_at = created_at WHERE id = 3;"
                 " UPDATE notifications SET status = 'delivered' WHERE id = 6;"
                 " PRAGMA ignore_check_constraints = 1;"
                 " UPDATE notifications SET data = '{' WHERE id = 1");
    rig->loop.data = &found;
    store_rows(rig->store, "alice", ids, 7, on_found, &found);
    assert_true(rig_until(rig, is_found, SOON_MS));
    assert_int_equal(found.count, 6);
    assert_null(found.states[0].row);
    assert_int_equal(found.states[0].removal, STORE_REMOVED_CANCELLED);
    assert_int_equal(found.states[1].removal, STORE_REMOVED_ARCHIVED);
    assert_null(found.states[2].row);
    assert_int_equal(found.states[2].removal, STORE_REMOVED_DELETED);
    assert_non_null(strstr(found.jsons[3], "\"id\":\"5\""));
    assert_true(found.states[3].is_pending);
    assert_non_null(strstr(found.jsons[4], "\"id\":\"6\""));
    assert_false(found.states[4].is_pending);
    assert_int_equal(found.states[5].id, 99);
    assert_int_equal(found.states[5].removal, STORE_REMOVED_DELETED);
}

int main(void)
{
#define CHANGES_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, rig_tear_down)
    const struct CMUnitTest contract[] = {
        CHANGES_TEST(a_burst_is_told_once_in_its_last_state),
        CHANGES_TEST(what_is_rolled_back_or_changes_nothing_is_not_told),
        CHANGES_TEST(every_way_to_take_a_row_away_has_its_reason),
        CHANGES_TEST(a_row_that_was_changed_and_then_deleted_is_only_gone),
        CHANGES_TEST(rows_read_or_unread_by_others_are_told),
        CHANGES_TEST(what_comes_back_is_told_as_changed),
        CHANGES_TEST(a_row_that_is_still_to_come_comes_as_it_is),
        CHANGES_TEST(a_row_that_comes_delivered_or_read_is_told_as_changed),
        CHANGES_TEST(a_row_that_is_read_before_it_is_told_is_told_as_changed),
        CHANGES_TEST(who_is_not_connected_costs_nothing),
        CHANGES_TEST(thousands_that_come_delivered_are_told_once_each),
        CHANGES_TEST(a_user_whose_name_needs_escapes_is_told),
        CHANGES_TEST(a_row_in_flight_is_told_as_pending_until_it_is_confirmed),
        CHANGES_TEST(what_is_too_old_to_be_kept_is_taken_away),
    };
    /* What only a file can show. */
    const struct CMUnitTest of_files[] = {
        CHANGES_TEST(an_upsert_is_a_change_and_a_replace_takes_away),
        CHANGES_TEST(a_row_made_bad_is_not_told_and_logged_once),
        CHANGES_TEST(a_row_made_bad_in_flight_fails_and_is_taken_away),
        CHANGES_TEST(rows_are_shown_as_they_are),
        CHANGES_TEST(a_row_that_was_changed_is_told_as_lists_show_it),
        CHANGES_TEST(thousands_of_others_are_read_and_cleared),
        CHANGES_TEST(thousands_that_are_deleted_hold_up_nobody),
    };

    return RIG_RUN(contract, of_files);
}
