/*
 * catalogue_postgres: the tables of a PostgreSQL database that may hold
 * sessions and users.
 */
#ifndef BELFRY_COMMON_CATALOGUE_POSTGRES_H
#define BELFRY_COMMON_CATALOGUE_POSTGRES_H

#include <libpq-fe.h>

#include "common/catalogue.h"

/* Lists tables and views whose names speak of sessions or users: those of the schema that is the
 * parameter, or if that is NULL, those that the search_path of the connection finds without a
 * schema. */
extern const char catalogue_postgres_sql[];

/* Makes a catalogue of the statement's result. `database` is what it is called in reasons. */
void catalogue_postgres_take(
    struct catalogue *catalogue, const PGresult *result, const char *database);

#endif
