/*
 * command: a row in the table of what `belfry` can do.
 *
 * From its row come how the command is found, how its words are read, and its
 * help. Options are given as --name VALUE or --name=VALUE, in any order, and
 * those that every command has (--config, --database, --json, --help,
 * --version) also before the command's own words.
 */
#ifndef BELFRY_ADMIN_COMMAND_H
#define BELFRY_ADMIN_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "admin/admin.h"

#define COMMAND_OPTIONS_MAX 16
#define COMMAND_OPERANDS_MAX 64

struct command_option {
    const char *name;  /* "--user" */
    const char *value; /* what its value is called in the help, NULL for a flag */
    const char *help;
};

struct arguments;

struct command {
    const char *heading;  /* of the group it stands in, on the first of a group; else NULL */
    const char *name;     /* "send", "queue list" */
    const char *operands; /* "ID", "" where it takes none */
    size_t operands_min, operands_max;
    const char *summary;                  /* one line */
    const struct command_option *options; /* up to a row without a name */
    const char *more;                     /* the rest of its help: sentences and examples */
    int (*run)(struct admin *admin, const struct arguments *arguments);
};

/* What was on the command line. Borrows argv. */
struct arguments {
    const struct command *command; /* NULL: no command word was there */
    const char *operands[COMMAND_OPERANDS_MAX];
    size_t operand_count;
    const char *values[COMMAND_OPTIONS_MAX]; /* in the order of the command's options */
    const char *config, *database;
    bool json, help, version;
};

/* All commands; up to a row without a name. */
extern const struct command commands[];
/* The options of every command, likewise. */
extern const struct command_option common_options[];

/* The value given for an option of the command, "" for a flag, or NULL. */
const char *arguments_value(const struct arguments *arguments, const char *option);

/* Reads argv. Returns 0, or -1 with the reason, which ends with what would be right. */
int arguments_read(struct arguments *arguments, int argc, char **argv, struct reason *why);

/* The command of these words, or NULL. Two words where the first alone is none. */
const struct command *command_find(const char *first, const char *second);
/* Whether it is the first word of commands that have two. */
bool command_is_noun(const char *word);

/* `belfry --help`; all commands of a noun where one is given. */
void help_print(FILE *out, const char *noun);
/* `belfry help COMMAND`. */
void help_print_command(FILE *out, const struct command *command);

#endif
