/*
 * inherited: listening sockets that were made before this process began: by
 * systemd, which passes them to whatever it starts, or by the gateway in whose
 * place this one comes.
 *
 * A socket of systemd's has no address here: it takes the place of what is
 * configured. One of an earlier gateway's has the address with which it was
 * configured, and is used where the same address is configured still.
 *
 * It owns the descriptors that are not taken.
 */
#ifndef BELFRY_GATEWAY_PROCESS_INHERITED_H
#define BELFRY_GATEWAY_PROCESS_INHERITED_H

#include <stddef.h>

#include "common/config_list.h"
#include "common/reason.h"

#define INHERITED_MAX 32
/* The name of sockets for operators (FileDescriptorName=). */
#define INHERITED_OPERATORS "ops"

enum inherited_use { INHERITED_FOR_CLIENTS, INHERITED_FOR_OPERATORS };

struct inherited_socket {
    int fd;
    enum inherited_use use;
    char *address; /* NULL: systemd's */
};

struct inherited {
    struct inherited_socket sockets[INHERITED_MAX];
    size_t count;
};

/* Takes the descriptor, and copies the address. -1 with the reason where there are too many. */
int inherited_add(struct inherited *inherited, int fd, enum inherited_use use, const char *address,
    struct reason *why);
/* Takes those that systemd passes to this process. Those that are named INHERITED_OPERATORS, or
 * have an address that is among `operators`, are for operators. 0, or -1 with the reason. */
int inherited_from_systemd(
    struct inherited *inherited, const struct config_list *operators, struct reason *why);
/* The first for that use with that address, or, if NULL, of systemd's: the caller's from now on.
 * -1: there is none. */
int inherited_take(struct inherited *inherited, enum inherited_use use, const char *address);
/* Closes those that were not taken. */
void inherited_close(struct inherited *inherited);

#endif
