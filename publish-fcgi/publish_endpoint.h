/*
 * publish_endpoint: publishing over HTTP, for applications that cannot open the
 * queue. It writes the same rows that an INSERT would.
 *
 * Each thread has the queue open for itself. Several processes may serve one
 * queue: everything that must not happen twice is decided in the queue.
 */
#ifndef BELFRY_PUBLISH_PUBLISH_ENDPOINT_H
#define BELFRY_PUBLISH_PUBLISH_ENDPOINT_H

#include "fcgi/endpoint.h"

extern const struct endpoint_kind publish_endpoint_kind;

#endif
