/*
 * key: `belfry key`: keys for publishing over HTTP with belfry-publish.
 */
#ifndef BELFRY_ADMIN_KEY_H
#define BELFRY_ADMIN_KEY_H

#include "admin/command.h"

int key_create_run(struct admin *admin, const struct arguments *arguments);
int key_list_run(struct admin *admin, const struct arguments *arguments);
int key_revoke_run(struct admin *admin, const struct arguments *arguments);

#endif
