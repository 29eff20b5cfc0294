/*
 * spawner: a small process that starts the gateway's program anew, for an
 * upgrade, with the arguments, the environment and the folder that this one was
 * started with. The program is the one that stands at its path by then.
 *
 * Why a process of its own: the gateway locks itself in after its start (seccomp,
 * Landlock), and what it starts would inherit that: a new program could not open
 * its files, and Landlock cannot be taken back. The spawner is forked before, and
 * before there is any thread or loop. It holds nothing but its end of a socket,
 * reads nothing but the descriptor that it is sent, and ends when the gateway
 * ends, however that ends.
 *
 * The new process is nobody's child: it outlives the gateway, and whoever reaps
 * orphans (systemd) becomes its parent.
 */
#ifndef BELFRY_GATEWAY_PROCESS_SPAWNER_H
#define BELFRY_GATEWAY_PROCESS_SPAWNER_H

#include "common/reason.h"

/* Names the descriptor of the channel to the gateway that started this one. */
#define SPAWNER_CHANNEL "BELFRY_UPGRADE_CHANNEL"

struct spawner {
    int socket; /* -1: there is none */
};

/* Forks it. `argv`: of this program. 0, or -1 with the reason. */
int spawner_start(struct spawner *spawner, char **argv, struct reason *why);
/* Asks it to start the program. Returns the channel to the new process (a socket of whole messages,
 * which ends if the process does), or -1 with the reason. If the program cannot be executed, the
 * channel says why: "! No such file or directory". */
int spawner_spawn(const struct spawner *spawner, struct reason *why);
void spawner_stop(struct spawner *spawner);

/* In the new process, at its start: the channel to the gateway that started it, or -1: none did. */
int spawner_channel(void);

#endif
