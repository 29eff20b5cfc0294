#include "gateway/realtime/names.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "common/memory.h"

struct name {
    UT_hash_handle hh;
    uint32_t holders;
    char text[];
};

const char *names_take(struct names *names, const char *text)
{
    size_t len = strlen(text);
    struct name *name;

    HASH_FIND(hh, names->table, text, len, name);
    if (!name) {
        name = mem_zalloc(sizeof(*name) + len + 1);
        memcpy(name->text, text, len + 1);
        HASH_ADD(hh, names->table, text, len, name);
    }
    name->holders++;
    return name->text;
}

void names_drop(struct names *names, const char *text)
{
    struct name *name =
        (struct name *)(void *)((char *)(uintptr_t)text - offsetof(struct name, text));

    if (--name->holders > 0)
        return;
    HASH_DEL(names->table, name);
    free(name);
}

size_t names_count(const struct names *names)
{
    return HASH_COUNT(names->table);
}
