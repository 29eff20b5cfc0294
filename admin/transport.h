/*
 * transport: a stream of bytes to a server, plain or TLS, where nothing waits
 * longer than the caller allows.
 *
 * TLS is 1.2 or newer. The certificate must be valid for the host of the target
 * and lead to a certificate authority that the system trusts (OpenSSL's
 * defaults, so SSL_CERT_FILE and SSL_CERT_DIR count). There is no way to leave
 * that out.
 *
 * What blocks ends at the deadline, with ETIMEDOUT. One thread, one transport.
 */
#ifndef BELFRY_ADMIN_TRANSPORT_H
#define BELFRY_ADMIN_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "admin/wire.h"
#include "common/reason.h"

struct transport;

/* Looks the host up, connects to the first of its addresses that answers, and shakes hands where
 * the target says TLS, all of it within `ms` milliseconds. NULL with the reason. */
struct transport *transport_open(const struct wire_target *target, int64_t ms, struct reason *why);
/* NULL is fine. */
void transport_close(struct transport *transport);

/* The calls below may take that long from now on, all together. */
void transport_allow(struct transport *transport, int64_t ms);

/* Reads what there is, at least a byte. 0: the server has closed its side; -1 with errno. */
ssize_t transport_read(struct transport *transport, void *out, size_t size);
/* Likewise, but where nothing has come, -1 with EAGAIN. */
ssize_t transport_read_now(struct transport *transport, void *out, size_t size);
/* Writes all of it. 0, or -1 with errno. */
int transport_write(struct transport *transport, const void *data, size_t len);
/* Whether something can be read within `ms`, whatever the deadline (-1: however long it takes): 1,
 * or 0. */
int transport_wait(struct transport *transport, int ms);

/* For a reason: what the last -1 was about. Lent until the next call. */
const char *transport_fault(const struct transport *transport);

#endif
