/*
 * namespaces: which Socket.IO namespaces a client asked for and joined.
 *
 * The gateway serves "/" alone, so "/" costs no allocation; others are kept in a
 * short list. At most NAMESPACES_MAX of those, asked for and joined together.
 * A zeroed struct is empty.
 */
#ifndef BELFRY_GATEWAY_FRAMING_NAMESPACES_H
#define BELFRY_GATEWAY_FRAMING_NAMESPACES_H

#define NAMESPACES_MAX 16

enum namespace_state { NAMESPACE_NONE, NAMESPACE_ASKED, NAMESPACE_JOINED };

struct namespaces {
    struct namespace_entry *others;
    enum namespace_state root;
};

enum namespace_state namespaces_state(const struct namespaces *namespaces, const char *name);
/* NAMESPACE_NONE removes it. Returns 0, or -1 if there are too many. */
int namespaces_set(struct namespaces *namespaces, const char *name, enum namespace_state state);
/* Calls `each` for every joined namespace. */
void namespaces_each_joined(const struct namespaces *namespaces,
    void (*each)(void *context, const char *name), void *context);
void namespaces_release(struct namespaces *namespaces);

#endif
