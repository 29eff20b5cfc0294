/*
 * system_calls: which system calls this process may still make, held by the
 * kernel (seccomp(2), by libseccomp).
 *
 * Allowed are those that Belfry's programs and their libraries use. A call that
 * no daemon has use for (starting a program, tracing, mounting, loading into
 * the kernel) ends the process at once; any other fails with ENOSYS, as on an
 * older kernel, since libraries try new calls and fall back to those they know.
 * The kernel's audit log names both.
 *
 * It applies to all threads of the process and cannot be undone.
 */
#ifndef BELFRY_COMMON_SYSTEM_CALLS_H
#define BELFRY_COMMON_SYSTEM_CALLS_H

#include <stdbool.h>

#include "common/reason.h"

/* Whether this program and this kernel can do it; if not, with the reason. */
bool system_calls_can_be_restricted(struct reason *why);
/* `internet`: sockets may also be IPv4 and IPv6. Sets no_new_privs. Returns 0, or -1 with the
 * reason: then nothing else has changed. */
int system_calls_restrict(bool internet, struct reason *why);

#endif
