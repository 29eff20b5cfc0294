/*
 * stored_time: times as applications and their frameworks store them in SQLite.
 *
 * Text: ISO 8601 and SQL datetime, with "T" or a space, with seconds and their
 * fraction or without, a zone as "Z", "UTC", "+00:00", "+0000" or "+00", with a
 * space in front or without; no zone is UTC. That is what these write: Prisma,
 * TypeORM, Sequelize, Knex, Drizzle, Kysely, Django, SQLAlchemy, Rails, Laravel,
 * Entity Framework, Go's database/sql (whose zone is said twice, "+0100 CET").
 *
 * Numbers, also as text: seconds or milliseconds since 1970, told apart by
 * their size, or a Julian day, as SQLite itself has it.
 */
#ifndef BELFRY_AUTH_STORED_TIME_H
#define BELFRY_AUTH_STORED_TIME_H

#include <stdint.h>

/* Unix milliseconds. Returns 0, or -1 where it is no time. */
int stored_time_read(const char *text, int64_t *ms);
int stored_time_of_number(double number, int64_t *ms);

#endif
