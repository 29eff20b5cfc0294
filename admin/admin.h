/*
 * admin: what every command of `belfry` is given, and how it talks to people.
 *
 * Results go to `out`, so that a script can use them; everything else goes to
 * `err`. A command returns the exit status of the program. With --json, results
 * are JSON Lines: one object per line, even if there is only one.
 *
 * Nothing here is global, so tests can run commands with streams, a clock and a
 * configuration of their own.
 */
#ifndef BELFRY_ADMIN_ADMIN_H
#define BELFRY_ADMIN_ADMIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "admin/screen.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/reason.h"
#include "common/sql.h"

enum {
    ADMIN_DONE = 0,
    ADMIN_REFUSED = 1, /* not found, or not possible: a sentence on `err` says why */
    ADMIN_MISUSED = 2, /* the command line or the configuration is wrong */
};

struct admin {
    FILE *in, *out, *err;
    bool watched;  /* `err` is a terminal: show progress */
    bool attended; /* and so is `in`: the person can be asked */
    struct screen screen;
    const struct clock *clock;
    bool json;
    struct config config; /* --database has been applied already */
};

/* Writes a sentence to `err`, with the name of the program before it. */
void admin_say(const struct admin *admin, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, and they return ADMIN_REFUSED or ADMIN_MISUSED, so that a command can end with one of
 * them. */
int admin_refuse(const struct admin *admin, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int admin_misuse(const struct admin *admin, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Opens the queue, which may be in PostgreSQL, or the sessions file, and checks its kind and
 * version. Returns 0, or -1 after writing a sentence; the command then ends with ADMIN_REFUSED. */
int admin_open_queue(const struct admin *admin, struct sql **queue);
int admin_open_sessions(const struct admin *admin, struct sql **sessions);
/* The same, but only to read, which needs no permission to write. */
int admin_look_into_queue(const struct admin *admin, struct sql **queue);
int admin_look_into_sessions(const struct admin *admin, struct sql **sessions);
/* As admin_look_into_queue, but nothing is written: -1 with the reason. */
int admin_try_queue(const struct admin *admin, struct sql **queue, struct reason *why);

/* Where the sessions file is, or would be created (config_session_path). malloc()ed. */
char *admin_sessions_path(const struct admin *admin);

/* Prints a JSON object as a line of `out`. Steals the reference. */
void admin_print_json(const struct admin *admin, json_t *object);

/* Runs the whole program; argv[0] is its name. `config` need not be loaded: it is loaded here.
 * Returns the exit status. */
int admin_main(struct admin *admin, int argc, char **argv);

#endif
