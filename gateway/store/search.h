/*
 * search: searches all sessions, slice by slice, for those that are no longer
 * at their rows.
 *
 * A VACUUM gives rows other rowids, and so does an application that deletes and
 * inserts where it could update. So a session that is not at its row may still
 * be good. Such sessions are collected; one pass over all rows searches for all
 * of them, and those it does not meet are gone. A session that is added during
 * a pass is covered by the next one. Before each slice the caller makes sure
 * that rows have not moved since the pass began.
 *
 * The newest SEARCH_MAX results are remembered, so that a token that is used
 * again and again does not cost a pass each time. They are hints only, since
 * rows come and go.
 */
#ifndef BELFRY_GATEWAY_STORE_SEARCH_H
#define BELFRY_GATEWAY_STORE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "gateway/store/session_verbs.h"

#define SEARCH_MAX 16384

enum search_result {
    SEARCH_UNASKED, /* it was never searched for, or the result is forgotten */
    SEARCH_WAITS,   /* it is being searched for */
    SEARCH_FOUND,
    SEARCH_GONE
};

struct sought;
TAILQ_HEAD(sought_list, sought);

struct search {
    struct sought *by_hash;
    struct sought_list waiting; /* in order of asking */
    struct sought_list settled; /* oldest first */
    size_t count;
    uint64_t pass; /* the number of the current or last pass */
    bool is_under_way, is_through;
    struct session_walk walk;
};

void search_init(struct search *search);
void search_release(struct search *search);

/* What is known about a session; if it was found, its rowid is set. */
enum search_result search_result(const struct search *search, struct token_session *session);
/* Searches for it, whatever was known. False if there is no room: ask again later. */
bool search_for(struct search *search, const struct token_session *session);
/* The session was seen at its row: a result that it was gone is no longer true. */
void search_met(struct search *search, const struct token_session *session);
/* Whether anything is being searched for. */
bool search_waits(const struct search *search);

/* Goes on by at most `most` rows. 1 if that gave a result, 0, or -1 (`sessions` says why). */
int search_step(struct search *search, struct sessions *sessions, size_t most);
/* Whether a pass has reached the end. The result counts only after the caller has checked that rows
 * did not move. */
bool search_is_through(const struct search *search);
/* Rows have moved: the pass starts over. */
void search_restart(struct search *search);
/* … and all results are forgotten. */
void search_forget(struct search *search);

#endif
