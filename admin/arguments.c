#include "admin/command.h"

#include <string.h>

#include "common/buf.h"

enum { CONFIG, DATABASE, JSON, HELP, VERSION, COMMON_OPTIONS };

const struct command_option common_options[] = {
    [CONFIG] = {"--config", "FILE", "read this configuration instead of /etc/belfry/belfry.conf"},
    [DATABASE] = {"--database", "FILE|URL", "use this queue, a file or postgresql://…, instead"},
    [JSON] = {"--json", NULL, "print JSON, one object a line, for programs"},
    [HELP] = {"--help", NULL, "print help, on the command if one is named"},
    [VERSION] = {"--version", NULL, "print the version"},
    [COMMON_OPTIONS] = {NULL, NULL, NULL},
};

/* Whether it is a command like "queue list", whose first word is the noun. */
static bool is_verb_of(const struct command *command, const char *noun, size_t len)
{
    return strncmp(command->name, noun, len) == 0 && command->name[len] == ' ';
}

bool command_is_noun(const char *word)
{
    size_t len = strlen(word);

    for (const struct command_entry *entry = commands; entry->command; entry++)
        if (is_verb_of(entry->command, word, len))
            return true;
    return false;
}

const struct command *command_find(const char *first, const char *second)
{
    size_t len = strlen(first);

    for (const struct command_entry *entry = commands; entry->command; entry++) {
        const char *name = entry->command->name;
        if (strcmp(name, first) == 0)
            return entry->command;
        if (second && is_verb_of(entry->command, first, len) && strcmp(name + len + 1, second) == 0)
            return entry->command;
    }
    return NULL;
}

const struct command_option *command_options(const struct command *command)
{
    static const struct command_option none = {NULL, NULL, NULL};

    return command->options ? command->options : &none;
}

const char *arguments_value(const struct arguments *arguments, const char *option)
{
    const struct command_option *options = command_options(arguments->command);

    for (size_t i = 0; options[i].name; i++)
        if (strcmp(options[i].name, option) == 0)
            return arguments->values[i];
    return NULL;
}

/* The index of the option that `word` names, with or without =VALUE, or -1. */
static int option_row(const struct command_option *options, const char *word)
{
    size_t len = strcspn(word, "=");

    for (int i = 0; options[i].name; i++)
        if (strncmp(options[i].name, word, len) == 0 && options[i].name[len] == '\0')
            return i;
    return -1;
}

/* The value of the option at argv[*at]; if that is a word of its own, *at moves to it. NULL with
 * the reason if a value is missing, or given to an option without one. */
static const char *option_value(
    const struct command_option *option, int argc, char **argv, int *at, struct reason *why)
{
    const char *equals = strchr(argv[*at], '=');

    if (!option->value && !equals)
        return "";
    if (!option->value)
        reason_set(why, "%s takes no value", option->name);
    else if (equals)
        return equals + 1;
    else if (*at + 1 < argc)
        return argv[++*at];
    else
        reason_set(why, "%s needs a value: %s %s", option->name, option->name, option->value);
    return NULL;
}

static void set_common(struct arguments *arguments, int row, const char *value)
{
    switch (row) {
    case CONFIG:
        arguments->config = value;
        break;
    case DATABASE:
        arguments->database = value;
        break;
    case JSON:
        arguments->json = true;
        break;
    case HELP:
        arguments->help = true;
        break;
    default:
        arguments->version = true;
        break;
    }
}

static int read_option(
    struct arguments *arguments, int argc, char **argv, int *at, struct reason *why)
{
    const char *word = strcmp(argv[*at], "-h") == 0 ? "--help" : argv[*at];
    const char *value;
    int row = option_row(common_options, word);

    if (row >= 0) {
        value = option_value(&common_options[row], argc, argv, at, why);
        if (value && common_options[row].value && !*value)
            return reason_set(why, "%s is empty", common_options[row].name);
        if (value)
            set_common(arguments, row, value);
        return value ? 0 : -1;
    }
    if (!arguments->command)
        return reason_set(why, "there is no option %s before the command", word);
    const struct command_option *options = command_options(arguments->command);
    row = option_row(options, word);
    if (row < 0)
        return reason_set(why, "`belfry %s` has no option %s", arguments->command->name, word);
    value = option_value(&options[row], argc, argv, at, why);
    arguments->values[row] = value;
    return value ? 0 : -1;
}

/* "queue what? list, show, stats" */
static int refuse_noun(const char *noun, struct reason *why)
{
    struct buf verbs;
    size_t len = strlen(noun);

    buf_init(&verbs, 256);
    for (const struct command_entry *entry = commands; entry->command; entry++)
        if (is_verb_of(entry->command, noun, len))
            buf_addf(&verbs, "%s%s", verbs.len > 0 ? ", " : "", entry->command->name + len + 1);
    reason_set(why, "%s what? %s", noun, verbs.data);
    buf_release(&verbs);
    return -1;
}

/* Reads the name of the command, one or two words; the second must not be an option. */
static int read_command(
    struct arguments *arguments, int argc, char **argv, int *at, struct reason *why)
{
    const char *first = argv[*at];
    const char *second = *at + 1 < argc ? argv[*at + 1] : NULL;

    arguments->command = command_find(first, second);
    if (arguments->command) {
        *at += strchr(arguments->command->name, ' ') != NULL;
        return 0;
    }
    if (!command_is_noun(first))
        return reason_set(why, "there is no command %s", first);
    if (second && *second != '-')
        return reason_set(why, "there is no command %s %s", first, second);
    return refuse_noun(first, why);
}

static int read_operand(struct arguments *arguments, const char *word, struct reason *why)
{
    if (arguments->operand_count == arguments->command->operands_max)
        return reason_set(why, "`belfry %s` has no use for %s", arguments->command->name, word);
    if (!*word)
        return reason_set(why, "`belfry %s` takes %s, and none of them may be empty",
            arguments->command->name, arguments->command->operands);
    arguments->operands[arguments->operand_count++] = word;
    return 0;
}

int arguments_read(struct arguments *arguments, int argc, char **argv, struct reason *why)
{
    bool options_over = false;

    *arguments = (struct arguments){.command = NULL};
    for (int at = 1; at < argc; at++) {
        int result;
        if (!options_over && strcmp(argv[at], "--") == 0) {
            options_over = true;
            continue;
        }
        if (!options_over && argv[at][0] == '-' && argv[at][1] != '\0')
            result = read_option(arguments, argc, argv, &at, why);
        else if (!arguments->command)
            result = read_command(arguments, argc, argv, &at, why);
        else
            result = read_operand(arguments, argv[at], why);
        if (result < 0)
            return -1;
    }
    if (!arguments->command || arguments->help)
        return 0;
    if (arguments->operand_count < arguments->command->operands_min)
        return reason_set(
            why, "`belfry %s` needs %s", arguments->command->name, arguments->command->operands);
    return 0;
}
