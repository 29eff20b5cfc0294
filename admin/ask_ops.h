/*
 * ask_ops: asks the running gateway, at the address where it answers operators.
 */
#ifndef BELFRY_ADMIN_ASK_OPS_H
#define BELFRY_ADMIN_ASK_OPS_H

#include "admin/http_client.h"
#include "common/config.h"
#include "common/reason.h"

/* The first address of `ops_listen`, lent. NULL with the reason if there is none, or if its port is
 * chosen anew at each start. */
const char *ask_ops_address(const struct config *config, struct reason *why);

/* Asks there for a path, which has its query percent-encoded. Returns the status, or -1 with the
 * reason; in both cases the reply has to be released. */
int ask_ops(const char *address, const char *path, struct http_reply *reply, struct reason *why);

/* Appends text as a value of a query. */
void ask_ops_add_value(struct buf *out, const char *text);

#endif
