/*
 * schema_sql: the DDL as text, and the steps from one version to the next. They
 * are made from the files schema_*.sql when Belfry is built.
 */
#ifndef BELFRY_COMMON_SCHEMA_SQL_H
#define BELFRY_COMMON_SCHEMA_SQL_H

extern const char schema_queue_sql[];
extern const char schema_queue_2_sql[]; /* from version 1 to version 2 */
extern const char schema_publish_sql[];
extern const char schema_sessions_sql[];
extern const char schema_postgres_ddl_sql[];   /* for PostgreSQL … */
extern const char schema_postgres_roles_sql[]; /* … and what the roles may do */
extern const char schema_postgres_sessions_sql[];

#endif
