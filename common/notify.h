/*
 * notify: tells systemd what state the program is in (sd_notify(3)): one
 * datagram to the socket that NOTIFY_SOCKET names. Without one, nothing.
 * Failures are ignored: a program serves whether systemd hears it or not.
 */
#ifndef BELFRY_COMMON_NOTIFY_H
#define BELFRY_COMMON_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STOPPING=1", or several of these in lines. */
void notify(const char *state);
/* … after formatting it. */
void notifyf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The configuration is about to be read again; READY=1 must follow. */
void notify_reloading(void);

/* How long systemd waits for WATCHDOG=1 before it restarts the program, in ms, where it has asked
 * this process for it (WatchdogSec=); 0: it has not. */
int64_t notify_watchdog_ms(void);

#endif
