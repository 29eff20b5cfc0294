/*
 * postgres_rig: the queue of a store_rig in PostgreSQL. One server serves all
 * tests of a program; each test has a database of its own.
 */
#ifndef BELFRY_TESTS_UNIT_STORE_POSTGRES_RIG_H
#define BELFRY_TESTS_UNIT_STORE_POSTGRES_RIG_H

#include "tests/unit/postgres_server.h"

struct rig;

/* For cmocka, around a group: rigs that are made in between have their queue there. */
int postgres_rig_start(void **state);
int postgres_rig_stop(void **state);

/* The server, and the rig's other program there, a superuser. */
struct postgres_server *postgres_rig_server(void);
PGconn *postgres_rig_other(struct rig *rig);

#endif
