#include "admin/completion_script.h"

#include <stdbool.h>
#include <string.h>

#include "admin/command.h"
#include "admin/completion_values.h"

#define WORDS_MAX_OCTETS 4096

/* Finds the command before the word that is completed: $command is "", "queue" or "queue list". */
#define WALK \
    "    case $word in\n" \
    "    --config | --database) skip=1 ;;\n" \
    "    = | -*) ;;\n" \
    "    *)\n" \
    "        if [[ -n $skip ]]; then skip=''\n" \
    "        elif [[ -z $command ]]; then command=$word\n" \
    "        elif [[ $nouns == *\" $command \"* ]]; then command=\"$command $word\"\n" \
    "        fi ;;\n" \
    "    esac\n"

static const char bash_begin[] =
    "# bash completion for belfry, made by `belfry completion bash`\n\n"
    "_belfry_offer()\n{\n"
    "    COMPREPLY=($(compgen -W \"${*%%:*}\" -- \"$cur\"))\n}\n\n"
    "_belfry_files()\n{\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    local IFS=$'\\n'\n"
    "    COMPREPLY=($(compgen -f -- \"$cur\"))\n}\n\n"
    "_belfry()\n{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command='' skip='' word\n"
    "    COMPREPLY=()\n"
    "    # --status=… is three words here\n"
    "    if [[ $cur == = ]]; then cur=''\n"
    "    elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n";

static const char bash_walk[] =
    "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"; do\n" WALK "    done\n";

static const char bash_end[] = "}\n\ncomplete -F _belfry belfry\n";

static const char zsh_begin[] =
    "#compdef belfry\n"
    "# zsh completion for belfry, made by `belfry completion zsh`\n\n"
    "_belfry_offer()\n{\n"
    "    local -a offered=(\"$@\")\n"
    "    _describe belfry offered\n}\n\n"
    "_belfry_files()\n{\n"
    "    _files\n}\n\n"
    "_belfry()\n{\n"
    "    local cur=${words[CURRENT]} prev=${words[CURRENT - 1]} command='' skip='' word\n";

static const char zsh_walk[] =
    "    for word in \"${(@)words[2,CURRENT - 1]}\"; do\n" WALK "    done\n";

static const char zsh_end[] =
    "}\n\n"
    "if [[ $funcstack[1] == _belfry ]]; then _belfry \"$@\"; else compdef _belfry belfry; fi\n";

/* Between single quotes; `escape` is what stands for one of them. */
static void print_quoted(FILE *out, const char *text, const char *escape)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs(escape, out);
        else
            fputc(*text, out);
}

/* 'name:help' */
static void print_offer(FILE *out, const char *name, const char *help)
{
    fprintf(out, " '%s:", name);
    print_quoted(out, help, "'\\''");
    fputc('\'', out);
}

static size_t noun_length(const struct command *command)
{
    const char *space = strchr(command->name, ' ');

    return space ? (size_t)(space - command->name) : 0;
}

/* Whether it is the first of the commands of its noun. */
static bool begins_noun(const struct command_entry *entry)
{
    size_t len = noun_length(entry->command);

    if (len == 0)
        return false;
    for (const struct command_entry *before = commands; before < entry; before++)
        if (noun_length(before->command) == len &&
            strncmp(before->command->name, entry->command->name, len) == 0)
            return false;
    return true;
}

/* The commands of a noun, by their second words. */
static void print_verbs(FILE *out, const char *noun, size_t len)
{
    for (const struct command_entry *entry = commands; entry->command; entry++)
        if (noun_length(entry->command) == len && strncmp(entry->command->name, noun, len) == 0)
            print_offer(out, entry->command->name + len + 1, entry->command->summary);
}

/* All first words. */
static void print_first_words(FILE *out)
{
    for (const struct command_entry *entry = commands; entry->command; entry++) {
        char noun[32];
        size_t len = noun_length(entry->command);
        snprintf(noun, sizeof noun, "%.*s", (int)len, entry->command->name);
        if (len == 0)
            print_offer(out, entry->command->name, entry->command->summary);
        else if (begins_noun(entry))
            print_offer(out, noun, "several commands");
    }
}

static void print_nouns(FILE *out)
{
    fputs("    local nouns=' ", out);
    for (const struct command_entry *entry = commands; entry->command; entry++)
        if (begins_noun(entry))
            fprintf(out, "%.*s ", (int)noun_length(entry->command), entry->command->name);
    fputs("'\n", out);
}

/* Offers files or words, if the name of a value says which. Returns whether it does. */
static bool print_value(FILE *out, const char *name)
{
    struct buf words;
    bool known = completion_is_file(name);

    buf_init(&words, WORDS_MAX_OCTETS);
    completion_add_words(&words, name);
    if (known)
        fputs("_belfry_files; ", out);
    else if (words.len > 0)
        fprintf(out, "_belfry_offer %s; ", words.data);
    known |= words.len > 0;
    buf_release(&words);
    return known;
}

static void print_values(FILE *out, const char *command, const struct command_option *options)
{
    for (; options->name; options++) {
        if (!options->value)
            continue;
        fprintf(out, "    '%s%s%s') ", command, *command ? " " : "", options->name);
        print_value(out, options->value);
        fputs("return ;;\n", out);
    }
}

static void print_options(FILE *out, const struct command_option *options)
{
    for (; options->name; options++)
        print_offer(out, options->name, options->help);
}

/* The operand of a command that takes files or a choice of words; `help` takes commands. */
static void print_operand(FILE *out, const struct command *command)
{
    fputs("[[ $cur == -* ]] || { ", out);
    if (command == &help_command) {
        fputs("_belfry_offer", out);
        print_first_words(out);
        fputs("; return; }; ", out);
    } else {
        fputs(print_value(out, command->operands) ? "return; }; " : ":; }; ", out);
    }
}

static void print_command(FILE *out, const struct command *command)
{
    fprintf(out, "    '%s') ", command->name);
    print_operand(out, command);
    fputs("_belfry_offer", out);
    print_options(out, command_options(command));
    print_options(out, common_options);
    fputs(" ;;\n", out);
}

static void print_cases(FILE *out)
{
    fputs("    case $prev in\n", out);
    print_values(out, "", common_options);
    fputs("    esac\n    case \"$command $prev\" in\n", out);
    for (const struct command_entry *entry = commands; entry->command; entry++)
        print_values(out, entry->command->name, command_options(entry->command));
    fputs("    esac\n    case $command in\n    '') _belfry_offer", out);
    print_first_words(out);
    print_options(out, common_options);
    fputs(" ;;\n", out);
    for (const struct command_entry *entry = commands; entry->command; entry++) {
        if (begins_noun(entry)) {
            size_t len = noun_length(entry->command);

            fprintf(out, "    %.*s) _belfry_offer", (int)len, entry->command->name);
            print_verbs(out, entry->command->name, len);
            fputs(" ;;\n", out);
        }
        print_command(out, entry->command);
    }
    fputs("    esac\n", out);
}

void completion_print_bash(FILE *out)
{
    fputs(bash_begin, out);
    print_nouns(out);
    fputs(bash_walk, out);
    print_cases(out);
    fputs(bash_end, out);
}

void completion_print_zsh(FILE *out)
{
    fputs(zsh_begin, out);
    print_nouns(out);
    fputs(zsh_walk, out);
    print_cases(out);
    fputs(zsh_end, out);
}

/* When the command line has exactly this command. */
static void print_fish_when(FILE *out, const char *command)
{
    fprintf(out, "complete -c belfry -n 'test (__belfry_command) = \"%s\"'", command);
}

static void print_fish_help(FILE *out, const char *help)
{
    fputs(" -d '", out);
    print_quoted(out, help, "\\'");
    fputs("'\n", out);
}

/* `begin` is the complete line up to the option. */
static void print_fish_value(FILE *out, const char *name)
{
    struct buf words;

    buf_init(&words, WORDS_MAX_OCTETS);
    completion_add_words(&words, name);
    if (completion_is_file(name))
        fputs(" -F", out);
    else if (words.len > 0)
        fprintf(out, " -x -a '%s'", words.data);
    else if (name)
        fputs(" -x", out);
    buf_release(&words);
}

static void print_fish_options(FILE *out, const char *command, const struct command_option *options)
{
    for (; options->name; options++) {
        if (command)
            print_fish_when(out, command);
        else
            fputs("complete -c belfry", out);
        fprintf(out, " -l %s", options->name + 2);
        if (options->value)
            fputs(" -r", out);
        print_fish_value(out, options->value);
        print_fish_help(out, options->help);
    }
}

static void print_fish_command(FILE *out, const struct command_entry *entry)
{
    const struct command *command = entry->command;
    int len = (int)noun_length(command);
    char noun[32];

    snprintf(noun, sizeof noun, "%.*s", len, command->name);
    if (begins_noun(entry)) {
        print_fish_when(out, "");
        fprintf(out, " -f -a %s", noun);
        print_fish_help(out, "several commands");
    }
    print_fish_when(out, noun);
    fprintf(out, " -f -a %s", command->name + (len > 0 ? len + 1 : 0));
    print_fish_help(out, command->summary);
    print_fish_options(out, command->name, command_options(command));
    if (command->operands) {
        print_fish_when(out, command->name);
        print_fish_value(out, command->operands);
        fputc('\n', out);
    }
}

void completion_print_fish(FILE *out)
{
    fputs("# fish completion for belfry, made by `belfry completion fish`\n\n"
          "function __belfry_command\n"
          "    set -l command\n    set -l skip\n    set -l nouns",
        out);
    for (const struct command_entry *entry = commands; entry->command; entry++)
        if (begins_noun(entry))
            fprintf(out, " %.*s", (int)noun_length(entry->command), entry->command->name);
    fputs("\n    for word in (commandline -opc)[2..]\n"
          "        switch $word\n"
          "            case --config --database\n"
          "                set skip 1\n"
          "            case '-*'\n"
          "            case '*'\n"
          "                if set -q skip[1]\n"
          "                    set -e skip[1]\n"
          "                else if not set -q command[1]\n"
          "                    set command $word\n"
          "                else if contains -- \"$command\" $nouns\n"
          "                    set command \"$command $word\"\n"
          "                end\n"
          "        end\n"
          "    end\n"
          "    echo \"$command\"\n"
          "end\n\n"
          "complete -c belfry -f\n",
        out);
    print_fish_options(out, NULL, common_options);
    for (const struct command_entry *entry = commands; entry->command; entry++)
        print_fish_command(out, entry);
}
