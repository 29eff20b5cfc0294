/*
 * command: something that `belfry` can do.
 *
 * Each is defined beside its code: how it is found, which arguments it takes,
 * and its help. The list in commands.c has a line for each. Options are given as --name VALUE or
 * --name=VALUE, in any order; those that every command has (--config, --database, --json, --help,
 * --version) may also come before the name of the command.
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
    const char *value; /* the name of its value in the help; NULL for a flag */
    const char *help;
};

struct arguments;

struct command {
    const char *name;     /* "send", "queue list" */
    const char *operands; /* "ID"; NULL if it takes none */
    size_t operands_min, operands_max;
    const char *summary;                  /* one line */
    const struct command_option *options; /* ends with a row without a name; NULL: none */
    const char *more; /* the rest of its help, sentences and examples, or NULL */
    bool paged;       /* a person gets what is more than a screen through a pager */
    int (*run)(struct admin *admin, const struct arguments *arguments);
    /* Runs instead where the configuration cannot be read; NULL: its reason is all that is said. */
    int (*without_config)(struct admin *admin, const struct reason *why);
};

/* What was on the command line. Borrows argv. */
struct arguments {
    const struct command *command; /* NULL if no command was named */
    const char *operands[COMMAND_OPERANDS_MAX];
    size_t operand_count;
    const char *values[COMMAND_OPTIONS_MAX]; /* in the order of the command's options */
    const char *config, *database;
    bool json, help, version;
};

struct command_entry {
    const char *heading; /* of a group, if it is the first of the group; else NULL */
    const struct command *command;
};

/* All commands; ends with an entry without one. */
extern const struct command_entry commands[];
/* The options that every command has; ends likewise. */
extern const struct command_option common_options[];

/* Its options, which are an empty table if it has none. */
const struct command_option *command_options(const struct command *command);

/* The value given for an option of the command, "" for a flag, or NULL. */
const char *arguments_value(const struct arguments *arguments, const char *option);

/* Reads argv. Returns 0, or -1 with the reason, which says what would be right. */
int arguments_read(struct arguments *arguments, int argc, char **argv, struct reason *why);

/* The command with this name, or NULL. The second word only counts if the first alone is not a
 * command. */
const struct command *command_find(const char *first, const char *second);
/* Whether it is the first word of commands with two, such as "queue". */
bool command_is_noun(const char *word);

/* Prints `belfry --help`, or only the commands of a noun if one is given. */
void help_print(FILE *out, const char *noun);
/* Prints `belfry help COMMAND`. */
void help_print_command(FILE *out, const struct command *command);
/* `belfry help`, which the program runs by itself, without a configuration. */
extern const struct command help_command;

#endif
