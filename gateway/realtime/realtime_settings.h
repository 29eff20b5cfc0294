/*
 * realtime_settings: the part of the configuration that realtime uses. What it
 * points to is lent, and must live until realtime_free or the next
 * realtime_update.
 */
#ifndef BELFRY_GATEWAY_REALTIME_REALTIME_SETTINGS_H
#define BELFRY_GATEWAY_REALTIME_REALTIME_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "common/token.h"
#include "gateway/realtime/rate.h"

enum presence_scope { PRESENCE_SHARED, PRESENCE_EVERYONE, PRESENCE_OFF };

struct realtime_settings {
    struct token_policy policy;
    const struct secrets *secrets;
    const struct config_list *auto_subscribe;
    size_t max_topics;
    size_t max_connections_per_user;
    struct rate_limit rate;
    size_t delivery_window; /* rows */
    size_t delivery_bytes;
    int64_t confirm_timeout_ms;
    size_t max_buffer; /* bytes that may wait for a client before it is too slow */
    int64_t drain_ms;  /* closing clients that must reconnect is spread over this time */
    enum presence_scope presence_scope;
    int64_t presence_grace_ms;
};

#endif
