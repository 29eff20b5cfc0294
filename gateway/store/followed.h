/*
 * followed: a set of names, each with a count of its followers.
 *
 * One set holds the joined conversations, whose messages are told; another the
 * users whose memberships are told even while they are not connected.
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
/* Adds one follower. */
void followed_add(struct followed *followed, const char *name);
/* Removes one follower, if there is any. Those from before followed_begin_anew go first. */
void followed_remove(struct followed *followed, const char *name);
/* The database was replaced: nobody follows anything any more. Former followers still call
 * followed_remove, sooner or later; those calls are counted off first. */
void followed_begin_anew(struct followed *followed);
/* `name` need not end in NUL. */
bool followed_has(const struct followed *followed, const char *name, size_t len);

#endif
