/*
 * What the log says when more comes than can be sent. (How the source is held
 * back: test_fanout.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/framing/event.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/fanout.h"
#include "tests/unit/realtime/realtime_rig.h"

#define SAID "messages and broadcasts come faster than they can be sent: 256 wait here"

static int64_t frozen_ms;

static int64_t frozen(const struct clock *clock)
{
    (void)clock;
    return frozen_ms;
}

static void tell(struct realtime_rig *rig, int count)
{
    struct fanout_news news = {.kind = FANOUT_STATE, .topic = "public:news"};

    news.event = event_new("tick", "1", 1);
    for (int i = 0; i < count; i++)
        fanout_topic(rig->realtime->fanout, &news);
    event_unref(news.event);
}

/* In one turn of the loop: events that wait for `ms` already when there are too many. The first is
 * sent at once. */
static void overload(struct realtime_rig *rig, int64_t ms)
{
    struct clock *clock = &rig->store.clock, running = *clock;

    frozen_ms = clock_steady_ms(clock);
    clock->steady_ms = frozen;
    tell(rig, 2);
    frozen_ms += ms;
    tell(rig, FANOUT_WAITING_MAX - 1);
    assert_int_equal(fanout_waiting(rig->realtime->fanout), FANOUT_WAITING_MAX);
    *clock = running;
    realtime_advance(rig, ms);
    assert_int_equal(fanout_waiting(rig->realtime->fanout), 0);
}

static void open_page(struct page *page, struct realtime_rig *rig)
{
    page_open(page, rig, "alice");
    page_ask(page, "subscribe", "\"public:news\"");
    page_expect_answer(page, "{\"ok\":true,\"topic\":\"public:news\"}");
}

static void the_log_says_so_if_it_lasts(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    open_page(&page, rig);
    overload(rig, 1000);
    assert_int_equal(realtime_counted(rig).held_back, 1);
    assert_true(rig_logged(&rig->store, SAID));
    page_close(&page);
}

static void a_burst_is_not_worth_a_word(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    open_page(&page, rig);
    overload(rig, 999);
    assert_int_equal(realtime_counted(rig).held_back, 1);
    assert_false(rig_logged(&rig->store, SAID));
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(the_log_says_so_if_it_lasts),
        REALTIME_TEST(a_burst_is_not_worth_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
