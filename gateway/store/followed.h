/*
 * followed: a set of names, each with a count of its followers.
 *
 * One such set holds the conversations that are joined: their messages become
 * news. Another holds users whose memberships become news even while they are
 * not connected.
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
/* One follower more. */
void followed_add(struct followed *followed, const char *name);
/* One follower less; nothing happens where there is none. Those from before followed_begin_anew go
 * first. */
void followed_remove(struct followed *followed, const char *name);
/* The database was replaced: nobody follows anything until they follow it again. Whoever did still
 * calls followed_remove, sooner or later. */
void followed_begin_anew(struct followed *followed);
/* `name` need not end in NUL. */
bool followed_has(const struct followed *followed, const char *name, size_t len);

#endif
