/*
 * identity: which user root becomes to work on a database.
 *
 * In a folder that publishers may write, SQLite running as root would follow
 * any link that they put in the place of -wal or -journal. So root takes on the
 * identity of the file's owner before SQLite opens the file, and can then do no
 * more than the owner could. The file itself may also have been replaced by a
 * link, which is refused. A user other than root stays who they are.
 */
#ifndef BELFRY_ADMIN_IDENTITY_H
#define BELFRY_ADMIN_IDENTITY_H

#include "common/reason.h"

/* If root runs this and the file exists, becomes the owner of the file. Stays root if nobody else
 * can reach the file. Returns 0, or -1 with the reason. */
int identity_take(const char *path, struct reason *why);

/* Becomes root again, however often identity_take was called. */
void identity_restore(void);

#endif
