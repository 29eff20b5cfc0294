/*
 * explain: why a notification has or has not arrived, in sentences.
 */
#ifndef BELFRY_ADMIN_EXPLAIN_H
#define BELFRY_ADMIN_EXPLAIN_H

#include "admin/admin.h"
#include "admin/command.h"

int explain_run(struct admin *admin, const struct arguments *arguments);

#endif
