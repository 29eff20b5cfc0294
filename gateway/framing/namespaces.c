#include "gateway/framing/namespaces.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

struct namespace_entry {
    struct namespace_entry *next;
    enum namespace_state state;
    char name[];
};

static struct namespace_entry **entry_find(
    struct namespaces *namespaces, const char *name, unsigned *count)
{
    struct namespace_entry **at = &namespaces->others;

    for (*count = 0; *at && strcmp((*at)->name, name) != 0; at = &(*at)->next)
        ++*count;
    return at;
}

enum namespace_state namespaces_state(const struct namespaces *namespaces, const char *name)
{
    if (strcmp(name, "/") == 0)
        return namespaces->root;
    for (const struct namespace_entry *entry = namespaces->others; entry; entry = entry->next)
        if (strcmp(entry->name, name) == 0)
            return entry->state;
    return NAMESPACE_NONE;
}

static struct namespace_entry *entry_new(const char *name)
{
    size_t size = strlen(name) + 1;
    struct namespace_entry *entry = mem_zalloc(sizeof(*entry) + size);

    memcpy(entry->name, name, size);
    return entry;
}

static void entry_remove(struct namespace_entry **at)
{
    struct namespace_entry *entry = *at;

    *at = entry->next;
    free(entry);
}

int namespaces_set(struct namespaces *namespaces, const char *name, enum namespace_state state)
{
    unsigned count;

    if (strcmp(name, "/") == 0) {
        namespaces->root = state;
        return 0;
    }
    struct namespace_entry **at = entry_find(namespaces, name, &count);
    if (state == NAMESPACE_NONE) {
        if (*at)
            entry_remove(at);
        return 0;
    }
    if (!*at && count >= NAMESPACES_MAX)
        return -1;
    if (!*at)
        *at = entry_new(name);
    (*at)->state = state;
    return 0;
}

void namespaces_each_joined(const struct namespaces *namespaces,
    void (*each)(void *context, const char *name), void *context)
{
    if (namespaces->root == NAMESPACE_JOINED)
        each(context, "/");
    for (const struct namespace_entry *entry = namespaces->others; entry; entry = entry->next)
        if (entry->state == NAMESPACE_JOINED)
            each(context, entry->name);
}

void namespaces_release(struct namespaces *namespaces)
{
    while (namespaces->others)
        entry_remove(&namespaces->others);
    namespaces->root = NAMESPACE_NONE;
}
