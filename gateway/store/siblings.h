/*
 * siblings: the other gateways that serve the queue: who is connected to them, and
 * what they tell each other directly, such as who is typing.
 *
 * What they tell each other is not stored, and under load it is dropped first: of the
 * texts that wait to be sent, those above SIBLINGS_WAITING_MAX are thrown away and
 * counted, and so are all of them while the queue cannot be used. So whoever is told
 * that something goes on must end it by himself after a while. What must not be lost
 * is a row.
 */
#ifndef BELFRY_GATEWAY_STORE_SIBLINGS_H
#define BELFRY_GATEWAY_STORE_SIBLINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/turn.h"

struct news;

/* Texts that wait to be sent. */
#define SIBLINGS_WAITING_MAX 256

struct siblings {
    char *waiting[SIBLINGS_WAITING_MAX];
    size_t count;
    bool has_more; /* of the users who came to other gateways, or went */
};

void siblings_release(struct siblings *siblings);
/* Takes a text, which is to be sent in this turn. */
void siblings_add(struct siblings *siblings, const struct turn *turn, const char *text);
/* Outside of any transaction: sends what waits, and tells the loop what others have sent. */
void siblings_run(struct siblings *siblings, struct turn *turn);
/* Whether users came to other gateways, or went. */
bool siblings_wait(const struct siblings *siblings, const struct turn *turn);
/* Inside a transaction: tells of some of them. 0, or -1. */
int siblings_read(struct siblings *siblings, const struct turn *turn, struct news *news);
/* The queue cannot be used: what waits is dropped. */
void siblings_drop(struct siblings *siblings, const struct turn *turn);

#endif
