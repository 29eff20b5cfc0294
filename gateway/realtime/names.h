/*
 * names: ids that many hold, kept once for all of them and counted.
 *
 * In a conversation of a thousand everybody has the same thousand contacts. A
 * zeroed struct holds none.
 */
#ifndef BELFRY_GATEWAY_REALTIME_NAMES_H
#define BELFRY_GATEWAY_REALTIME_NAMES_H

#include <stddef.h>

struct name;

struct names {
    struct name *table;
};

/* The one copy of that text; drop it once for each time it was taken. */
const char *names_take(struct names *names, const char *text);
/* `name` is what names_take gave. */
void names_drop(struct names *names, const char *name);
size_t names_count(const struct names *names);

#endif
