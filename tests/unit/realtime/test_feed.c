#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

#define SOON_MS 20000
#define MANY 400 /* broadcasts of 20 KB: more than any socket takes */
/* A broadcast with the data 1 to public:news, as a page receives it. */
#define EVENT(name, id) \
    "{\"event\":\"" name "\",\"data\":1,\"broadcastId\":\"" id "\",\"topic\":\"public:news\"}"

static bool fell_behind(struct rig *rig)
{
    return realtime_counted((const struct realtime_rig *)rig).fell_behind > 0;
}

/* A page that is subscribed to public:news and does not read until it has fallen behind. */
static void open_behind(struct page *page, struct realtime_rig *rig)
{
    rig->settings.max_buffer = 65536;
    realtime_update(rig->realtime, &rig->settings);
    page_open(page, rig, "alice");
    page_ask(page, "subscribe", "\"public:news\"");
    page_expect_answer(page, "{\"ok\":true,\"topic\":\"public:news\"}");
    rig_sql(&rig->store,
        "INSERT INTO broadcasts (topic, event, data) VALUES ('public:news', 'live', '1')");
    page_expect(page, EVENT("live", "1"));
    rig_sql(&rig->store,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO broadcasts (topic, event, data) "
        "SELECT 'public:news', 'large', json_object('n', i, 'x', hex(zeroblob(10000))) FROM n",
        MANY - 1);
    assert_true(rig_until(&rig->store, fell_behind, SOON_MS));
}

static void a_slow_page_gets_all_in_order_as_it_reads(void **state)
{
    struct realtime_rig *rig = *state;
    char part[32];
    struct page page;

    open_behind(&page, rig);
    for (int i = 0; i < MANY; i++) {
        snprintf(part, sizeof(part), "{\"n\":%d,", i);
        page_expect_event(&page, "large", part);
    }
    rig_sql(&rig->store,
        "INSERT INTO broadcasts (topic, event, data) VALUES ('public:news', 'small', '1')");
    page_expect(&page, EVENT("small", "402"));
    page_expect_quiet(&page);
    page_close(&page);
}

static void leaving_while_behind_leaves_nothing(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    open_behind(&page, rig);
    page_close(&page);
    realtime_await_clients(rig, 0);
    assert_int_equal(realtime_counted(rig).subscriptions, 0);
}

/* Broadcasts sent while a page still reads the unexpired ones follow after them, once. */
static void news_wait_behind_what_stands(void **state)
{
    struct realtime_rig *rig = *state;
    char part[32];
    struct page page;

    for (int i = 0; i < 150; i++)
        rig_sql(&rig->store,
            "INSERT INTO broadcasts (topic, event, data, expires_at) VALUES "
            "('public:news', 'stands', '{\"n\":%d}', '2999-01-01T00:00:00.000Z')",
            i);
    page_open(&page, rig, "alice");
    page_ask(&page, "subscribe", "\"public:news\"");
    rig_sql(&rig->store,
        "INSERT INTO broadcasts (topic, event, data) VALUES ('public:news', 'news', '1')");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"public:news\"}");
    for (int i = 0; i < 150; i++) {
        snprintf(part, sizeof(part), "{\"n\":%d}", i);
        page_expect_event(&page, "stands", part);
    }
    page_expect(&page, EVENT("news", "151"));
    page_expect_quiet(&page);
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(a_slow_page_gets_all_in_order_as_it_reads),
        REALTIME_TEST(leaving_while_behind_leaves_nothing),
        REALTIME_TEST(news_wait_behind_what_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
