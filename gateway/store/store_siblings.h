/*
 * store_siblings: what the loop tells the other gateways that serve the queue,
 * and hears from them (struct store_news). Part of store.h.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_SIBLINGS_H
#define BELFRY_GATEWAY_STORE_STORE_SIBLINGS_H

struct store;

/* Tells all other gateways that text, as `said`. It is dropped where too much waits, or the queue
 * cannot be used; where there can be no others, nothing happens. */
void store_tell_siblings(struct store *store, const char *text);

#endif
