/*
 * realtime_rig: realtime on a real store and real framings, over loopback, at a
 * time that the test moves on.
 *
 * The rig is the gateway without its process: store_rig's queue and store,
 * whose news go to realtime, and a server with framings that realtime owns. A
 * page is a browser's page: a bare socket that speaks the plain framing, says
 * what the test lets it say, and answers pings unless it is silent.
 *
 * Everything waits with a deadline and none sleeps. Time is the system's, plus
 * what realtime_advance has moved it on by: to see that something happens after
 * six seconds, move on by six.
 *
 *     struct realtime_rig *rig = *state;
 *     struct page page;
 *
 *     page_open(&page, rig, "alice");
 *     page_ask(&page, "subscribe", "\"public:news\"");
 *     page_expect_answer(&page, "{\"ok\":true,\"topic\":\"public:news\"}");
 *     page_close(&page);
 */
#ifndef BELFRY_TESTS_UNIT_REALTIME_RIG_H
#define BELFRY_TESTS_UNIT_REALTIME_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/config.h"
#include "common/proxies.h"
#include "common/secret.h"
#include "gateway/framing/framings.h"
#include "gateway/net/server.h"
#include "gateway/realtime/realtime.h"
#include "tests/unit/store/store_rig.h"

struct realtime_rig {
    struct rig store; /* its news go to realtime, and are not noted */
    struct wheel *wheel;
    struct proxies *proxies;
    struct config_list trusted, origins, auto_subscribe;
    struct secrets secrets;
    struct realtime_settings settings; /* realtime_update after a change */
    struct framing_settings framing;
    struct realtime *realtime;
    struct framings *framings;
    struct server *server;
};

/* For cmocka: a rig that serves. */
int realtime_set_up(void **state);
int realtime_tear_down(void **state);
#define REALTIME_TEST(name) \
    cmocka_unit_test_setup_teardown(name, realtime_set_up, realtime_tear_down)

/* A rig by pieces, for a test that owns the peers itself: everything but a store (rig_start) and
 * realtime; a server whose peers are that owner's; and the end of both, behind rig_stop. */
void realtime_rig_init(struct realtime_rig *rig);
void realtime_rig_serve(struct realtime_rig *rig, const struct peer_owner *owner, void *context);
void realtime_rig_release(struct realtime_rig *rig);

/* Lets that much time go by, and what is due happen. */
void realtime_advance(struct realtime_rig *rig, int64_t ms);
/* The counters now. */
struct realtime_counters realtime_counted(const struct realtime_rig *rig);
/* Waits until there are so many. */
void realtime_await_clients(struct realtime_rig *rig, size_t count);
void realtime_await_subscriptions(struct realtime_rig *rig, size_t count);
/* Makes the user a member of that conversation, or one no longer; another program does it. */
void realtime_member(struct realtime_rig *rig, const char *conversation, const char *user);
void realtime_no_member(struct realtime_rig *rig, const char *conversation, const char *user);

struct page {
    struct realtime_rig *rig;
    int fd;
    int asked;     /* the id of its last question */
    size_t texts;  /* frames that it heard … */
    size_t pings;  /* … and pings, which it answered */
    unsigned last; /* the kind of the last of all */
    struct buf in;
    char heard[65536]; /* the last frame */
};

/* A token of those claims, an object's members as `"role":"admin"`, for as long as an hour unless
 * they say otherwise; lent until the next call. */
const char *realtime_token(struct realtime_rig *rig, const char *user, const char *claims);

/* Logs in, and hears `connected` and its unread count. */
void page_open(struct page *page, struct realtime_rig *rig, const char *user);
/* … with further claims, and an `auth` event's data first (NULL: without one). */
void page_open_as(struct page *page, struct realtime_rig *rig, const char *user, const char *claims,
    const char *auth);
/* Comes with that token, and has heard nothing yet. */
void page_knock(struct page *page, struct realtime_rig *rig, const char *token);
void page_close(struct page *page);

/* Says an event, or asks by one, which wants it acknowledged. `data` is JSON. What is said in a row
 * is read in one turn of the loop. */
void page_say(struct page *page, const char *event, const char *data);
void page_ask(struct page *page, const char *event, const char *data);

/* The next text frame, in page->heard. */
const char *page_hear(struct page *page);
/* … is this one. */
void page_expect(struct page *page, const char *text);
/* … is an event of that name whose data holds the part. */
void page_expect_event(struct page *page, const char *event, const char *part);
/* … is the acknowledgement of what was asked last, with exactly that data; or it holds the part. */
void page_expect_answer(struct page *page, const char *data);
void page_expect_refusal(struct page *page, const char *code);
/* Hears on until a frame holds that part. */
const char *page_await(struct page *page, const char *part);
/* Hears what has come by now, without waiting. */
void page_gather(struct page *page);
/* Nothing but this was said to it by now: what it asks next is answered next. */
void page_expect_quiet(struct page *page);
void page_expect_close(struct page *page, int code);

#endif
