#include "gateway/delivery/delivery.h"

#include <stddef.h>
#include <stdlib.h>

#include <utlist.h>

#include "common/buf.h"
#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/delivery/again.h"
#include "gateway/delivery/fresh.h"
#include "gateway/delivery/recent.h"
#include "gateway/delivery/trail.h"
#include "gateway/delivery/window.h"

#define RETRY_MS 500
/* The bytes that framing, event name and acknowledgement id add to the row's JSON. */
#define ENVELOPE_BYTES 64

struct delivery {
    struct delivery_service *service;
    struct peer *peer; /* NULL once ended */
    const char *user;
    struct window window;
    struct delivery *next, *previous; /* among the bursting */
    struct delivery *sibling;         /* the next of the user's, in a ring */
    struct wheel_entry overdue;       /* runs while something is to be confirmed */
    struct retry *retry;              /* NULL: no fetch has failed */
    uint64_t sent_upto;               /* bytes sent to the peer, up to the last row */
    int64_t after;                    /* rows up to this id are done in this scan */
    int64_t highest;
    int64_t known;    /* the highest row there was when the connection came */
    int64_t begun_at; /* wall ms */
    int64_t scan_started;
    struct trail trail;    /* where the scan has just been */
    struct fresh fresh;    /* set back before the scan reached them */
    struct recent *recent; /* confirmed here; NULL: no other gateway can deliver */
    char *scan_mark;       /* of the first page; or NULL */
    struct again *again;   /* rows up to `after` became due; NULL: none */
    uint32_t mark;         /* the mark after the burst */
    bool live : 1;         /* caught up: news are sent at once */
    bool fetching : 1;
    bool shared : 1; /* others of the user may have confirmed rows since this scan began */
    bool burst : 1;  /* rows were sent since the last mark */
    bool by_client : 1;
    bool is_full : 1; /* and so counted by the service */
    bool held : 1;
};

/* A fetch failed, and is tried again after a while. */
struct retry {
    struct delivery *delivery;
    struct wheel_entry timer;
};

static void delivery_proceed(struct delivery *delivery);

static size_t room_bytes(const struct delivery *delivery)
{
    size_t most = delivery->service->window_bytes;

    return window_bytes(&delivery->window) < most ? most - window_bytes(&delivery->window) : 0;
}

static size_t room_rows(const struct delivery *delivery)
{
    size_t most = delivery->service->window_rows;

    return window_count(&delivery->window) < most ? most - window_count(&delivery->window) : 0;
}

/* An empty window takes any row, or a row larger than the bound would be stuck for ever. */
static bool has_room(const struct delivery *delivery, size_t bytes)
{
    if (window_count(&delivery->window) == 0)
        return true;
    return room_rows(delivery) > 0 && room_bytes(delivery) >= bytes;
}

/* Rows were added to the window, or taken out. */
static void window_changed(struct delivery *delivery, size_t before)
{
    struct delivery_service *service = delivery->service;
    bool is_full = room_rows(delivery) == 0 || room_bytes(delivery) == 0;

    service->unconfirmed += window_count(&delivery->window) - before;
    service->full += (size_t)is_full - delivery->is_full;
    delivery->is_full = is_full;
}

static void on_overdue(struct wheel_entry *entry);

static void await_confirmation(struct delivery *delivery)
{
    wheel_start(delivery->service->wheel, &delivery->overdue, delivery->service->confirm_timeout_ms,
        on_overdue);
}

/* A client is not late if the rows are still on their way to it, or if its confirmation may be
 * waiting unread in the socket. A client that reads nothing at all is closed by its peer. */
static void on_overdue(struct wheel_entry *entry)
{
    struct delivery *delivery = container_of(entry, struct delivery, overdue);

    if (peer_is_paused(delivery->peer) || peer_taken(delivery->peer) < delivery->sent_upto) {
        await_confirmation(delivery);
        return;
    }
    delivery->service->overdue++;
    peer_close_slow(delivery->peer, "no notification confirmed for ping_timeout");
}

static void retry_end(struct delivery *delivery)
{
    if (delivery->retry)
        wheel_stop(&delivery->retry->timer);
    free(delivery->retry);
    delivery->retry = NULL;
}

static void on_retry(struct wheel_entry *entry)
{
    struct delivery *delivery = container_of(entry, struct retry, timer)->delivery;

    retry_end(delivery);
    delivery_proceed(delivery);
}

static void retry_begin(struct delivery *delivery)
{
    if (!delivery->retry)
        delivery->retry = mem_zalloc(sizeof(*delivery->retry));
    delivery->retry->delivery = delivery;
    wheel_start(delivery->service->wheel, &delivery->retry->timer, RETRY_MS, on_retry);
}

static void expect_confirmation(struct delivery *delivery, bool afresh)
{
    delivery->sent_upto = peer_sent(delivery->peer);
    if (window_count(&delivery->window) == 0)
        wheel_stop(&delivery->overdue);
    else if (afresh || !wheel_started(&delivery->overdue))
        await_confirmation(delivery);
}

static void burst_begin(struct delivery *delivery)
{
    if (delivery->burst)
        return;
    delivery->burst = true;
    delivery->mark = peer_next_mark(delivery->peer);
    peer_cork(delivery->peer);
    DL_APPEND2(delivery->service->bursting, delivery, previous, next);
}

static void burst_end(struct delivery *delivery)
{
    delivery->burst = false;
    DL_DELETE2(delivery->service->bursting, delivery, previous, next);
    peer_uncork(delivery->peer);
}

/* If the client confirms by itself, each row has a mark of its own. */
static uint32_t mark_for_row(struct delivery *delivery)
{
    if (delivery->by_client)
        return peer_next_mark(delivery->peer);
    burst_begin(delivery);
    return delivery->mark;
}

/* Only of a row that was inserted since this delivery began, and was due at once: others waited for
 * their time, for the user to come, or for whoever set them back, and not for the gateway. */
static void note_send_time(const struct delivery *delivery, const struct store_row *row)
{
    struct delivery_service *service = delivery->service;

    if (row->created_at < delivery->begun_at || row->due_at > row->created_at || delivery->again ||
        fresh_holds(&delivery->fresh, row->id))
        return;
    histogram_note_ms(&service->times.send, service->times.wall - row->created_at);
}

static void send_row(struct delivery *delivery, const struct store_row *row, struct event *event)
{
    uint32_t mark = mark_for_row(delivery);
    size_t before = window_count(&delivery->window);

    delivery_times_take(&delivery->service->times, delivery->service->clock);
    note_send_time(delivery, row);
    window_add(&delivery->window, row->id, (uint32_t)row->len + ENVELOPE_BYTES, mark,
        (uint32_t)delivery->service->times.steady, row->confirmed_at >= 0);
    window_changed(delivery, before);
    if (row->id > delivery->highest)
        delivery->highest = row->id;
    if (row->id > delivery->after)
        delivery->after = row->id;
    delivery->service->sent++;
    if (delivery->by_client) {
        peer_send_confirmed(delivery->peer, event, mark);
        expect_confirmation(delivery, false);
    } else {
        peer_send(delivery->peer, event);
    }
}

static void burst_flush(struct delivery *delivery)
{
    if (!delivery->burst)
        return;
    peer_mark(delivery->peer, delivery->mark);
    burst_end(delivery);
    expect_confirmation(delivery, false);
}

void delivery_flush_all(struct delivery_service *service)
{
    while (service->bursting)
        burst_flush(service->bursting);
    delivery_times_end(&service->times);
}

/* Whether the row was due before the connection came. A row that the delivery had passed was not:
 * somebody set it back since, or its time came. */
static bool is_replayed(const struct delivery *delivery, const struct store_row *row)
{
    if (row->id > delivery->known || row->due_at >= peer_opened_at(delivery->peer) ||
        fresh_holds(&delivery->fresh, row->id))
        return false;
    return !delivery->again || !again_was_passed(delivery->again, row->id);
}

/* The event of a page's row. A client shows one that is `replayed` in its list, without a toast. */
static struct event *page_event(const struct delivery *delivery, const struct store_row *row)
{
    struct buf json;
    struct event *event;

    if (!is_replayed(delivery, row))
        return event_new("notification", row->json, row->len);
    buf_init(&json, row->len + ENVELOPE_BYTES);
    buf_add(&json, row->json, row->len - 1);
    buf_add_text(&json, ",\"replayed\":true}");
    event = event_new("notification", json.data, json.len);
    buf_release(&json);
    return event;
}

/* Whether the page's row is to be sent now. */
static bool is_wanted(const struct delivery *delivery, const struct store_row *row)
{
    if (row->confirmed_at < 0)
        return true;
    if (delivery->again && again_has_sent(delivery->again, row->id, row->confirmed_at))
        return false;
    return !delivery->recent || !recent_holds(delivery->recent, row->id);
}

/* A page was sent: notes how far, and whether the delivery is live now. */
static void scan_move_on(struct delivery *delivery, const struct store_page *page)
{
    if (page->upto > delivery->after)
        delivery->after = page->upto;
    if (page->complete && page->upto > delivery->highest)
        delivery->highest = page->upto;
    delivery->live = page->complete && !delivery->again;
    if (!delivery->again || !again_ends(delivery->again, &delivery->after, page->complete))
        return;
    delivery->live = page->complete && delivery->after >= page->upto;
    again_free(delivery->again);
    delivery->again = NULL;
}

static void send_rows(struct delivery *delivery, const struct store_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct store_row *row = &page->rows[i];

        if (delivery->again && again_is_behind(delivery->again, row->id))
            break;
        if (is_wanted(delivery, row)) {
            struct event *event = page_event(delivery, row);

            send_row(delivery, row, event);
            event_unref(event);
        }
    }
}

static void send_page(struct delivery *delivery, const struct store_page *page)
{
    trail_note(&delivery->trail, delivery->after, clock_steady_ms(delivery->service->clock));
    delivery_times_end(&delivery->service->times);
    send_rows(delivery, page);
    delivery_times_end(&delivery->service->times);
    scan_move_on(delivery, page);
    if (delivery->live)
        fresh_release(&delivery->fresh);
    burst_flush(delivery);
}

/* What is fetched behind the first page, other gateways may have delivered meanwhile; that the user
 * has come to them may be heard later. */
static void scan_note_mark(struct delivery *delivery, const struct store_page *page)
{
    if (!page->mark || delivery->scan_mark)
        return;
    delivery->scan_mark = mem_strdup(page->mark);
    delivery_share_gateways(delivery);
}

static void on_fetched(void *context, const struct store_page *page, int64_t scan_started)
{
    struct delivery *delivery = context;

    delivery->fetching = false;
    if (!delivery->peer) {
        free(delivery);
        return;
    }
    if (delivery->held)
        return;
    if (page->verdict != STORE_OK) {
        retry_begin(delivery);
        return;
    }
    if (!delivery->again || !again_runs(delivery->again)) {
        delivery->scan_started = scan_started;
        scan_note_mark(delivery, page);
    }
    send_page(delivery, page);
    delivery_proceed(delivery);
}

static void delivery_fetch(struct delivery *delivery)
{
    bool is_again = delivery->again && again_runs(delivery->again);
    struct store_scan scan = {
        .user = delivery->user,
        .after = delivery->after,
        .started = is_again ? again_started(delivery->again) : delivery->scan_started,
        .shared = delivery->shared,
        .mark = is_again ? again_mark(delivery->again) : delivery->scan_mark,
        .max_rows = room_rows(delivery),
        .max_bytes = room_bytes(delivery),
    };

    delivery->fetching = true;
    retry_end(delivery);
    store_fetch(delivery->service->store, &scan, on_fetched, delivery);
}

/* What others have delivered since is counted from when the rows became due: so later rows, of
 * which they may have delivered some before, are left to the delivery's own scan. */
static void scan_begin_anew(struct delivery *delivery)
{
    again_begin(delivery->again, delivery->shared || delivery->recent ? delivery->after : INT64_MAX,
        delivery->after);
    delivery->after = 0;
    delivery_fetch(delivery);
}

/* Fetches if there is something to fetch, and enough room to be worth a request. */
static void delivery_proceed(struct delivery *delivery)
{
    if (delivery->live || delivery->fetching || delivery->held ||
        !store_may_deliver(delivery->service->store))
        return;
    if (delivery->again && again_waits(delivery->again)) {
        if (window_count(&delivery->window) == 0)
            scan_begin_anew(delivery);
    } else if (room_rows(delivery) * 2 >= delivery->service->window_rows &&
               room_bytes(delivery) * 2 >= delivery->service->window_bytes) {
        delivery_fetch(delivery);
    }
}

static void join_siblings(struct delivery *delivery, struct delivery *sibling)
{
    delivery->sibling = sibling ? sibling->sibling : delivery;
    if (!sibling)
        return;
    sibling->sibling = delivery;
    delivery_share(delivery);
}

static void leave_siblings(struct delivery *delivery)
{
    struct delivery *previous = delivery;

    while (previous->sibling != delivery)
        previous = previous->sibling;
    previous->sibling = delivery->sibling;
}

struct delivery *delivery_begin(struct delivery_service *service, struct peer *peer,
    const char *user, bool acknowledged_by_client, int64_t known,
    const struct store_attached *attached, struct delivery *sibling)
{
    struct delivery *delivery = mem_zalloc(sizeof(*delivery));

    delivery->service = service;
    delivery->peer = peer;
    delivery->user = user;
    delivery->known = known;
    delivery->begun_at = clock_wall_ms(service->clock);
    delivery->by_client = acknowledged_by_client;
    join_siblings(delivery, sibling);
    delivery->scan_started = attached ? attached->scan_started : store_scan_moment(service->store);
    if (attached) {
        scan_note_mark(delivery, &attached->page);
        send_page(delivery, &attached->page);
    }
    delivery_proceed(delivery);
    return delivery;
}

/* Tells the store and the siblings what is confirmed. */
static void delivery_confirm(
    struct delivery *delivery, const int64_t *ids, const struct window_settled *settled)
{
    struct delivery_service *service = delivery->service;
    int64_t now = store_confirm_moment(service->store);

    service->confirmed += settled->count;
    if (delivery->again)
        again_note_sent(delivery->again, ids, settled->valid, now);
    if (delivery->recent)
        recent_note(delivery->recent, ids, settled->valid, clock_steady_ms(service->clock));
    for (struct delivery *other = delivery->sibling; other != delivery; other = other->sibling)
        window_forestall(&other->window, ids, settled->first);
    store_sent(service->store, delivery->user, ids, settled->first, true, now);
    store_sent(service->store, delivery->user, ids + settled->first,
        settled->count - settled->first, false, now);
}

/* Takes the settled rows out of the window by `take`, and goes on. */
static bool delivery_settle(struct delivery *delivery, uint32_t mark,
    struct window_settled (*take)(struct window *, uint32_t, int64_t *, uint32_t *))
{
    size_t before = window_count(&delivery->window);
    uint32_t *sent_at;
    int64_t *ids;
    struct window_settled settled;

    if (before == 0)
        return false;
    ids = mem_array(before, sizeof(*ids));
    sent_at = mem_array(before, sizeof(*sent_at));
    settled = take(&delivery->window, mark, ids, sent_at);
    if (settled.count > 0) {
        window_changed(delivery, before);
        delivery_times_note_confirmed(
            &delivery->service->times, delivery->service->clock, sent_at, settled.count);
        delivery_confirm(delivery, ids, &settled);
        expect_confirmation(delivery, true);
        delivery_proceed(delivery);
    }
    free(sent_at);
    free(ids);
    return settled.count > 0;
}

void delivery_confirmed(struct delivery *delivery, uint32_t sequence)
{
    delivery_settle(delivery, sequence, window_settle_through);
}

bool delivery_acknowledged(struct delivery *delivery, uint32_t id)
{
    return delivery_settle(delivery, id, window_settle_one);
}

void delivery_end(struct delivery **handle)
{
    struct delivery *delivery = *handle;

    if (!delivery)
        return;
    *handle = NULL;
    leave_siblings(delivery);
    wheel_stop(&delivery->overdue);
    retry_end(delivery);
    if (delivery->burst)
        burst_end(delivery);
    if (window_count(&delivery->window) > 0) {
        int64_t *ids = mem_array(window_count(&delivery->window), sizeof(*ids));
        size_t count = window_settle_all(&delivery->window, ids).count;

        window_changed(delivery, count);
        store_sent(delivery->service->store, delivery->user, ids, count, false,
            clock_wall_ms(delivery->service->clock));
        free(ids);
    }
    fresh_release(&delivery->fresh);
    again_free(delivery->again);
    recent_free(delivery->recent);
    free(delivery->scan_mark);
    delivery->again = NULL;
    delivery->peer = NULL;
    if (!delivery->fetching)
        free(delivery);
}

/* A fetch may be answered after another connection has confirmed the same rows, so it must say from
 * the start whether there is, or may be, another connection. */
void delivery_share(struct delivery *delivery)
{
    delivery->shared = true;
    for (struct delivery *other = delivery->sibling; other != delivery; other = other->sibling)
        other->shared = true;
}

void delivery_share_gateways(struct delivery *delivery)
{
    if (!delivery->recent)
        delivery->recent = recent_new();
}

void delivery_acknowledged_by_client(struct delivery *delivery, bool yes)
{
    burst_flush(delivery);
    delivery->by_client = yes;
}

void delivery_news(struct delivery *delivery, const struct store_row *row, struct event *event)
{
    if (delivery->live && !delivery->held && has_room(delivery, row->len) &&
        store_may_deliver(delivery->service->store)) {
        send_row(delivery, row, event);
        return;
    }
    /* The row waits in the store: the next fetch brings it, or a scan again where the delivery has
     * passed its id, since another engine's ids are not in order. */
    delivery->live = false;
    if (row->id <= delivery->after)
        delivery_due(delivery, row->mark);
}

void delivery_outdate(struct delivery *delivery, const int64_t *ids, size_t count)
{
    window_set_back(&delivery->window, ids, count);
}

void delivery_set_back(struct delivery *delivery, const int64_t *ids, size_t count)
{
    delivery_outdate(delivery, ids, count);
    if (delivery->recent)
        recent_forget(delivery->recent, ids, count);
    if (delivery->again)
        again_forget_sent(delivery->again, ids, count);
    if (!delivery->live)
        fresh_note(&delivery->fresh, ids, count, delivery->after);
}

void delivery_due(struct delivery *delivery, const char *mark)
{
    if (!delivery->again)
        delivery->again = again_new(store_scan_moment(delivery->service->store));
    again_want(delivery->again);
    again_since(delivery->again, mark);
    if (mark)
        delivery_share_gateways(delivery);
    delivery->live = false;
    delivery_proceed(delivery);
}

void delivery_hold(struct delivery *delivery)
{
    delivery->held = true;
}

void delivery_resume(struct delivery *delivery)
{
    delivery_proceed(delivery);
}

bool delivery_in_flight(const struct delivery *delivery, int64_t id)
{
    return window_holds(&delivery->window, id);
}

bool delivery_awaits(const struct delivery *delivery, int64_t id)
{
    if (id > delivery->after)
        return !delivery->live;
    return trail_covers(&delivery->trail, id, clock_steady_ms(delivery->service->clock));
}

size_t delivery_unconfirmed(const struct delivery *delivery)
{
    return window_count(&delivery->window);
}

int64_t delivery_highest(const struct delivery *delivery)
{
    return delivery->highest;
}
