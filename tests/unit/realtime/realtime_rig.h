/*
 * realtime_rig: realtime with a real store and real framings, over loopback, at a
 * time that the test advances.
 *
 * The rig is the gateway without its process: store_rig's queue and store, whose
 * news go to realtime, and a server with framings that realtime owns. A page stands
 * for a browser's page: a bare socket that speaks the plain framing, sends what the
 * test tells it to, and answers pings unless it is silent.
 *
 * All functions wait with a deadline, and none sleeps. Time is the system's, plus
 * what realtime_advance has added: to test what happens after six seconds, advance
 * by six.
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

/* For cmocka: a running rig. */
int realtime_set_up(void **state);
int realtime_tear_down(void **state);
#define REALTIME_TEST(name) \
    cmocka_unit_test_setup_teardown(name, realtime_set_up, realtime_tear_down)

/* A rig in parts, for a test that owns the peers itself: everything except a store (rig_start) and
 * realtime; a server whose peers belong to that owner; and the end of both, after rig_stop. */
void realtime_rig_init(struct realtime_rig *rig);
void realtime_rig_serve(struct realtime_rig *rig, const struct peer_owner *owner, void *context);
void realtime_rig_release(struct realtime_rig *rig);

/* Advances the time, and runs what is due. */
void realtime_advance(struct realtime_rig *rig, int64_t ms);
/* The counters now. */
struct realtime_counters realtime_counted(const struct realtime_rig *rig);
/* Waits until the counter has this value. */
void realtime_await_clients(struct realtime_rig *rig, size_t count);
void realtime_await_users(struct realtime_rig *rig, size_t count);
void realtime_await_subscriptions(struct realtime_rig *rig, size_t count);
/* Adds the user to that conversation, or removes them, as another program. */
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

/* A token with these claims, members of an object such as `"role":"admin"`, valid for an hour
 * unless they say otherwise; the text is kept until the next call. */
const char *realtime_token(struct realtime_rig *rig, const char *user, const char *claims);

/* Logs in, and receives `connected` and its unread count. */
void page_open(struct page *page, struct realtime_rig *rig, const char *user);
/* … with further claims, and an `auth` event's data first (NULL: without one). */
void page_open_as(struct page *page, struct realtime_rig *rig, const char *user, const char *claims,
    const char *auth);
/* Connects with that token, and has received nothing yet. */
void page_knock(struct page *page, struct realtime_rig *rig, const char *token);
void page_close(struct page *page);

/* Sends an event, without or with a request for an acknowledgement. `data` is JSON. Events sent in
 * a row are read in one turn of the loop. */
void page_say(struct page *page, const char *event, const char *data);
void page_ask(struct page *page, const char *event, const char *data);

/* Waits for the next text frame, in page->heard. */
const char *page_hear(struct page *page);
/* … is this one. */
void page_expect(struct page *page, const char *text);
/* … is an event of that name whose data holds the part. */
void page_expect_event(struct page *page, const char *event, const char *part);
/* … is the acknowledgement of the last request, with exactly that data; or its data holds the part.
 */
void page_expect_answer(struct page *page, const char *data);
void page_expect_refusal(struct page *page, const char *code);
/* Receives frames until one holds that part. */
const char *page_await(struct page *page, const char *part);
/* Receives what has arrived by now, without waiting. */
void page_gather(struct page *page);
/* Asserts that it was sent nothing more so far: its next request is answered by the next frame. */
void page_expect_quiet(struct page *page);
void page_expect_close(struct page *page, int code);

#endif
