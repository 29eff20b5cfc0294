/*
 * trust: whether somebody else could have put there what a file says.
 *
 * A session is a login and a secret makes tokens: whoever can write or replace
 * such a file can become any user of the site. So a file is only used where
 * nobody may do that but root, the file's owner, and the user this program runs
 * as: not the file itself, and no folder on the way to it, symbolic links
 * included. A group may write where it has no other members (a user's private
 * group, or one that only lets this program in). The file itself and its folder
 * may not be writable by a group that nobody is in: programs are started with it.
 * A sticky folder such as /tmp may be everybody's, as long as what lies in it is
 * none of theirs.
 *
 * What is not there is not trusted: somebody could put it back before it is opened.
 * Of folders, what cannot be looked at is passed: then nothing in it can be opened.
 */
#ifndef BELFRY_COMMON_TRUST_H
#define BELFRY_COMMON_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/reason.h"

/* A database of sessions, with the -wal, -shm and -journal that SQLite keeps beside it. Returns 0,
 * or -1 with a sentence that says who may do what, and the command that ends it. */
int trust_store(const char *path, struct reason *why);

/* The same where no setting names the file: then it must also be root's or the programs' user's.
 * Root, who may run for anybody, takes any owner. */
int trust_own_store(const char *path, struct reason *why);

/* Likewise a file of a secret. */
int trust_secret(const char *path, struct reason *why);

/* Whether nobody else may read it. Returns 0, or -1 with such a sentence. Others may where a
 * container's secrets are mounted, so this is for warnings. */
int trust_private(const char *path, struct reason *why);

/* Whether nobody but root and `owner` may write the folder or replace it; one that others may make
 * files in is none, sticky or not. `why` may be NULL. */
bool trust_folder(const char *path, uid_t owner, struct reason *why);

#endif
