/*
 * gateway: the whole process, put together and taken apart again.
 *
 *     loop ── wheel ── server ── framings ── realtime ── store (its thread)
 *                 └─── ops
 *
 * Start: configuration, secrets, the store, then the listeners: whoever reads
 * "listening on" may connect. SIGTERM or SIGINT drain: clients are sent away evenly over `drain`,
 * then the store writes what is confirmed, then every handle is closed, and gateway_run returns. A
 * second one ends at once. SIGHUP reads configuration and secrets again; no connection is lost, and
 * where something in them is wrong the old ones stay.
 */
#ifndef BELFRY_GATEWAY_GATEWAY_H
#define BELFRY_GATEWAY_GATEWAY_H

#include "common/log.h"
#include "common/reason.h"

/* Runs until told to stop. `config_path` may be NULL. Returns the exit status: 0, 1 where something
 * the system has is missing or in use, 2 where the configuration is wrong; why is on standard
 * error. */
int gateway_run(const char *config_path);

/* Says what would be used, and whether it would do, on standard output. Exit status as above. */
int gateway_check(const char *config_path);

#endif
