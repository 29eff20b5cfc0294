#include "gateway/store/engines.h"

#include <string.h>

#include "gateway/store/sqlite/sqlite.h"
#include "gateway/store/store_settings.h"

/* The first whose prefix `database` begins with. */
static const struct {
    const char *prefix;
    struct engine *(*make)(const struct store_settings *settings, struct reason *why);
} engines[] = {
    {"", sqlite_new},
};

struct engine *engines_new(const struct store_settings *settings, struct reason *why)
{
    size_t i = 0;

    while (strncmp(settings->database, engines[i].prefix, strlen(engines[i].prefix)) != 0)
        i++;
    return engines[i].make(settings, why);
}
