#include <stdlib.h>
#include <string.h>

#include "admin/admin.h"
#include "admin/command.h"
#include "admin/identity.h"
#include "admin/pager.h"
#include "common/database_url.h"
#include "common/memory.h"
#include "common/path.h"
#include "common/version.h"

static void warn(void *context, const char *sentence)
{
    admin_say(context, "%s", sentence);
}

/* `belfry help`, `belfry help send`, `belfry send --help`. */
static int help(struct admin *admin, const struct arguments *arguments)
{
    const struct command *command = arguments->command;

    if (command && strcmp(command->name, "help") == 0) {
        const char *first = arguments->operands[0];
        command = first ? command_find(first, arguments->operands[1]) : NULL;
        if (first && !command && !command_is_noun(first))
            return admin_misuse(admin, "there is no command %s: `belfry help` lists all", first);
        if (!command) {
            help_print(admin->out, first);
            return ADMIN_DONE;
        }
    }
    if (command)
        help_print_command(admin->out, command);
    else
        help_print(admin->out, NULL);
    return ADMIN_DONE;
}

static int check_database(const char *database, struct reason *why)
{
    return database_url_is(database) ? database_url_check(database, why)
                                     : path_check(database, why);
}

/* For a person at a screen that is too small for what comes. */
static int run_paged(struct admin *admin, const struct arguments *arguments)
{
    FILE *out = admin->out;
    bool paged = arguments->command->paged && !admin->json && admin->screen.rows > 0;
    struct pager *pager = paged ? pager_open(out, &admin->screen) : NULL;

    if (pager)
        admin->out = pager_stream(pager);
    int status = arguments->command->run(admin, arguments);
    admin->out = out;
    pager_close(pager);
    return status;
}

static int refuse_without_config(
    struct admin *admin, const struct command *command, const struct reason *why)
{
    return command->without_config ? command->without_config(admin, why)
                                   : admin_misuse(admin, "%s", why->text);
}

static int run(struct admin *admin, const struct arguments *arguments)
{
    struct reason why;

    admin->json = arguments->json;
    if (config_load(&admin->config, arguments->config, warn, admin, &why) < 0)
        return refuse_without_config(admin, arguments->command, &why);
    if (arguments->database && check_database(arguments->database, &why) < 0) {
        config_release(&admin->config);
        return admin_misuse(admin, "--database: %s", why.text);
    }
    if (arguments->database) {
        free(admin->config.database);
        admin->config.database = mem_strdup(arguments->database);
    }
    int status = run_paged(admin, arguments);
    identity_restore();
    config_release(&admin->config);
    return status;
}

int admin_main(struct admin *admin, int argc, char **argv)
{
    struct arguments arguments;
    struct reason why;
    int status;

    if (arguments_read(&arguments, argc, argv, &why) < 0) {
        const char *name = arguments.command ? arguments.command->name : "";

        return admin_misuse(admin, "%s\nTry `belfry help%s%s`.", why.text, *name ? " " : "", name);
    }
    if (arguments.version) {
        fprintf(admin->out, "belfry %s\n", version_text);
        status = ADMIN_DONE;
    } else if (arguments.help || (arguments.command && !arguments.command->run)) {
        status = help(admin, &arguments);
    } else if (!arguments.command) {
        help_print(admin->err, NULL);
        return ADMIN_MISUSED;
    } else {
        status = run(admin, &arguments);
    }
    if (fflush(admin->out) != 0 || ferror(admin->out))
        return admin_refuse(admin, "what was printed could not be written");
    return status;
}
