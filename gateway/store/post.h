/*
 * post: how a request goes from the loop to the thread.
 *
 * Between store.c, which owns both ends, and conversations.c.
 */
#ifndef BELFRY_GATEWAY_STORE_POST_H
#define BELFRY_GATEWAY_STORE_POST_H

#include "gateway/store/request.h"

void post_request(struct store *store, struct request *request, void *context);

#endif
