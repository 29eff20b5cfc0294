/*
 * gateway: builds the whole process, runs it, and takes it down again.
 *
 *     loop ── wheel ── server ── framings ── realtime ── store (its thread)
 *                 └─── ops
 *
 * Start: configuration, secrets, the store, then the listeners, so that clients
 * may connect as soon as the log says "listening on". SIGTERM or SIGINT drains:
 * clients are closed evenly over `drain`, the store writes what is confirmed,
 * every handle is closed, and gateway_run returns; a second signal ends the
 * process at once. SIGHUP reads configuration and secrets again: no connection
 * is lost, and if anything in them is wrong the old ones stay in force. SIGUSR2
 * lets a new process take the place of this one (succession.h); so does SIGHUP
 * where another program stands at this one's path. Connections are then sent
 * there, spread over `drain`, and this process ends.
 */
#ifndef BELFRY_GATEWAY_GATEWAY_H
#define BELFRY_GATEWAY_GATEWAY_H

#include "common/log.h"
#include "common/reason.h"

/* Runs until told to stop. `config_path` may be NULL; `argv` is this program's. Returns the exit
 * status: 0; 1 if something is missing or in use; 2 if the configuration is wrong. The reason is on
 * standard error. */
int gateway_run(const char *config_path, char **argv);

/* Prints on standard output what would be used and whether it works. Exit status as above. */
int gateway_check(const char *config_path, char **argv);

#endif
