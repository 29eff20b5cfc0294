/*
 * contacts: a set of user ids, sorted: with whom somebody shares a
 * conversation. A zeroed set is empty. It owns its ids.
 */
#ifndef BELFRY_GATEWAY_REALTIME_CONTACTS_H
#define BELFRY_GATEWAY_REALTIME_CONTACTS_H

#include <stdbool.h>
#include <stddef.h>

struct contacts {
    char **ids;
    size_t count;
};

/* A set of copies, in whatever order they come, each once. */
struct contacts contacts_new(const char *const *ids, size_t count);
bool contacts_hold(const struct contacts *contacts, const char *id);
/* Nothing happens where it is there already, or not there. */
void contacts_add(struct contacts *contacts, const char *id);
void contacts_remove(struct contacts *contacts, const char *id);
void contacts_release(struct contacts *contacts);

#endif
