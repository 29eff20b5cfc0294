/*
 * pool_rig: a pool of threads on its own socket, and a web server that sends it
 * requests.
 */
#ifndef BELFRY_TESTS_UNIT_POOL_RIG_H
#define BELFRY_TESTS_UNIT_POOL_RIG_H

#include "tests/unit/files.h"

#include "fcgi/pool.h"
#include "fcgi/server_socket.h"

struct pool_rig {
    char *path;
    struct server_socket socket;
    struct pool *pool;
};

/* Serves on `folder`/rig.sock. Takes ownership of the settings; threads, connections, clock and log
 * are those of the options. */
void pool_rig_start(struct pool_rig *rig, const char *folder, struct pool_options options,
    struct program_settings *settings);
/* Waits for all requests under way. */
void pool_rig_stop(struct pool_rig *rig);

int pool_rig_connect(const struct pool_rig *rig);
/* Sends a GET with this cookie, unless it is NULL, over the connection. Returns the status of the
 * response, or -1. */
int pool_rig_ask_over(int fd, bool keep, const char *cookie);
/* The same over a new connection. */
int pool_rig_ask(const struct pool_rig *rig, const char *cookie);

/* Reads the response to a request over the connection, up to its end. Returns its length. */
size_t pool_rig_hear(int fd, char *answer, size_t size);

/* Sends requests over that many connections at once. */
void pool_rig_ask_many(const struct pool_rig *rig, const char *cookie, int fds[], size_t count);
/* Asserts that all responses have this status; closes the connections. */
void pool_rig_hear_many(int fds[], size_t count, int status);

#endif
