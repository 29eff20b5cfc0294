/*
 * sandbox_policy: what Belfry's programs need of the file system and the
 * network, by what is configured.
 *
 * Files are allowed by the folder they are in, so that one that is replaced, as
 * editors and `belfry restore` do, can be opened again. Where the name is a
 * symbolic link, the folder that it leads to at the start is allowed as well.
 */
#ifndef BELFRY_COMMON_SANDBOX_POLICY_H
#define BELFRY_COMMON_SANDBOX_POLICY_H

#include "common/sandbox.h"

struct config;

/* What every process needs: libraries, /etc (names, certificates and the resolver, whose files
 * other programs replace), random numbers. */
void sandbox_allow_system(struct sandbox_policy *policy);
/* The folders of the configuration and of the secrets, for SIGHUP. */
void sandbox_allow_config(struct sandbox_policy *policy, const struct config *config);
/* The folder of a secret file, as the configuration names it; "" is ignored. */
void sandbox_allow_secret(struct sandbox_policy *policy, const char *value);
/* The folder of a SQLite file; for a URL of PostgreSQL, the network and what libpq reads. NULL or
 * "" is ignored. */
void sandbox_allow_database(struct sandbox_policy *policy, const char *database);
/* The folder of a Unix socket that the program makes, and removes at its end. */
void sandbox_allow_socket(struct sandbox_policy *policy, const char *path);

#endif
