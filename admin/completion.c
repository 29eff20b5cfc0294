#include "admin/completion.h"

#include <string.h>

#include "admin/completion_script.h"

static int completion_run(struct admin *admin, const struct arguments *arguments)
{
    static const struct {
        const char *name;
        void (*print)(FILE *out);
    } shells[] = {
        {"bash", completion_print_bash},
        {"zsh", completion_print_zsh},
        {"fish", completion_print_fish},
    };
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shells[i].name, arguments->operands[0]) == 0) {
            shells[i].print(admin->out);
            return ADMIN_DONE;
        }
    return admin_misuse(admin, "the shell must be bash, zsh or fish");
}

const struct command completion_command = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Print the script that completes command lines of belfry",
    .more = "`make install` puts them where the shells look. For one of your own:\n\n"
            "    belfry completion bash >>~/.bash_completion\n"
            "    belfry completion zsh >~/.zfunc/_belfry     (with ~/.zfunc in $fpath)\n"
            "    belfry completion fish >~/.config/fish/completions/belfry.fish",
    .run = completion_run,
};
