#include "tests/unit/framing/poller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/framing/event.h"
#include "tests/unit/framing/request_client.h"

void poller_open(struct poller *poller, struct rig *rig)
{
    struct client client;
    char sid[64];

    poller->rig = rig;
    request_send(&client, rig, "GET", POLLING, NULL);
    assert_int_equal(sscanf(request_await(&client, 200), "0{\"sid\":\"%63[^\"]\"", sid), 1);
    peer_client_close(&client);
    snprintf(poller->target, POLLER_TARGET_SIZE, POLLING "&sid=%s", sid);
}

void poller_post(struct poller *poller, const char *body)
{
    struct client client;

    request_send(&client, poller->rig, "POST", poller->target, body);
    request_expect(&client, 200, "ok");
}

void poller_get(struct poller *poller, struct client *client)
{
    request_send(client, poller->rig, "GET", poller->target, NULL);
}

void poller_expect(struct poller *poller, const char *body)
{
    struct client client;

    poller_get(poller, &client);
    request_expect(&client, 200, body);
}

void poller_connect(struct poller *poller, struct rig *rig)
{
    struct client client;

    poller_open(poller, rig);
    poller_post(poller, "40");
    rig_expect_told(rig, "connect / t -\n");
    poller_get(poller, &client);
    assert_memory_equal(request_await(&client, 200), "40{\"sid\":\"", 10);
    peer_client_close(&client);
}

void poller_hold(struct poller *poller, struct rig *rig, struct client *posted, const char *body)
{
    poller_connect(poller, rig);
    peer_hold(rig->peer);
    request_send_unanswered(posted, rig, "POST", poller->target, body);
}

void poller_rig_go_on(struct rig *rig)
{
    peer_go_on(rig->peer);
    rig_advance(rig, SLOT_MS);
}

void poller_expect_gone(struct poller *poller)
{
    struct client client;

    poller_get(poller, &client);
    request_expect(&client, 400, "{\"code\":1,\"message\":\"Session ID unknown\"}");
}

void poller_rig_send(struct rig *rig, const char *json)
{
    struct event *event = event_new("n", json, strlen(json));

    peer_send(rig->peer, event);
    event_unref(event);
}
