/*
 * contacts: a set of user ids, sorted: with whom somebody shares a
 * conversation. A zeroed set is empty. Its ids are names, shared with other
 * sets: `names` is the same for all that is done with a set.
 */
#ifndef BELFRY_GATEWAY_REALTIME_CONTACTS_H
#define BELFRY_GATEWAY_REALTIME_CONTACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/realtime/names.h"

struct contacts {
    const char **ids;
    size_t count;
};

/* A set of these, in whatever order they come, each once. */
struct contacts contacts_new(struct names *names, const char *const *ids, size_t count);
bool contacts_hold(const struct contacts *contacts, const char *id);
/* Nothing happens where it is there already, or not there. */
void contacts_add(struct contacts *contacts, struct names *names, const char *id);
void contacts_remove(struct contacts *contacts, struct names *names, const char *id);
void contacts_release(struct contacts *contacts, struct names *names);

#endif
