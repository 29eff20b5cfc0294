/*
 * delivery_rig: a user's two devices, each with a delivery, over a real store and
 * real sockets. A device is a page that answers each ping; its delivery is told of the
 * pong only when the test says so.
 */
#ifndef BELFRY_TESTS_UNIT_DELIVERY_RIG_H
#define BELFRY_TESTS_UNIT_DELIVERY_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/delivery/delivery.h"
#include "tests/unit/realtime/realtime_rig.h"

/* For what ought to come. */
#define SOON_MS 10000
/* The bytes of a window; it has room for 64 rows. */
#define OCTETS 65536

struct device {
    struct page page;
    struct peer *peer; /* NULL once it is closed */
    struct delivery *delivery;
    uint32_t sequence; /* of the last pong */
    size_t pongs;
    int closed; /* its code */
};

struct scene {
    struct realtime_rig rig; /* first: its store_rig is the context of all news */
    struct delivery_service service;
    struct device phone, desk;
    struct device *connecting;
};

/* For cmocka: both devices are connected, and have delivered nothing. */
int devices_set_up(void **state);
int devices_tear_down(void **state);
/* The device begins a delivery; `sibling` as in delivery_begin. */
void device_subscribe(struct scene *scene, struct device *device, struct delivery *sibling);

/* Receives that many notifications, and the ping after the last of them is answered. */
bool device_has(struct device *device, size_t count);
/* Tells its delivery of the last pong. */
void device_confirm(struct device *device);

#endif
