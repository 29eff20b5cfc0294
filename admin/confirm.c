#include "admin/confirm.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"

#define QUESTION_MAX 4096

/* The line that a person types, without its newline. */
static bool says_yes(FILE *in)
{
    char line[16] = "";

    if (!fgets(line, sizeof line, in))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

static bool ask_person(const struct admin *admin, const char *what)
{
    struct buf shown;

    buf_init(&shown, 4 * QUESTION_MAX);
    buf_add_escaped(&shown, what, strlen(what));
    fprintf(admin->err, "This will %s. Go on? [y/N] ", shown.data);
    fflush(admin->err);
    buf_release(&shown);
    bool yes = says_yes(admin->in);
    if (!yes)
        admin_say(admin, "nothing was done");
    return yes;
}

bool confirm(const struct admin *admin, const struct arguments *arguments, const char *what, ...)
{
    struct buf text;
    va_list args;
    bool yes = arguments_value(arguments, "--yes") != NULL;

    buf_init(&text, QUESTION_MAX);
    va_start(args, what);
    buf_vaddf(&text, what, args);
    va_end(args);
    if (!yes && admin->attended)
        yes = ask_person(admin, text.data);
    else if (!yes)
        admin_say(admin, "nothing was done: this would %s; with --yes it does", text.data);
    buf_release(&text);
    return yes;
}
