/*
 * schema_sql: the DDL as text, made from schema_queue.sql,
 * schema_publish.sql and schema_sessions.sql when Belfry is built.
 */
#ifndef BELFRY_COMMON_SCHEMA_SQL_H
#define BELFRY_COMMON_SCHEMA_SQL_H

extern const char schema_queue_sql[];
extern const char schema_publish_sql[];
extern const char schema_sessions_sql[];

#endif
