#include "gateway/net/wheel.h"

#include <stddef.h>
#include <stdlib.h>

#include "common/memory.h"

#define SLOTS 512
/* Deadlines of at most so much use the fine level, whose round is longer than that. */
#define FINE_MAX_MS 2000
#define NEVER INT64_MAX
/* The timer expires at most so many before sockets have their turn: each may be a write. */
#define SLICE 64

/* Slots of one length. Each is a ring with a head, so that an entry can be unlinked without knowing
 * its slot. */
struct level {
    int64_t slot_ms;
    int64_t turned; /* the last slot that was processed, counted from steady time 0 */
    struct wheel_entry slots[SLOTS];
};

struct wheel {
    uv_timer_t timer;
    uv_idle_t rest; /* runs while `due` has entries that the timer left */
    const struct clock *clock;
    int64_t wakes_at;       /* steady milliseconds that the timer is set to, or NEVER */
    struct wheel_entry due; /* a ring: those whose time has come */
    struct level fine, coarse;
    unsigned open; /* handles that are not closed yet */
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

/* The first slot that does not begin before `due`: never early, at most one slot late. */
static int64_t slot_of(const struct level *level, int64_t due)
{
    return (due + level->slot_ms - 1) / level->slot_ms;
}

static struct wheel_entry *slot_head(struct level *level, int64_t slot)
{
    return &level->slots[slot % SLOTS];
}

static void level_init(struct level *level, int64_t slot_ms, int64_t now)
{
    level->slot_ms = slot_ms;
    level->turned = now / slot_ms;
    for (size_t i = 0; i < SLOTS; i++)
        ring_init(&level->slots[i]);
}

/* Returns when the entry will be processed. */
static int64_t level_add(struct level *level, struct wheel_entry *entry)
{
    int64_t slot = slot_of(level, entry->due);

    if (slot <= level->turned)
        slot = level->turned + 1;
    ring_add(slot_head(level, slot), entry);
    return slot * level->slot_ms;
}

/* Moves the entries of a slot that are due at slot `now` to `due`; those of later rounds stay. */
static void gather_slot(struct level *level, int64_t slot, int64_t now, struct wheel_entry *due)
{
    struct wheel_entry *head = slot_head(level, slot);
    struct wheel_entry *next;

    for (struct wheel_entry *entry = head->next; entry != head; entry = next) {
        next = entry->next;
        if (slot_of(level, entry->due) > now)
            continue;
        wheel_stop(entry);
        ring_add(due, entry);
    }
}

static void level_gather(struct level *level, int64_t now_ms, struct wheel_entry *due)
{
    int64_t now = now_ms / level->slot_ms;
    int64_t first = level->turned + 1;

    if (first < now - SLOTS + 1)
        first = now - SLOTS + 1;
    for (int64_t slot = first; slot <= now; slot++)
        gather_slot(level, slot, now, due);
    if (now > level->turned)
        level->turned = now;
}

/* When to process the next slot with an entry. An entry of a later round wakes the wheel once per
 * round, which is cheaper than searching for it. */
static int64_t level_next(struct level *level)
{
    for (int64_t slot = level->turned + 1; slot <= level->turned + SLOTS; slot++) {
        if (!ring_empty(slot_head(level, slot)))
            return slot * level->slot_ms;
    }
    return NEVER;
}

static void on_timer(uv_timer_t *timer);

static void wake_at(struct wheel *wheel, int64_t at)
{
    if (at >= wheel->wakes_at || uv_is_closing((uv_handle_t *)&wheel->timer))
        return;
    wheel->wakes_at = at;
    int64_t wait = at - clock_steady_ms(wheel->clock);
    uv_update_time(wheel->timer.loop);
    uv_timer_start(&wheel->timer, on_timer, wait > 0 ? (uint64_t)wait : 0, 0);
}

/* Expires at most `most` of those that are due. */
static void expire_due(struct wheel *wheel, size_t most)
{
    for (size_t i = 0; i < most && !ring_empty(&wheel->due); i++) {
        struct wheel_entry *entry = wheel->due.next;

        wheel_stop(entry);
        entry->expired(entry);
    }
}

static void gather_due(struct wheel *wheel)
{
    int64_t now = clock_steady_ms(wheel->clock);

    level_gather(&wheel->fine, now, &wheel->due);
    level_gather(&wheel->coarse, now, &wheel->due);
}

static void wake_for_next(struct wheel *wheel)
{
    wake_at(wheel, level_next(&wheel->fine));
    wake_at(wheel, level_next(&wheel->coarse));
}

static void on_rest(uv_idle_t *rest)
{
    struct wheel *wheel = rest->data;

    expire_due(wheel, SLICE);
    if (ring_empty(&wheel->due))
        uv_idle_stop(rest);
}

static void on_timer(uv_timer_t *timer)
{
    struct wheel *wheel = timer->data;

    wheel->wakes_at = NEVER;
    gather_due(wheel);
    expire_due(wheel, SLICE);
    if (!ring_empty(&wheel->due) && !uv_is_closing((uv_handle_t *)&wheel->rest))
        uv_idle_start(&wheel->rest, on_rest);
    wake_for_next(wheel);
}

struct wheel *wheel_new(uv_loop_t *loop, const struct clock *clock)
{
    struct wheel *wheel = mem_zalloc(sizeof(*wheel));

    wheel->clock = clock;
    wheel->wakes_at = NEVER;
    level_init(&wheel->fine, WHEEL_FINE_MS, clock_steady_ms(clock));
    level_init(&wheel->coarse, WHEEL_COARSE_MS, clock_steady_ms(clock));
    ring_init(&wheel->due);
    uv_timer_init(loop, &wheel->timer);
    uv_unref((uv_handle_t *)&wheel->timer);
    uv_idle_init(loop, &wheel->rest);
    uv_unref((uv_handle_t *)&wheel->rest);
    wheel->timer.data = wheel->rest.data = wheel;
    wheel->open = 2;
    return wheel;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct wheel *wheel = handle->data;

    if (--wheel->open == 0)
        free(wheel);
}

void wheel_free(struct wheel *wheel)
{
    if (!wheel)
        return;
    uv_close((uv_handle_t *)&wheel->timer, on_handle_closed);
    uv_close((uv_handle_t *)&wheel->rest, on_handle_closed);
}

void wheel_start(struct wheel *wheel, struct wheel_entry *entry, int64_t after_ms,
    void (*expired)(struct wheel_entry *entry))
{
    wheel_stop(entry);
    if (after_ms < 0)
        after_ms = 0;
    entry->due = clock_steady_ms(wheel->clock) + after_ms;
    entry->expired = expired;
    wake_at(wheel, level_add(after_ms <= FINE_MAX_MS ? &wheel->fine : &wheel->coarse, entry));
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

void wheel_turn(struct wheel *wheel)
{
    gather_due(wheel);
    expire_due(wheel, SIZE_MAX);
    wake_for_next(wheel);
}
