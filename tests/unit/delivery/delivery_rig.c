#include "tests/unit/delivery/delivery_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/memory.h"
#include "tests/unit/store/rig_requests.h"

/* ── callbacks of the framing ── */

static void on_connect(struct peer *peer, const struct peer_connect *connect)
{
    struct scene *scene = peer_owner_context(peer);

    scene->connecting->peer = peer;
    peer_set_object(peer, scene->connecting);
    peer_accept(peer, connect->namespace);
}

static void on_event(struct peer *peer, const struct peer_event *event)
{
    (void)peer;
    (void)event;
}

static void on_confirmed(struct peer *peer, uint32_t sequence)
{
    struct device *device = peer_object(peer);

    device->sequence = sequence;
    device->pongs++;
}

static void on_closed(struct peer *peer, int code)
{
    struct device *device = peer_object(peer);

    device->closed = code;
    delivery_end(&device->delivery);
    device->peer = NULL;
}

static const struct peer_owner owner = {
    .connect = on_connect,
    .event = on_event,
    .confirmed = on_confirmed,
    .closed = on_closed,
};

/* ── callbacks of the store ── */

static void on_row(void *context, const struct store_row *row)
{
    struct scene *scene = context;
    struct event *event = event_new("notification", row->json, row->len);

    if (scene->phone.delivery)
        delivery_news(scene->phone.delivery, row, event);
    if (scene->desk.delivery)
        delivery_news(scene->desk.delivery, row, event);
    event_unref(event);
}

static void on_due(void *context, const char *user, const char *mark)
{
    struct scene *scene = context;

    (void)user;
    scene->rig.store.told[RIG_DUE]++;
    if (scene->phone.delivery)
        delivery_due(scene->phone.delivery, mark);
    if (scene->desk.delivery)
        delivery_due(scene->desk.delivery, mark);
}

static void on_set_back(void *context, const char *user, const int64_t *ids, size_t count)
{
    struct scene *scene = context;

    (void)user;
    if (scene->phone.delivery)
        delivery_set_back(scene->phone.delivery, ids, count);
    if (scene->desk.delivery)
        delivery_set_back(scene->desk.delivery, ids, count);
}

static void on_end(void *context)
{
    delivery_flush_all(&((struct scene *)context)->service);
}

/* ── the scene ── */

void device_subscribe(struct scene *scene, struct device *device, struct delivery *sibling)
{
    rig_attach(&scene->rig.store, "alice", 1000, 64, OCTETS);
    device->delivery =
        delivery_begin(&scene->service, device->peer, "alice", false, 0, NULL, sibling);
}

static bool is_accepted(struct rig *rig)
{
    return ((const struct scene *)rig)->connecting->peer != NULL;
}

static void connect_device(struct scene *scene, struct device *device)
{
    scene->connecting = device;
    page_knock(&device->page, &scene->rig, "any");
    assert_true(rig_until(&scene->rig.store, is_accepted, SOON_MS));
}

int devices_set_up(void **state)
{
    struct scene *scene = mem_zalloc(sizeof(*scene));
    struct rig *store = &scene->rig.store;

    realtime_rig_init(&scene->rig);
    store->news.row = on_row;
    store->news.due = on_due;
    store->news.set_back = on_set_back;
    store->news.end = on_end;
    rig_start(store);
    realtime_rig_serve(&scene->rig, &owner, scene);
    scene->service = (struct delivery_service){
        .store = store->store,
        .wheel = scene->rig.wheel,
        .clock = &store->clock,
        .window_rows = 64,
        .window_bytes = OCTETS,
        .confirm_timeout_ms = 60000,
    };
    connect_device(scene, &scene->phone);
    connect_device(scene, &scene->desk);
    device_subscribe(scene, &scene->phone, NULL);
    device_subscribe(scene, &scene->desk, scene->phone.delivery);
    *state = scene;
    return 0;
}

int devices_tear_down(void **state)
{
    struct scene *scene = *state;

    page_close(&scene->phone.page);
    page_close(&scene->desk.page);
    server_free(scene->rig.server);
    realtime_advance(&scene->rig, 60000);
    assert_null(scene->phone.delivery);
    assert_null(scene->desk.delivery);
    rig_stop(&scene->rig.store);
    realtime_rig_release(&scene->rig);
    free(scene);
    return 0;
}

bool device_has(struct device *device, size_t count)
{
    page_gather(&device->page);
    return device->page.texts == count && device->page.last == FRAME_PING &&
           device->pongs == device->page.pings;
}

void device_confirm(struct device *device)
{
    delivery_confirmed(device->delivery, device->sequence);
}
