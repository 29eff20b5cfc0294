/*
 * confirm: asks before much is deleted.
 *
 * A person is asked; where nobody can answer, --yes has to say so.
 */
#ifndef BELFRY_ADMIN_CONFIRM_H
#define BELFRY_ADMIN_CONFIRM_H

#include <stdbool.h>

#include "admin/admin.h"
#include "admin/command.h"

/* `what` is what would be done, as "delete 12 notifications for good". False where it is not to be;
 * then the sentence has been said, and the command ends with ADMIN_REFUSED. */
bool confirm(const struct admin *admin, const struct arguments *arguments, const char *what, ...)
    __attribute__((format(printf, 3, 4)));

#endif
