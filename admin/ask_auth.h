/*
 * ask_auth: asks belfry-auth for a token, as a web server would for a visitor
 * without a session: it is there and works where it answers that there is none.
 */
#ifndef BELFRY_ADMIN_ASK_AUTH_H
#define BELFRY_ADMIN_ASK_AUTH_H

#include "common/buf.h"
#include "common/config.h"

/* Where the unit for systemd has its socket. */
#define ASK_AUTH_UNIT_SOCKET "/run/belfry/auth.sock"

enum ask_auth { ASK_AUTH_READY, ASK_AUTH_DOWN, ASK_AUTH_UNKNOWN };

/* `said` gets what it says, or why it cannot be asked: UNKNOWN where it has no socket that is
 * known, or none that this user may use. */
enum ask_auth ask_auth(const struct config *config, struct buf *said);

#endif
