/*
 * window: the notifications that one connection was sent and has not confirmed.
 *
 * Each has a mark: the number of the peer_mark after it, or of the
 * acknowledgement asked for. Marks only grow, so a mark that comes back settles
 * all up to its number, while an acknowledgement settles one.
 *
 * A row that another connection of the user confirms first is marked as
 * forestalled. A later confirmation by this connection says nothing new: if the
 * row is pending by then, somebody has set it back, to be delivered once more.
 *
 * A zeroed window is empty and holds no memory; a window that becomes empty
 * frees its memory.
 */
#ifndef BELFRY_GATEWAY_DELIVERY_WINDOW_H
#define BELFRY_GATEWAY_DELIVERY_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct window_rows;

struct window {
    struct window_rows *rows; /* in the order sent; NULL: it is empty */
};

size_t window_count(const struct window *window);
size_t window_bytes(const struct window *window);

/* `sent_at`: steady ms, of which the lower 32 bits are enough to tell how long ago that was. */
void window_add(struct window *window, int64_t id, uint32_t bytes, uint32_t mark, uint32_t sent_at,
    bool forestalled);
bool window_holds(const struct window *window, int64_t id);

/* Another connection has confirmed these. */
void window_forestall(struct window *window, const int64_t *ids, size_t count);
/* These were set back, or taken away, after they were sent: a confirmation says nothing about the
 * row as it is now. */
void window_set_back(struct window *window, const int64_t *ids, size_t count);

/* How many were taken out. The ids are ordered: the first `first` had not been confirmed before,
 * and the first `valid` were not set back. */
struct window_settled {
    size_t count, first, valid;
};

/* Take out what is settled and write the ids to `ids` (which has room for window_count), and to
 * `sent_at`, unless NULL, when each was sent, in another order. */
struct window_settled window_settle_through(
    struct window *window, uint32_t mark, int64_t *ids, uint32_t *sent_at);
struct window_settled window_settle_one(
    struct window *window, uint32_t mark, int64_t *ids, uint32_t *sent_at);
struct window_settled window_settle_all(struct window *window, int64_t *ids);

void window_release(struct window *window);

#endif
