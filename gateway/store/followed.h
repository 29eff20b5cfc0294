/*
 * followed: a set of names, each with how many want to hear of it.
 *
 * There is one of the conversations that are joined, whose messages are told,
 * and one of the users whose memberships are told although they are not here.
 */
#ifndef BELFRY_GATEWAY_STORE_FOLLOWED_H
#define BELFRY_GATEWAY_STORE_FOLLOWED_H

#include <stdbool.h>
#include <stddef.h>

struct followed_name;

struct followed {
    struct followed_name *by_name;
};

void followed_init(struct followed *followed);
void followed_release(struct followed *followed);
/* One more wants to hear of it. */
void followed_add(struct followed *followed, const char *name);
/* One less; nothing where nobody wanted to. Those from before followed_begin_anew go first. */
void followed_remove(struct followed *followed, const char *name);
/* The database was replaced: nobody follows anything. But whoever did still calls followed_remove,
 * sooner or later. */
void followed_begin_anew(struct followed *followed);
/* `name` need not end in NUL. */
bool followed_has(const struct followed *followed, const char *name, size_t len);

#endif
