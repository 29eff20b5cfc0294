/*
 * stored_time: times as applications and their frameworks store them in SQLite.
 *
 * Text: ISO 8601 or SQL datetime, with "T" or a space, with or without seconds and
 * their fraction, and with a zone as "Z", "UTC", "+00:00", "+0000" or "+00", with
 * or without a space before it. Without a zone it is UTC. That covers Prisma,
 * TypeORM, Sequelize, Knex, Drizzle, Kysely, Django, SQLAlchemy, Rails, Laravel,
 * Entity Framework, and Go's database/sql (which gives the zone twice, "+0100
 * CET").
 *
 * Numbers, also as text: seconds or milliseconds since 1970, distinguished by their
 * size, or a Julian day, as in SQLite itself.
 */
#ifndef BELFRY_AUTH_STORED_TIME_H
#define BELFRY_AUTH_STORED_TIME_H

#include <stdint.h>

/* Give Unix milliseconds. Return 0, or -1 where it is not a time. */
int stored_time_read(const char *text, int64_t *ms);
int stored_time_of_number(double number, int64_t *ms);

#endif
