/*
 * broadcast: a row of `broadcasts` as browsers get it.
 */
#ifndef BELFRY_GATEWAY_STORE_BROADCAST_H
#define BELFRY_GATEWAY_STORE_BROADCAST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/reason.h"
#include "gateway/store/page.h"
#include "gateway/store/sqlite/file.h"

enum broadcast_verdict {
    BROADCAST_ADDED,
    BROADCAST_BAD, /* or gone; why */
    BROADCAST_ERROR
};

struct broadcast_times {
    int64_t created_at;
    int64_t expires_at;
    bool ends; /* expires_at is known */
};

/* Adds the row to `page`, and says its times. */
enum broadcast_verdict broadcast_add(struct file *file, int64_t id, struct page *page,
    struct broadcast_times *times, struct reason *why);

#endif
