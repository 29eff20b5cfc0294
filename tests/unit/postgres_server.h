/*
 * postgres_server: a real PostgreSQL server for one test program, in a folder of
 * its own, on a Unix socket in there. It does not fsync, unless it is told to: the
 * server may crash in a test, the machine does not.
 *
 * It runs as the user postgres where the tests are run by root, since the server
 * refuses root, and ends with the program, however that ends.
 */
#ifndef BELFRY_TESTS_UNIT_POSTGRES_SERVER_H
#define BELFRY_TESTS_UNIT_POSTGRES_SERVER_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/types.h>

#define POSTGRES_URL_SIZE 256

struct postgres_server {
    bool is_synced; /* it does fsync */
    char folder[64];
    pid_t process; /* 0: it does not run */
    int databases; /* how many were made */
};

/* Makes the folder and starts the server; fails the test where that does not work. */
void postgres_server_start(struct postgres_server *server);
/* The same, with fsync. */
void postgres_server_start_synced(struct postgres_server *server);
/* Starts it again, after postgres_server_kill. */
void postgres_server_run(struct postgres_server *server);
/* Ends it at once, without a word to its files: it recovers when it is started, as after a crash.
 */
void postgres_server_kill(struct postgres_server *server);
/* Stops it and removes the folder. */
void postgres_server_stop(struct postgres_server *server);

/* The URL for one of its users and databases. */
void postgres_server_url(const struct postgres_server *server, const char *user,
    const char *database, char url[POSTGRES_URL_SIZE]);
/* Makes a database with an empty queue, and a role `gate` that is a gateway's: the URL is its. */
void postgres_server_queue(struct postgres_server *server, char url[POSTGRES_URL_SIZE]);
/* Makes an empty database; the URL is the superuser's. */
void postgres_server_database(struct postgres_server *server, char url[POSTGRES_URL_SIZE]);

/* Connects, or fails the test. */
PGconn *postgres_server_connect(const char *url);
/* Runs SQL, or fails the test. */
void postgres_server_sql(PGconn *conn, const char *sql);
/* The one value that the SQL returns, or "NULL"; malloc()ed. */
char *postgres_server_text(PGconn *conn, const char *sql);

#endif
