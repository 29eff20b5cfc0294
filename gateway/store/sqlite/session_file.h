/*
 * session_file: the application's session database, if that is a SQLite file.
 *
 * session_verbs.h says what it promises. Every statement is reset before a call
 * returns, so that our locks never block the application's writers for longer
 * than a call.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_SESSION_FILE_H
#define BELFRY_GATEWAY_STORE_SQLITE_SESSION_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/config.h"
#include "common/database.h"
#include "common/reason.h"
#include "common/session_tables.h"
#include "common/token.h"
#include "gateway/store/session_verbs.h"

/* The most kinds of session tables in one file. */
#define SESSION_FILE_TABLES 2

struct session_table {
    sqlite3_stmt *row, *walk; /* of session_tables */
};

struct session_file {
    struct sessions sessions; /* first: its verbs are given this */
    const char *path;
    const struct session_shape
        *shapes[SESSION_FILE_TABLES]; /* kinds of tables to look for; the rest NULL */
    sqlite3 *db;                      /* NULL while it is not open */
    dev_t device;
    ino_t inode;
    struct database_files beside;
    sqlite3_stmt *ask_data_version, *ask_schema_version;
    struct session_table tables[SESSION_FILE_TABLES]; /* that were found */
    size_t count;
    int64_t data_version, schema_version;
};

/* Borrows the path. `sources`: the setting session_sources, which names the kinds of tables to look
 * for. */
void session_file_init(
    struct session_file *file, const char *path, const struct config_list *sources);
void session_file_close(struct session_file *file);

/* As the verbs of these names; session_file_has is of one session: 1, 0 or -1. */
int session_file_look(struct session_file *file);
int session_file_has(struct session_file *file, const struct token_session *session);
int session_file_walk(struct session_file *file, struct session_walk *walk, size_t most,
    void (*visit)(void *context, const struct token_session *session), void *context);

/* A malloc()ed one, which its verb `free` frees. */
struct sessions *session_file_new(const char *path, const struct config_list *sources);

#endif
