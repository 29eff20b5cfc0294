/*
 * trust: whether somebody else could have written what is in a file.
 *
 * A session is a login, and a secret makes tokens: whoever can write or replace
 * such a file can become any user of the site. So a file is only used if nobody
 * can do that but root, the owner of the file, and the user that this program
 * runs as. That goes for the file itself and for every folder on the path to
 * it, symbolic links included. A group may have write permission if it has no
 * other members (a user's private group, or one that only lets this program
 * in). But the file itself and its folder must not be writable by a group
 * without members, since programs can be started with it. A sticky folder such
 * as /tmp may be writable by everybody, as long as what is in it does not
 * belong to others.
 *
 * A file that does not exist is not trusted: somebody could create it before it
 * is opened. A folder that cannot be examined is passed over: then nothing in
 * it can be opened, either.
 */
#ifndef BELFRY_COMMON_TRUST_H
#define BELFRY_COMMON_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/reason.h"

/* A database of sessions, with the -wal, -shm and -journal that SQLite keeps beside it. Returns 0,
 * or -1 with a sentence that says who may do what, and the command that ends it. */
int trust_store(const char *path, struct reason *why);

/* The same for a file that no setting names: it must also belong to root or to the user of the
 * programs. Root, who may run for anybody, accepts any owner. */
int trust_own_store(const char *path, struct reason *why);

/* The same for the file of a secret. */
int trust_secret(const char *path, struct reason *why);

/* Whether nobody else may read it. Returns 0, or -1 with such a sentence. Secrets that are mounted
 * into a container are often readable by others, so this is only for warnings. */
int trust_private(const char *path, struct reason *why);

/* Whether nobody but root and `owner` may write or replace the folder; one in which others may
 * create files does not pass, sticky or not. `why` may be NULL. */
bool trust_folder(const char *path, uid_t owner, struct reason *why);

#endif
