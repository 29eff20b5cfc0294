/*
 * migrate: `belfry migrate`: copies the queue from a file into PostgreSQL.
 *
 * It copies every table (migrate_copy), compares every row with its copy
 * (migrate_check), and only then lets gateways start on the database. Run again,
 * it goes on where it was, and once it is complete it copies what publishers
 * that were late have still inserted into the file.
 */
#ifndef BELFRY_ADMIN_MIGRATE_H
#define BELFRY_ADMIN_MIGRATE_H

#include "admin/command.h"

extern const struct command migrate_command;

#endif
