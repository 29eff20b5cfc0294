/*
 * confirm: asks before something big is deleted.
 *
 * A person is asked; if nobody can answer, --yes is required.
 */
#ifndef BELFRY_ADMIN_CONFIRM_H
#define BELFRY_ADMIN_CONFIRM_H

#include <stdbool.h>

#include "admin/admin.h"
#include "admin/command.h"

/* `what` is what would be done, such as "delete 12 notifications for good". Returns false if it
 * must not be done; then a sentence has been written, and the command ends with ADMIN_REFUSED. */
bool confirm(const struct admin *admin, const struct arguments *arguments, const char *what, ...)
    __attribute__((format(printf, 3, 4)));

#endif
