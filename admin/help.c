#include <string.h>

#include "admin/command.h"
#include "common/text.h"

#define LEFT_WIDTH 20

/* If the left column is too long, it gets a line of its own. */
static void print_pair(FILE *out, const char *name, const char *operands, const char *help)
{
    char left[64];

    snprintf(left, sizeof left, "%s%s%s", name, *operands ? " " : "", operands);
    int space = LEFT_WIDTH - (int)text_characters(left);
    if (space < 0)
        fprintf(out, "  %s\n  %*s %s\n", left, LEFT_WIDTH, "", help);
    else
        fprintf(out, "  %s%*s %s\n", left, space, "", help);
}

static void print_options(FILE *out, const struct command_option *options)
{
    for (; options->name; options++)
        print_pair(out, options->name, options->value ? options->value : "", options->help);
}

static const char *command_operands(const struct command *command)
{
    return command->operands ? command->operands : "";
}

static bool has_noun(const struct command *command, const char *noun)
{
    size_t len = strlen(noun);

    return strncmp(command->name, noun, len) == 0 && command->name[len] == ' ';
}

void help_print(FILE *out, const char *noun)
{
    if (!noun)
        fputs("Belfry pushes notifications to the users of a web application: a row is inserted "
              "into the\n"
              "queue, an SQLite file or tables in PostgreSQL, and the users' open pages receive "
              "it.\n\n"
              "Usage: belfry COMMAND [OPTION]…\n",
            out);
    for (const struct command_entry *entry = commands; entry->command; entry++) {
        const struct command *command = entry->command;
        if (noun && !has_noun(command, noun))
            continue;
        if (!noun && entry->heading)
            fprintf(out, "\n%s\n", entry->heading);
        print_pair(out, command->name, command_operands(command), command->summary);
    }
    fputs("\nOptions for every command\n", out);
    print_options(out, common_options);
    if (!noun)
        fputs("\nTo try it\n"
              "  belfry init --database ./belfry.db\n"
              "  belfry send --database ./belfry.db --user alice --title 'Hello, Alice'\n"
              "  belfry queue list --database ./belfry.db\n",
            out);
    fputs("\n`belfry help COMMAND` shows the options of a command, with examples.\n"
          "Exit status: 0 done, 1 not found or refused, 2 wrong use.\n",
        out);
}

void help_print_command(FILE *out, const struct command *command)
{
    fprintf(out, "Usage: belfry %s%s%s%s\n\n%s%s\n", command->name, command->operands ? " " : "",
        command_operands(command), command->options ? " [OPTION]…" : "", command->summary, ".");
    if (command->options) {
        fputs("\nOptions\n", out);
        print_options(out, command->options);
    }
    if (command->more)
        fprintf(out, "\n%s\n", command->more);
    fputs("\nOptions for every command\n", out);
    print_options(out, common_options);
}

const struct command help_command = {
    .name = "help",
    .operands = "[COMMAND]",
    .operands_max = 2,
    .summary = "Show the options of a command, with examples",
};
