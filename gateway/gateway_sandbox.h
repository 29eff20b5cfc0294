/*
 * gateway_sandbox: what a gateway keeps once it has started (common/sandbox.h):
 * to read its configuration, its secrets and what every process needs; to write
 * to the folders of the queue, of the sessions and of its own Unix sockets; and
 * sockets.
 */
#ifndef BELFRY_GATEWAY_GATEWAY_SANDBOX_H
#define BELFRY_GATEWAY_GATEWAY_SANDBOX_H

#include "common/log.h"
#include "gateway/setup.h"

/* Gives up the rest, unless the configuration says no, and logs what is in force. To be called
 * before the first thread is started and before the loop is made. */
void gateway_sandbox_enter(const struct setup *setup, const struct logger *log);
/* What would be in force, "sandbox: …", for --check. */
void gateway_sandbox_print(const struct setup *setup);

#endif
