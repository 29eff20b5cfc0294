/*
 * ask_auth: asks belfry-auth for a token, as a web server would for a visitor
 * without a session. If it answers that there is no session, it is running and
 * works.
 */
#ifndef BELFRY_ADMIN_ASK_AUTH_H
#define BELFRY_ADMIN_ASK_AUTH_H

#include "common/buf.h"
#include "common/config.h"

/* The socket of the systemd unit. */
#define ASK_AUTH_UNIT_SOCKET "/run/belfry/auth.sock"

enum ask_auth { ASK_AUTH_READY, ASK_AUTH_DOWN, ASK_AUTH_UNKNOWN };

/* `said` gets its answer, or why it cannot be asked: UNKNOWN if its socket is not known, or this
 * user may not use it. */
enum ask_auth ask_auth(const struct config *config, struct buf *said);

#endif
