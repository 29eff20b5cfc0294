/*
 * publisher_sqlite: a publisher whose queue is a SQLite file.
 */
#ifndef BELFRY_COMMON_PUBLISHER_SQLITE_H
#define BELFRY_COMMON_PUBLISHER_SQLITE_H

#include <sqlite3.h>

#include "common/publisher.h"

/* On an open queue, which must outlive the publisher. NULL with the reason. */
struct publisher *publisher_sqlite_new(sqlite3 *db, struct reason *why);

#endif
