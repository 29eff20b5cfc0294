/*
 * identity: as whom root works on a database.
 *
 * In a folder that publishers may write, SQLite as root would follow whatever
 * link they put in the place of -wal or -journal. So root takes the rights of
 * the file's owner before SQLite opens it, and can then do no more than they
 * could. A link in the place of the file itself may be anybody's, too, and is
 * refused. Whoever is not root keeps the rights there are.
 */
#ifndef BELFRY_ADMIN_IDENTITY_H
#define BELFRY_ADMIN_IDENTITY_H

#include "common/reason.h"

/* Takes the rights of the owner of this file, where root runs this and there is such a file. Stays
 * root where nobody else gets to the file. Returns 0, or -1 with the reason. */
int identity_take(const char *path, struct reason *why);

/* Root again, after any number of identity_take. */
void identity_restore(void);

#endif
