#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/net/frame.h"
#include "tests/unit/realtime/realtime_rig.h"
#include "tests/unit/wire_client.h"

#define SOON_MS 20000
#define UPDATE(id, title) \
    "{\"event\":\"notification:update\",\"data\":{\"id\":\"" #id "\",\"type\":\"system\"," \
    "\"title\":\"" title "\""

/* A page that confirms by itself, when the test says so. */
static void open_holding(struct page *page, struct realtime_rig *rig)
{
    page_open_as(page, rig, "alice", "", "{\"ack\":true}");
}

/* Receives a row that is confirmed by page_confirm(page, `sequence`); the first has 1. */
static void page_expect_row(struct page *page, const char *part)
{
    page_await(page, "\"event\":\"notification\"");
    if (!strstr(page->heard, part))
        fail_msg("expected %s, heard %s", part, page->heard);
}

static void page_confirm(struct page *page, int sequence)
{
    char text[32];

    snprintf(text, sizeof(text), "{\"ack\":%d}", sequence);
    wire_send_frame(page->fd, FRAME_TEXT, text, strlen(text));
}

/* Waits for the next update, and asserts how it begins. */
static void page_expect_update(struct page *page, const char *head)
{
    page_await(page, "notification:update");
    if (strncmp(page->heard, head, strlen(head)) != 0)
        fail_msg("expected %s, heard %s", head, page->heard);
}

static void insert_delivered(struct realtime_rig *rig, int count)
{
    rig_insert(&rig->store, "alice", count);
    rig_sql(
        &rig->store, "UPDATE notifications SET status = 'delivered', delivered_at = created_at");
}

static void all_pages_hear_of_a_delivered_row_whatever_they_subscribed_to(void **state)
{
    struct realtime_rig *rig = *state;
    struct page one, two, bob;

    insert_delivered(rig, 1);
    page_open(&one, rig, "alice");
    page_open_as(&two, rig, "alice", "", "{\"subscribe\":false}");
    page_open(&bob, rig, "bob");
    rig_sql(&rig->store, "UPDATE notifications SET title = 'New'");
    page_expect_update(&one, UPDATE(1, "New"));
    assert_non_null(strstr(one.heard, "\"status\":\"delivered\""));
    page_expect_update(&two, UPDATE(1, "New"));
    rig_sql(&rig->store, "DELETE FROM notifications");
    page_await(&one, "{\"ids\":[\"1\"],\"reason\":\"deleted\"}");
    page_await(&two, "{\"ids\":[\"1\"],\"reason\":\"deleted\"}");
    page_expect_quiet(&bob);
    assert_int_equal(realtime_counted(rig).changes_sent, 4);
    page_close(&one);
    page_close(&two);
    page_close(&bob);
}

static void a_row_in_flight_is_updated_where_it_is_and_then_delivered(void **state)
{
    struct realtime_rig *rig = *state;
    struct page has, waits;

    rig->settings.delivery_window = 1;
    realtime_update(rig->realtime, &rig->settings);
    open_holding(&has, rig);
    rig_insert(&rig->store, "alice", 2);
    page_expect_row(&has, "\"id\":\"1\"");
    open_holding(&waits, rig);
    page_expect_row(&waits, "\"id\":\"1\"");
    page_confirm(&has, 1);
    page_expect_row(&has, "\"id\":\"2\"");
    rig_sql(&rig->store, "UPDATE notifications SET title = 'New' WHERE id = 2");
    page_expect_update(&has, UPDATE(2, "New"));
    page_confirm(&has, 2);
    assert_true(rig_await_integer(
        &rig->store, "SELECT status = 'delivered' FROM notifications WHERE id = 2", 1, SOON_MS));
    page_expect_quiet(&waits);
    page_confirm(&waits, 1);
    page_expect_row(&waits, "\"title\":\"New\"");
    page_close(&has);
    page_close(&waits);
}

/* The page confirmed the row while the news were on their way, which still call it pending. */
static void news_that_a_confirmation_overtook_are_told_all_the_same(void **state)
{
    struct realtime_rig *rig = *state;
    const struct store_row news = {.id = 1, .user = "alice", .json = "{\"id\":\"1\"}", .len = 10};
    struct page page;

    page_open(&page, rig, "alice");
    rig_insert(&rig->store, "alice", 1);
    page_expect_row(&page, "\"id\":\"1\"");
    page_expect_event(&page, "notification:unread_count", "1");
    page_expect_quiet(&page);
    assert_true(rig_await_integer(
        &rig->store, "SELECT status = 'delivered' FROM notifications", 1, SOON_MS));
    realtime_news.updated(rig->realtime, &news, true);
    page_await(&page, "\"event\":\"notification:update\"");
    assert_non_null(strstr(page.heard, "\"status\":\"delivered\""));
    page_close(&page);
}

static void nobody_hears_of_a_row_that_is_yet_to_be_sent(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    insert_delivered(rig, 1);
    page_open(&page, rig, "alice");
    rig_sql(&rig->store, "INSERT INTO notifications (user_id, title, deliver_after)"
                         " VALUES ('alice', 'Old', '2999-01-01T00:00:00.000Z')");
    rig_sql(&rig->store, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'Due')");
    page_expect_row(&page, "\"title\":\"Due\"");
    rig_sql(&rig->store, "UPDATE notifications SET title = 'New' WHERE id = 2");
    rig_sql(&rig->store, "UPDATE notifications SET title = 'Told' WHERE id = 1");
    page_expect_update(&page, UPDATE(1, "Told"));
    page_expect_quiet(&page);
    page_close(&page);
}

/* A row that was taken away in flight, and came back as pending: the copy that was sent before does
 * not count as its delivery. */
static void confirming_what_was_taken_away_delivers_nothing(void **state)
{
    static const int64_t id = 1;
    struct realtime_rig *rig = *state;
    struct page page;

    open_holding(&page, rig);
    rig_insert(&rig->store, "alice", 1);
    page_expect_row(&page, "\"id\":\"1\"");
    realtime_news.removed(rig->realtime, "alice", STORE_REMOVED_ARCHIVED, &id, 1);
    page_await(&page, "\"reason\":\"archived\"");
    page_confirm(&page, 1);
    page_expect_quiet(&page);
    assert_int_equal(realtime_counted(rig).notifications_confirmed, 1);
    page_ask(&page, "notification:list", "{}");
    page_await(&page, "\"status\":\"pending\"");
    page_close(&page);
}

static void what_is_marked_by_sql_is_told_to_all(void **state)
{
    struct realtime_rig *rig = *state;
    struct page one, two;

    insert_delivered(rig, 2);
    page_open(&one, rig, "alice");
    page_open(&two, rig, "alice");
    rig_sql(&rig->store, "UPDATE notifications SET status = 'read'");
    page_await(&one, "{\"event\":\"notification:read\",\"data\":{\"ids\":[\"1\",\"2\"]}}");
    page_await(&two, "{\"event\":\"notification:read\",\"data\":{\"ids\":[\"1\",\"2\"]}}");
    rig_sql(&rig->store, "UPDATE notifications SET status = 'delivered' WHERE id = 2");
    page_await(&one, "{\"event\":\"notification:unread\",\"data\":{\"ids\":[\"2\"]}}");
    page_await(&two, "{\"event\":\"notification:unread\",\"data\":{\"ids\":[\"2\"]}}");
    page_close(&one);
    page_close(&two);
}

/* It is not sent any more, but belongs into the list. */
static void what_is_read_before_its_turn_comes_as_an_update(void **state)
{
    struct realtime_rig *rig = *state;
    struct page slow, reader;

    rig->settings.delivery_window = 1;
    realtime_update(rig->realtime, &rig->settings);
    open_holding(&slow, rig);
    rig_insert(&rig->store, "alice", 3);
    page_expect_row(&slow, "\"id\":\"1\"");
    page_open_as(&reader, rig, "alice", "", "{\"subscribe\":false}");
    page_ask(&reader, "notification:mark_read", "{\"ids\":[2]}");
    page_await(&reader, "\"marked\":1");
    page_await(&slow, "\"event\":\"notification:update\"");
    assert_non_null(strstr(slow.heard, "\"id\":\"2\""));
    assert_non_null(strstr(slow.heard, "\"status\":\"read\""));
    page_confirm(&slow, 1);
    page_expect_row(&slow, "\"id\":\"3\"");
    page_close(&slow);
    page_close(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(all_pages_hear_of_a_delivered_row_whatever_they_subscribed_to),
        REALTIME_TEST(a_row_in_flight_is_updated_where_it_is_and_then_delivered),
        REALTIME_TEST(news_that_a_confirmation_overtook_are_told_all_the_same),
        REALTIME_TEST(nobody_hears_of_a_row_that_is_yet_to_be_sent),
        REALTIME_TEST(confirming_what_was_taken_away_delivers_nothing),
        REALTIME_TEST(what_is_marked_by_sql_is_told_to_all),
        REALTIME_TEST(what_is_read_before_its_turn_comes_as_an_update),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
