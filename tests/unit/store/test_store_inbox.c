/* What users do with notifications: read, unread, archived, unarchived, seen; and lists of these.
 */
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
#define MANY 2000

#define COUNT_UNREAD \
    "SELECT count(*) FROM notifications WHERE user_id = 'alice' AND archived_at IS NULL" \
    " AND status IN ('pending', 'delivered')"
#define COUNT_UNSEEN COUNT_UNREAD " AND seen_at IS NULL"

static void fill(struct rig *rig, const char *user, const char *type, int count)
{
    rig_sql(rig,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
        " INSERT INTO notifications (user_id, type, title, status, delivered_at)"
        " SELECT '%s', '%s', 't', 'delivered', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ') FROM n",
        count, user, type);
}

/* Four delivered rows of alice, who is connected. */
static int set_up(void **state)
{
    struct rig *rig;

    rig_set_up_unsynced(state);
    rig = *state;
    fill(rig, "alice", "system", 4);
    assert_int_equal(rig_attach(rig, "alice", 0, 64, OCTETS).unread, 4);
    return 0;
}

static struct rig_answer mark(struct rig *rig, enum store_mark mark, int64_t id)
{
    return rig_mark(rig, mark, "alice", &id, 1, 0);
}

static void counts_are(const struct rig_answer *answer, int64_t unread, int64_t unseen)
{
    assert_int_equal(answer->verdict, STORE_OK);
    assert_int_equal(answer->unread, unread);
    assert_int_equal(answer->unseen, unseen);
}

static void nothing_is_told_but_counts(struct rig *rig)
{
    rig_sql(rig, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'last')");
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    rig_sql(rig, "UPDATE notifications SET title = 'changed' WHERE title = 'last'");
    assert_true(rig_await(rig, RIG_UPDATED, 1, SOON_MS));
    assert_int_equal(rig->told[RIG_UPDATED], 1);
    assert_int_equal(rig->told[RIG_REMOVED] + rig->told[RIG_MARKED], 0);
}

static void what_is_read_is_seen_too(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer = mark(rig, STORE_MARK_READ, 2);

    counts_are(&answer, 3, 3);
    assert_int_equal(answer.ids[0], 2);
    assert_int_equal(rig_integer(rig, "SELECT status = 'read' AND read_at IS NOT NULL AND"
                                      " seen_at IS NOT NULL FROM notifications WHERE id = 2"),
        1);
    nothing_is_told_but_counts(rig);
}

static void what_was_read_can_be_unread_again(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer;

    assert_int_equal(mark(rig, STORE_MARK_UNREAD, 2).count, 0);
    mark(rig, STORE_MARK_READ, 2);
    answer = mark(rig, STORE_MARK_UNREAD, 2);
    assert_int_equal(answer.count, 1);
    counts_are(&answer, 4, 3);
    assert_int_equal(rig_integer(rig, "SELECT status = 'delivered' AND read_at IS NULL"
                                      " FROM notifications WHERE id = 2"),
        1);
    nothing_is_told_but_counts(rig);
}

static void what_is_archived_is_read_and_in_no_list_but_its_own(void **state)
{
    struct rig *rig = *state;
    const struct store_list_filter archived = {.limit = 9, .archived = true};
    struct rig_answer answer = mark(rig, STORE_MARK_ARCHIVED, 2);

    counts_are(&answer, 3, 3);
    assert_int_equal(mark(rig, STORE_MARK_ARCHIVED, 2).count, 0);
    assert_int_equal(rig_integer(rig, "SELECT status = 'read' AND archived_at IS NOT NULL AND"
                                      " seen_at IS NOT NULL FROM notifications WHERE id = 2"),
        1);
    assert_int_equal(rig_list(rig, "alice", 9, 0, false).count, 3);
    answer = rig_list_filtered(rig, "alice", &archived);
    assert_int_equal(answer.count, 1);
    assert_non_null(strstr(answer.first_json, "\"archivedAt\":\"20"));
    nothing_is_told_but_counts(rig);
}

static void what_comes_back_from_the_archive_is_told_to_all(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer;

    mark(rig, STORE_MARK_ARCHIVED, 2);
    answer = mark(rig, STORE_MARK_UNARCHIVED, 2);
    assert_int_equal(answer.count, 1);
    counts_are(&answer, 3, 3);
    assert_true(rig_await(rig, RIG_UPDATED, 1, SOON_MS));
    assert_int_equal(rig->updated.id, 2);
    assert_null(strstr(rig->last_json, "archivedAt"));
    rig_sql(rig, "UPDATE notifications SET archived_at = created_at WHERE id = 3");
    assert_true(rig_await(rig, RIG_REMOVED, 1, SOON_MS));
    answer = mark(rig, STORE_MARK_UNARCHIVED, 3);
    counts_are(&answer, 3, 3);
    assert_int_equal(rig_integer(rig, COUNT_UNREAD), 3);
}

static bool all_are_told(struct rig *rig)
{
    return rig->unread == rig_integer(rig, COUNT_UNREAD);
}

static bool three_are_told(struct rig *rig)
{
    return rig->unread == 3;
}

static bool four_are_told(struct rig *rig)
{
    return rig->unread == 4;
}

static bool five_are_told(struct rig *rig)
{
    return rig->unread == 5;
}

static void what_is_seen_stays_unread(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer;

    fill(rig, "alice", "system", MANY);
    assert_true(rig_until(rig, all_are_told, SOON_MS));
    answer = rig_mark(rig, STORE_MARK_SEEN, "alice", NULL, 0, 0);
    counts_are(&answer, MANY + 4, 0);
    assert_int_equal(rig_integer(rig, COUNT_UNSEEN), 0);
    assert_int_equal(rig_mark(rig, STORE_MARK_SEEN, "alice", NULL, 0, 0).count, 0);
}

/* So many are marked in several transactions. */
static void what_comes_while_many_are_marked_is_not_seen(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer = {0};
    int64_t id;

    fill(rig, "alice", "system", MANY);
    assert_true(rig_until(rig, all_are_told, SOON_MS));
    store_mark(rig->store, STORE_MARK_SEEN, "alice", NULL, 0, 0, rig_on_marked, &answer);
    while (rig_integer(rig, COUNT_UNSEEN) == MANY + 4)
        continue;
    id = rig_integer(
        rig, "INSERT INTO notifications (user_id, title) VALUES ('alice', 't') RETURNING id");
    rig_await_answer(rig, &answer);
    assert_int_equal(answer.count, MANY + 4);
    assert_int_equal(rig_integer(rig, COUNT_UNSEEN), 1);
    assert_int_equal(
        rig_integer(rig, "SELECT seen_at IS NULL FROM notifications WHERE id = %d", (int)id), 1);
}

static void thousands_are_archived_and_brought_back(void **state)
{
    struct rig *rig = *state;
    const struct store_list_filter archived = {.limit = 9, .archived = true};
    struct rig_answer answer;

    fill(rig, "alice", "system", MANY);
    assert_true(rig_until(rig, all_are_told, SOON_MS));
    answer = rig_mark(rig, STORE_MARK_ARCHIVED, "alice", NULL, 0, MANY);
    assert_int_equal(answer.count, MANY);
    assert_int_equal(rig_list(rig, "alice", 9, 0, false).count, 4);
    assert_true(rig_list_filtered(rig, "alice", &archived).has_more);
    answer = rig_mark(rig, STORE_MARK_UNARCHIVED, "alice", NULL, 0, MANY - 1);
    assert_int_equal(answer.count, MANY - 1);
    assert_int_equal(rig_list_filtered(rig, "alice", &archived).count, 1);
    answer = rig_mark(rig, STORE_MARK_UNREAD, "alice", NULL, 0, 10);
    assert_int_equal(answer.count, 10);
    assert_int_equal(rig_integer(rig, COUNT_UNREAD), 14);
}

static void only_ones_own_rows_are_marked(void **state)
{
    struct rig *rig = *state;

    for (enum store_mark which = 0; which < STORE_MARK_SEEN; which++) {
        const int64_t ids[] = {1, 2, 3, 4};

        assert_int_equal(rig_mark(rig, which, "bob", ids, 4, 0).count, 0);
    }
    assert_int_equal(rig_mark(rig, STORE_MARK_SEEN, "bob", NULL, 0, 0).count, 0);
    assert_int_equal(rig_integer(rig, COUNT_UNSEEN), 4);
}

static void an_archived_row_is_neither_owed_nor_counted_nor_told(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "INSERT INTO notifications (user_id, title, archived_at, deliver_after)"
                 " SELECT 'alice', 't', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ'), NULL UNION ALL"
                 " SELECT 'alice', 't', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ'),"
                 " strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now', '+0.2 seconds')");
    nothing_is_told_but_counts(rig);
    assert_int_equal(rig->rows[0], 7);
    assert_int_equal(rig_attach(rig, "alice", 0, 64, OCTETS).count, 1);
    assert_int_equal(rig->told[RIG_DUE], 0);
    rig_sql(rig, "UPDATE notifications SET archived_at = NULL WHERE id = 5");
    assert_true(rig_await(rig, RIG_DUE, 1, SOON_MS));
    assert_int_equal(rig_attach(rig, "alice", 0, 64, OCTETS).count, 2);
}

static void an_archived_row_does_not_expire(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "INSERT INTO notifications (user_id, title, archived_at, expires_at)"
                 " SELECT value, 't', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ'),"
                 " strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now', '+0.1 seconds')"
                 " FROM (SELECT 'alice' AS value UNION ALL SELECT 'bob') AS users;"
                 "INSERT INTO notifications (user_id, title, expires_at) SELECT 'bob', 't',"
                 " strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now', '+0.2 seconds')");
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'expired'", 1, SOON_MS));
    assert_int_equal(
        rig_integer(rig, "SELECT count(*) FROM notifications WHERE status = 'pending'"), 2);
    assert_int_equal(rig->told[RIG_EXPIRING], 0);
}

static void lists_are_of_a_type_however_many_others_there_are(void **state)
{
    struct rig *rig = *state;
    struct store_list_filter alerts = {.limit = 2, .type = "alert"};
    struct rig_answer answer;

    fill(rig, "alice", "alert", 3);
    fill(rig, "alice", "system", 3 * MANY);
    assert_true(rig_until(rig, all_are_told, SOON_MS));
    mark(rig, STORE_MARK_READ, 6);
    answer = rig_list_filtered(rig, "alice", &alerts);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ids[0], 7);
    assert_true(answer.has_more);
    alerts.before = answer.ids[1];
    answer = rig_list_filtered(rig, "alice", &alerts);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.ids[0], 5);
    assert_false(answer.has_more);
    alerts.before = 0;
    alerts.unread_only = true;
    answer = rig_list_filtered(rig, "alice", &alerts);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ids[1], 5);
    alerts.type = "aler";
    assert_int_equal(rig_list_filtered(rig, "alice", &alerts).count, 0);
}

struct list_race {
    struct rig *rig;
    int told, listed; /* the number in the title that was told last, and the one listed */
};

static int number_in_title(const char *json)
{
    const char *title = strstr(json, "\"title\":\"");

    return title ? atoi(title + strlen("\"title\":\"")) : 0;
}

static void note_listed(void *context, const struct store_listed *answer)
{
    struct list_race *race = context;

    assert_int_equal(answer->verdict, STORE_OK);
    assert_int_equal(answer->count, 1);
    race->told = race->rig->told[RIG_UPDATED] > 0 ? number_in_title(race->rig->last_json) : 0;
    race->listed = number_in_title(answer->rows[0].json);
}

static bool is_listed(struct rig *rig)
{
    return ((struct list_race *)rig->loop.data)->listed >= 0;
}

/* It takes many turns, in which the row changes, and its page is told so. */
static void a_long_list_is_not_older_than_the_news_before_it(void **state)
{
    struct rig *rig = *state;
    const struct store_list_filter alerts = {.limit = 2, .type = "alert"};
    struct list_race race = {rig, 0, -1};

    fill(rig, "bob", "system", 30 * MANY);
    fill(rig, "bob", "alert", 1);
    assert_int_equal(rig_attach(rig, "bob", 0, 64, OCTETS).verdict, STORE_OK);
    rig->loop.data = &race;
    store_list(rig->store, "bob", &alerts, note_listed, &race);
    for (int i = 1; race.listed < 0; i++) {
        rig_sql(rig, "UPDATE notifications SET title = %d WHERE id = %d", i, 5 + 30 * MANY);
        rig_until(rig, is_listed, 1);
    }
    assert_in_range(race.listed, race.told, INT32_MAX);
}

/* It is counted as unread since it is due, or will be in a moment. */
static void a_row_that_became_due_just_now_is_counted_once(void **state)
{
    struct rig *rig = *state;

    for (int i = 0; i < 20; i++) {
        int64_t id = rig_integer(rig, "INSERT INTO notifications (user_id, title, deliver_after)"
                                      " VALUES ('alice', 't', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ',"
                                      " 'now', '+0.05 seconds')) RETURNING id");

        while (mark(rig, STORE_MARK_READ, id).count == 0)
            continue;
    }
    rig->unread = -1;
    rig_attach(rig, "alice", 0, 64, OCTETS);
    assert_true(rig_until(rig, all_are_told, SOON_MS));
}

static void a_row_put_off_in_flight_is_counted_once_it_is_confirmed(void **state)
{
    struct rig *rig = *state;
    const int64_t id = 5;

    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    rig_sql(rig, "UPDATE notifications SET deliver_after = '2100-01-01T00:00:00.000Z'"
                 " WHERE id = 5");
    assert_true(rig_await(rig, RIG_DUE, 1, SOON_MS));
    assert_true(rig_until(rig, four_are_told, SOON_MS));
    store_sent(rig->store, "alice", &id, 1, true, store_confirm_moment(rig->store));
    assert_true(rig_until(rig, five_are_told, SOON_MS));
}

static void a_row_that_was_replaced_is_not_counted(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "UPDATE notifications SET idempotency_key = 'key' WHERE id = 1");
    rig_sql(rig, "REPLACE INTO notifications (user_id, title, idempotency_key, deliver_after)"
                 " VALUES ('alice', 't', 'key', '2100-01-01T00:00:00.000Z')");
    assert_true(rig_await(rig, RIG_REMOVED, 1, SOON_MS));
    assert_true(rig_until(rig, three_are_told, SOON_MS));
}

static void note_counts(void *context, const struct store_marked *answer)
{
    struct rig *rig = context;

    assert_int_equal(answer->verdict, STORE_OK);
    rig->unread = answer->counts.unread;
    rig->unseen = answer->counts.unseen;
}

static bool counts_are_those_of_the_table(struct rig *rig)
{
    return rig->unread == rig_integer(rig, COUNT_UNREAD) &&
           rig->unseen == rig_integer(rig, COUNT_UNSEEN);
}

/* Marks, new rows and changes by others meet in one turn, in every order. */
static void counts_are_right_whatever_meets_what(void **state)
{
    struct rig *rig = *state;
    unsigned random = 4711;

    fill(rig, "alice", "system", MANY);
    for (int i = 0; i < 150; i++) {
        int64_t ids[3];

        random = random * 1103515245 + 12345;
        for (unsigned j = 0; j < 3; j++)
            ids[j] = 1 + (random >> (8 + j)) % 60;
        store_mark(rig->store, (enum store_mark)((random >> 16) % STORE_MARKS), "alice", ids, 3, 0,
            note_counts, rig);
        if (i % 3 == 0)
            rig_insert(rig, "alice", 1);
        rig_sql(rig, "UPDATE notifications SET status = %s WHERE id = %d",
            i % 2 ? "'read'" : "'delivered'", (int)(1 + (random >> 12) % 60));
        if (i % 5 == 0)
            rig_sql(rig,
                "DELETE FROM notifications WHERE id = %d; UPDATE notifications SET"
                " archived_at = CASE WHEN archived_at IS NULL THEN created_at END WHERE id = %d",
                100 + i, 200 + i % 50);
    }
    assert_true(rig_until(rig, counts_are_those_of_the_table, SOON_MS));
}

int main(void)
{
#define INBOX_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, rig_tear_down)
    const struct CMUnitTest contract[] = {
        INBOX_TEST(what_is_read_is_seen_too),
        INBOX_TEST(what_was_read_can_be_unread_again),
        INBOX_TEST(what_is_archived_is_read_and_in_no_list_but_its_own),
        INBOX_TEST(what_comes_back_from_the_archive_is_told_to_all),
        INBOX_TEST(what_is_seen_stays_unread),
        INBOX_TEST(what_comes_while_many_are_marked_is_not_seen),
        INBOX_TEST(thousands_are_archived_and_brought_back),
        INBOX_TEST(only_ones_own_rows_are_marked),
        INBOX_TEST(an_archived_row_is_neither_owed_nor_counted_nor_told),
        INBOX_TEST(an_archived_row_does_not_expire),
        INBOX_TEST(lists_are_of_a_type_however_many_others_there_are),
        INBOX_TEST(a_long_list_is_not_older_than_the_news_before_it),
        INBOX_TEST(a_row_that_became_due_just_now_is_counted_once),
        INBOX_TEST(a_row_put_off_in_flight_is_counted_once_it_is_confirmed),
        INBOX_TEST(counts_are_right_whatever_meets_what),
    };
    const struct CMUnitTest of_files[] = {
        INBOX_TEST(a_row_that_was_replaced_is_not_counted),
    };

    return RIG_RUN(contract, of_files);
}
