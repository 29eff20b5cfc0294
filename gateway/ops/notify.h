/*
 * notify: tells systemd what state the program is in (sd_notify(3)): one
 * datagram to the socket that NOTIFY_SOCKET names. Without one, nothing.
 */
#ifndef BELFRY_GATEWAY_OPS_NOTIFY_H
#define BELFRY_GATEWAY_OPS_NOTIFY_H

/* "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=…". Failures are ignored. */
void notify(const char *state);
void notify_reloading(void);

#endif
