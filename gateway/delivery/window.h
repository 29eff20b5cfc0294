/*
 * window: the notifications that one connection was sent and has not confirmed.
 *
 * Each has a mark: the number of the ping behind it, or of the acknowledgement
 * asked for. Marks only grow, so a pong settles all up to its number (RFC 6455,
 * section 5.5.3), while an acknowledgement settles one.
 *
 * A zeroed window is an empty one and holds no memory; one that falls empty
 * gives its memory back.
 */
#ifndef BELFRY_GATEWAY_DELIVERY_WINDOW_H
#define BELFRY_GATEWAY_DELIVERY_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct window_item;

struct window {
    struct window_item *items; /* in the order sent */
    uint32_t count, size;
    size_t octets;
};

void window_add(struct window *window, int64_t id, uint32_t octets, uint32_t mark);
bool window_holds(const struct window *window, int64_t id);

/* Take out what is settled, write the ids to `ids` (room for window->count), return how many. */
size_t window_settle_through(struct window *window, uint32_t mark, int64_t *ids);
size_t window_settle_one(struct window *window, uint32_t mark, int64_t *ids);
size_t window_settle_all(struct window *window, int64_t *ids);

void window_release(struct window *window);

#endif
