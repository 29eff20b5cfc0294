/*
 * program_sandbox: what an endpoint's program keeps once it has started
 * (common/sandbox.h): to read its configuration, its secrets and what every
 * process needs; to remove its own socket; and what its endpoint says.
 *
 * A CGI program serves one request and ends: it is not confined.
 */
#ifndef BELFRY_FCGI_PROGRAM_SANDBOX_H
#define BELFRY_FCGI_PROGRAM_SANDBOX_H

#include "common/buf.h"
#include "fcgi/program_settings.h"
#include "fcgi/server_socket.h"

/* Gives up the rest, unless the configuration says no, and logs what is in force. To be called
 * before the first thread is started. */
void program_sandbox_enter(const struct program_settings *settings,
    const struct server_socket *socket, const struct logger *log);
/* Appends what would be in force, "sandbox: …", for --check. */
void program_sandbox_describe(const struct program_settings *settings, struct buf *out);

#endif
