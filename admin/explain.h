/*
 * explain: says in sentences why a notification has or has not arrived.
 */
#ifndef BELFRY_ADMIN_EXPLAIN_H
#define BELFRY_ADMIN_EXPLAIN_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command explain_command;

#endif
