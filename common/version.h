/*
 * version: what `--version` says of a program.
 */
#ifndef BELFRY_COMMON_VERSION_H
#define BELFRY_COMMON_VERSION_H

/* "0.1.0 (SQLite, PostgreSQL)": the version, and where the queue may be. */
extern const char version_text[];

#endif
