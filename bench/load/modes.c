/* modes: the table of all. */
#include <string.h>

#include "bench/load/mode.h"

static const struct mode table[] = {
    {"connect", mode_connect},
    {"idle", mode_idle},
    {"fanout", mode_fanout},
    {"rows", mode_rows},
    {"chat", mode_chat},
    {"comeback", mode_comeback},
    {"echo", mode_echo},
};

const struct mode *mode_find(const char *name)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}
