#include "admin/completion_values.h"

#include <stddef.h>
#include <string.h>

bool completion_is_file(const char *name)
{
    return name && (strcmp(name, "FILE") == 0 || strcmp(name, "[FILE]") == 0 ||
                       strcmp(name, "FILE|URL") == 0);
}

/* Whether the name is a choice of words as they are, like yes|no. */
static bool is_choice(const char *name)
{
    return strchr(name, '|') && strspn(name, "abcdefghijklmnopqrstuvwxyz|") == strlen(name);
}

void completion_add_words(struct buf *out, const char *name)
{
    static const struct {
        const char *name, *words;
    } known[] = {
        {"STATUS", "pending delivered read expired cancelled failed "},
        {"PRIORITY", "low normal high urgent "},
        {"TYPE", "notification message alert system "},
        {"RIGHTS", "notifications broadcasts messages read revoke "},
    };
    for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0)
            buf_add_text(out, known[i].words);
    if (!name || !is_choice(name))
        return;
    for (const char *at = name; *at; at++)
        buf_add_char(out, *at == '|' ? ' ' : *at);
    buf_add_char(out, ' ');
}
