/*
 * backup: `belfry backup`, a copy of the queue while others use it.
 *
 * The copy is made under another name and gets its own once it is complete and
 * on the disk, so it is whole or not there.
 */
#ifndef BELFRY_ADMIN_BACKUP_H
#define BELFRY_ADMIN_BACKUP_H

#include "admin/command.h"

extern const struct command backup_command;

#endif
