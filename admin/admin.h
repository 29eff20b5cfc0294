/*
 * admin: what every command of `belfry` is given, and how it speaks.
 *
 * Results go to `out`, so that a script can take them; whatever else there is
 * to say goes to `err`. A command returns how it went as the program's exit
 * status. With --json results are JSON Lines: one object a line, also where
 * there is only one.
 *
 * Nothing here is global, so that tests run commands with streams, a clock and
 * a configuration of their own.
 */
#ifndef BELFRY_ADMIN_ADMIN_H
#define BELFRY_ADMIN_ADMIN_H

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/config.h"
#include "common/reason.h"

enum {
    ADMIN_DONE = 0,
    ADMIN_REFUSED = 1, /* not found, or not possible: the sentence on `err` says why */
    ADMIN_MISUSED = 2, /* the command line or the configuration is wrong */
};

struct admin {
    FILE *in, *out, *err;
    bool watched;  /* a person looks at `err`: show progress */
    bool attended; /* … and can answer on `in` */
    const struct clock *clock;
    bool json;
    struct config config; /* with --database already in its place */
};

/* A sentence on `err`, with the program's name before it. */
void admin_say(const struct admin *admin, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Likewise, and returns ADMIN_REFUSED or ADMIN_MISUSED, so that a command may end with it. */
int admin_refuse(const struct admin *admin, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int admin_misuse(const struct admin *admin, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Opens the queue, or the sessions file, and checks that it is one of this version. Returns 0, or
 * -1 where the sentence has been said; the caller ends with ADMIN_REFUSED. */
int admin_open_queue(const struct admin *admin, sqlite3 **db);
int admin_open_sessions(const struct admin *admin, sqlite3 **db);
/* The same to read only, which takes no right to write. */
int admin_look_into_queue(const struct admin *admin, sqlite3 **db);
int admin_look_into_sessions(const struct admin *admin, sqlite3 **db);

/* Where the sessions are, or would be made: `session_database`, else as config_session_path says.
 * malloc()ed.
 */
char *admin_sessions_path(const struct admin *admin);

/* One JSON object as a line of `out`; takes the reference. */
void admin_print_json(const struct admin *admin, json_t *object);

/* Runs the whole program on its arguments, argv[0] being its name. `config` is not read yet.
 * Returns the exit status. */
int admin_main(struct admin *admin, int argc, char **argv);

#endif
