#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

static void what_is_read_in_one_tab_is_read_in_the_others(void **state)
{
    struct realtime_rig *rig = *state;
    struct page one, two;

    rig_insert(&rig->store, "alice", 3);
    page_open(&one, rig, "alice");
    page_await(&one, "\"id\":\"3\"");
    page_open(&two, rig, "alice");
    page_ask(&one, "notification:mark_read", "{\"ids\":[\"1\",3,99]}");
    page_expect_event(&one, "notification:unread_count", "\"data\":1}");
    page_expect_answer(&one, "{\"ok\":true,\"marked\":2,\"unread\":1}");
    page_await(&two, "notification:read");
    assert_string_equal(
        two.heard, "{\"event\":\"notification:read\",\"data\":{\"ids\":[\"1\",\"3\"]}}");
    page_expect_event(&two, "notification:unread_count", "\"data\":1}");
    page_close(&one);
    page_close(&two);
}

static void nobody_reads_what_is_anothers(void **state)
{
    struct realtime_rig *rig = *state;
    struct page eve;

    rig_insert(&rig->store, "alice", 1);
    page_open(&eve, rig, "eve");
    page_ask(&eve, "notification:mark_read", "{\"ids\":[1]}");
    page_expect_event(&eve, "notification:unread_count", "\"data\":0}");
    page_expect_answer(&eve, "{\"ok\":true,\"marked\":0,\"unread\":0}");
    assert_int_equal(
        rig_integer(&rig->store, "SELECT count(*) FROM notifications WHERE read_at IS NULL"), 1);
    page_close(&eve);
}

/* Rows inserted since are not included in "all". */
static void all_is_up_to_what_the_page_has_seen(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    rig_insert(&rig->store, "alice", 3);
    page_open_as(&page, rig, "alice", "", "{\"subscribe\":false}");
    page_ask(&page, "notification:mark_all_read", "null");
    page_await(&page, "\"marked\":0,\"unread\":3");
    page_ask(&page, "notification:mark_all_read", "{\"upTo\":\"1\"}");
    page_await(&page, "\"marked\":1,\"unread\":2");
    page_ask(&page, "notification:list", "{\"limit\":1}");
    page_await(&page, "\"hasMore\":true");
    page_ask(&page, "notification:mark_all_read", "null");
    page_await(&page, "\"marked\":2,\"unread\":0");
    page_ask(&page, "notification:mark_all_read", "{\"upTo\":\"x\"}");
    page_expect_refusal(&page, "bad_request");
    page_close(&page);
}

static void a_list_without_acknowledgement_is_an_event(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    rig_insert(&rig->store, "alice", 2);
    page_open_as(&page, rig, "alice", "", "{\"subscribe\":false}");
    page_say(&page, "notification:list", "{\"before\":\"2\"}");
    page_expect_event(&page, "notification:batch", "\"id\":\"1\"");
    page_ask(&page, "notification:get_count", "null");
    page_expect_event(&page, "notification:unread_count", "\"data\":2}");
    page_expect_answer(&page, "{\"ok\":true,\"count\":2}");
    page_close(&page);
}

static void what_is_no_id_is_refused(void **state)
{
    static const char *const bad[] = {"{}", "{\"ids\":1}", "{\"ids\":[0]}", "{\"ids\":[\"1x\"]}",
        "{\"ids\":[1.5]}", "{\"ids\":[null]}"};
    static const char *const bad_lists[] = {
        "{\"limit\":0}", "{\"archived\":1}", "{\"type\":7}", "{\"type\":\"a\\u0000b\"}"};
    struct page page;

    page_open(&page, *state, "alice");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        page_ask(&page, "notification:mark_read", bad[i]);
        page_expect_refusal(&page, "bad_request");
    }
    for (size_t i = 0; i < sizeof(bad_lists) / sizeof(bad_lists[0]); i++) {
        page_ask(&page, "notification:list", bad_lists[i]);
        page_expect_refusal(&page, "bad_request");
    }
    page_ask(&page, "notification:mark_read", "{\"ids\":[]}");
    page_await(&page, "\"marked\":0");
    page_close(&page);
}

static void what_is_unread_again_is_so_in_all_tabs(void **state)
{
    struct realtime_rig *rig = *state;
    struct page one, two;

    rig_insert(&rig->store, "alice", 2);
    rig_sql(&rig->store, "UPDATE notifications SET status = 'read', read_at = created_at");
    page_open(&one, rig, "alice");
    page_open(&two, rig, "alice");
    page_ask(&one, "notification:mark_unread", "{\"ids\":[1,99]}");
    page_expect_event(&one, "notification:unread_count", "\"data\":1}");
    page_expect_answer(&one, "{\"ok\":true,\"marked\":1,\"unread\":1}");
    page_expect(&two, "{\"event\":\"notification:unread\",\"data\":{\"ids\":[\"1\"]}}");
    page_expect_event(&two, "notification:unread_count", "\"data\":1}");
    page_close(&one);
    page_close(&two);
}

static void what_is_archived_goes_and_comes_back_in_all_tabs(void **state)
{
    struct realtime_rig *rig = *state;
    struct page one, two;

    rig_insert(&rig->store, "alice", 1);
    rig_sql(&rig->store, "UPDATE notifications SET status = 'delivered'");
    page_open(&one, rig, "alice");
    page_open(&two, rig, "alice");
    page_ask(&one, "notification:archive", "{\"ids\":[\"1\"]}");
    page_expect_event(&one, "notification:unread_count", "\"data\":0}");
    page_expect_answer(&one, "{\"ok\":true,\"marked\":1,\"unread\":0}");
    page_expect(&two, "{\"event\":\"notification:remove\",\"data\":{\"ids\":[\"1\"],"
                      "\"reason\":\"archived\"}}");
    page_ask(&one, "notification:list", "{}");
    page_expect_answer(&one, "{\"ok\":true,\"notifications\":[],\"hasMore\":false}");
    page_ask(&one, "notification:list", "{\"archived\":true,\"type\":\"system\"}");
    page_await(&one, "\"archivedAt\"");
    page_ask(&one, "notification:unarchive", "{\"ids\":[1]}");
    page_await(&one, "\"event\":\"notification:update\"");
    page_await(&two, "\"event\":\"notification:update\"");
    assert_non_null(strstr(two.heard, "\"status\":\"read\""));
    page_close(&one);
    page_close(&two);
}

static void the_number_of_unseen_is_told_to_those_who_ask(void **state)
{
    struct realtime_rig *rig = *state;
    struct page badge, plain;

    rig_insert(&rig->store, "alice", 1);
    rig_sql(&rig->store, "UPDATE notifications SET status = 'delivered'");
    page_open_as(&badge, rig, "alice", "", "{\"seen\":true}");
    page_expect(&badge, "{\"event\":\"notification:unseen_count\",\"data\":1}");
    page_open(&plain, rig, "alice");
    page_ask(&badge, "notification:mark_seen", "null");
    page_expect(&badge, "{\"event\":\"notification:unseen_count\",\"data\":0}");
    page_expect_answer(&badge, "{\"ok\":true,\"marked\":1,\"unread\":1}");
    page_expect_quiet(&plain);
    page_ask(&plain, "notification:mark_seen", "null");
    page_expect(&plain, "{\"event\":\"notification:unseen_count\",\"data\":0}");
    page_expect_answer(&plain, "{\"ok\":true,\"marked\":0,\"unread\":1}");
    rig_sql(&rig->store, "UPDATE notifications SET seen_at = NULL");
    page_expect(&plain, "{\"event\":\"notification:unseen_count\",\"data\":1}");
    page_expect(&badge, "{\"event\":\"notification:unseen_count\",\"data\":1}");
    page_ask(&badge, "auth", "{\"seen\":false}");
    page_await(&badge, "\"ok\":true");
    page_ask(&plain, "notification:mark_seen", "null");
    page_await(&plain, "\"marked\":1");
    page_expect_quiet(&badge);
    page_close(&badge);
    page_close(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(what_is_read_in_one_tab_is_read_in_the_others),
        REALTIME_TEST(nobody_reads_what_is_anothers),
        REALTIME_TEST(all_is_up_to_what_the_page_has_seen),
        REALTIME_TEST(a_list_without_acknowledgement_is_an_event),
        REALTIME_TEST(what_is_no_id_is_refused),
        REALTIME_TEST(what_is_unread_again_is_so_in_all_tabs),
        REALTIME_TEST(what_is_archived_goes_and_comes_back_in_all_tabs),
        REALTIME_TEST(the_number_of_unseen_is_told_to_those_who_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
