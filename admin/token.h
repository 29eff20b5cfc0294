/*
 * token: issues and checks tokens by hand.
 */
#ifndef BELFRY_ADMIN_TOKEN_H
#define BELFRY_ADMIN_TOKEN_H

#include "admin/admin.h"
#include "admin/command.h"
#include "common/buf.h"

extern const struct command token_issue_command;
extern const struct command token_check_command;

/* Appends a token for `user` to `out`, signed with the configured secret and valid for `ttl`
 * seconds (0: as configured). `role` may be NULL. Returns ADMIN_DONE, or another status after
 * writing a sentence. */
int token_for(
    const struct admin *admin, const char *user, const char *role, int64_t ttl, struct buf *out);

#endif
