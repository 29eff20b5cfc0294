/*
 * traffic: whether other programs commit to the queue in quick succession.
 *
 * SQLite has one write lock for all. A publisher that meets it sleeps for a
 * millisecond or more, so while publishers write one commit after another, the
 * gateway gathers what can wait and writes it seldom.
 */
#ifndef BELFRY_GATEWAY_STORE_TRAFFIC_H
#define BELFRY_GATEWAY_STORE_TRAFFIC_H

#include <stdint.h>

/* Steady ms of the two latest commits of others that were noticed. */
struct traffic {
    int64_t last, before;
};

void traffic_init(struct traffic *traffic);
/* Others have committed, once or more. */
void traffic_note(struct traffic *traffic, int64_t steady);
/* When writing no longer gets into others' way, if no further commit is noticed by then. */
int64_t traffic_quiet_at(const struct traffic *traffic);

#endif
