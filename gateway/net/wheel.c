#include "gateway/net/wheel.h"

#include <stddef.h>
#include <stdlib.h>

#include "common/memory.h"

#define SLOT_MS 100
#define SLOTS 512
#define NEVER INT64_MAX

/* Each slot is a ring through its head, so that an entry leaves without knowing its slot. */
struct wheel {
    uv_timer_t timer;
    const struct clock *clock;
    int64_t turned; /* the last slot that was looked at, counted since steady time began */
    int64_t wakes;  /* the slot that the timer is set to, or NEVER */
    struct wheel_entry slots[SLOTS];
};

static void ring_init(struct wheel_entry *head)
{
    head->next = head->previous = head;
}

static void ring_add(struct wheel_entry *head, struct wheel_entry *entry)
{
    entry->next = head;
    entry->previous = head->previous;
    head->previous->next = entry;
    head->previous = entry;
}

static bool ring_empty(const struct wheel_entry *head)
{
    return head->next == head;
}

/* The slot whose beginning is not before `due`: never early, late by one slot at most. */
static int64_t slot_of(int64_t due)
{
    return (due + SLOT_MS - 1) / SLOT_MS;
}

static struct wheel_entry *slot_head(struct wheel *wheel, int64_t slot)
{
    return &wheel->slots[slot % SLOTS];
}

static void on_timer(uv_timer_t *timer)
{
    struct wheel *wheel = timer->data;

    wheel->wakes = NEVER;
    wheel_turn(wheel);
}

static void wake_at(struct wheel *wheel, int64_t slot)
{
    if (slot >= wheel->wakes || uv_is_closing((uv_handle_t *)&wheel->timer))
        return;
    wheel->wakes = slot;
    int64_t wait = slot * SLOT_MS - clock_steady_ms(wheel->clock);
    uv_update_time(wheel->timer.loop);
    uv_timer_start(&wheel->timer, on_timer, wait > 0 ? (uint64_t)wait : 0, 0);
}

struct wheel *wheel_new(uv_loop_t *loop, const struct clock *clock)
{
    struct wheel *wheel = mem_zalloc(sizeof(*wheel));

    wheel->clock = clock;
    wheel->turned = clock_steady_ms(clock) / SLOT_MS;
    wheel->wakes = NEVER;
    for (size_t i = 0; i < SLOTS; i++)
        ring_init(&wheel->slots[i]);
    uv_timer_init(loop, &wheel->timer);
    uv_unref((uv_handle_t *)&wheel->timer);
    wheel->timer.data = wheel;
    return wheel;
}

static void on_closed(uv_handle_t *timer)
{
    free(timer->data);
}

void wheel_free(struct wheel *wheel)
{
    if (wheel)
        uv_close((uv_handle_t *)&wheel->timer, on_closed);
}

void wheel_start(struct wheel *wheel, struct wheel_entry *entry, int64_t after_ms,
    void (*expired)(struct wheel_entry *entry))
{
    wheel_stop(entry);
    int64_t now = clock_steady_ms(wheel->clock);
    entry->due = now + (after_ms > 0 ? after_ms : 0);
    entry->expired = expired;
    int64_t slot = slot_of(entry->due);
    if (slot <= wheel->turned)
        slot = wheel->turned + 1;
    ring_add(slot_head(wheel, slot), entry);
    wake_at(wheel, slot);
}

void wheel_stop(struct wheel_entry *entry)
{
    if (!wheel_started(entry))
        return;
    entry->previous->next = entry->next;
    entry->next->previous = entry->previous;
    entry->next = entry->previous = NULL;
}

bool wheel_started(const struct wheel_entry *entry)
{
    return entry->next != NULL;
}

/* Moves what is due by `slot` to `due`; what is due in a later round stays. */
static void gather_due(struct wheel_entry *head, int64_t slot, struct wheel_entry *due)
{
    struct wheel_entry *next;

    for (struct wheel_entry *entry = head->next; entry != head; entry = next) {
        next = entry->next;
        if (slot_of(entry->due) > slot)
            continue;
        wheel_stop(entry);
        ring_add(due, entry);
    }
}

/* An entry of a later round wakes the wheel once a round, which is cheaper than looking for it. */
static void wake_for_next(struct wheel *wheel)
{
    for (int64_t slot = wheel->turned + 1; slot <= wheel->turned + SLOTS; slot++) {
        if (!ring_empty(slot_head(wheel, slot))) {
            wake_at(wheel, slot);
            return;
        }
    }
}

void wheel_turn(struct wheel *wheel)
{
    int64_t now = clock_steady_ms(wheel->clock) / SLOT_MS;
    struct wheel_entry due;

    ring_init(&due);
    int64_t first = wheel->turned + 1;
    if (first < now - SLOTS + 1)
        first = now - SLOTS + 1;
    for (int64_t slot = first; slot <= now; slot++)
        gather_due(slot_head(wheel, slot), now, &due);
    if (now > wheel->turned)
        wheel->turned = now;
    while (!ring_empty(&due)) {
        struct wheel_entry *entry = due.next;

        wheel_stop(entry);
        entry->expired(entry);
    }
    wake_for_next(wheel);
}
