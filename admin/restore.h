/*
 * restore: `belfry restore`, puts a backup in the place of what the queue has.
 *
 * The backup is copied into the queue's own file, in one transaction, so that
 * whoever has it open goes on with what was restored: nobody is left with a file
 * that has no name any more. Before that it is checked, migrated if it is older,
 * and given a new name (belfry_meta), in a draft beside the queue. By the name
 * the gateway notices that the queue is another one, and has everybody begin
 * anew, so ids that are drawn again confuse no client.
 *
 * What was taken from people since the backup stays taken: revocations, ended
 * sessions and revoked keys are kept.
 */
#ifndef BELFRY_ADMIN_RESTORE_H
#define BELFRY_ADMIN_RESTORE_H

#include "admin/command.h"

extern const struct command restore_command;

#endif
