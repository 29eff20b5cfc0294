/*
 * search: looks for sessions that are not at the row where they were, among all
 * sessions, slice by slice.
 *
 * A VACUUM gives rows other rowids, and so does an application that deletes and
 * inserts where it could update. So a session that is not at its row may still
 * be good. Sessions to look for are collected; one pass goes over all rows for
 * all of them, and what it has not met is gone. A session that is added while a
 * pass is under way is covered by the next one. Before each slice the caller
 * makes sure that rows have not moved since the pass began.
 *
 * Results are remembered while there is room, the newest SEARCH_MAX of them, so
 * that a token that is shown again and again does not cost a pass each time.
 * They are hints only, since rows come and go.
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
    SEARCH_UNASKED, /* it was never looked for, or the result is forgotten */
    SEARCH_WAITS,   /* it is being looked for */
    SEARCH_FOUND,
    SEARCH_GONE
};

struct sought;
TAILQ_HEAD(sought_list, sought);

struct search {
    struct sought *by_hash;
    struct sought_list waiting; /* in order of asking */
    struct sought_list settled; /* the longest ago first */
    size_t count;
    uint64_t pass; /* its number, or that of the last one */
    bool is_under_way, is_through;
    struct session_walk walk;
};

void search_init(struct search *search);
void search_release(struct search *search);

/* What is known of a session; where it was found, its rowid is set. */
enum search_result search_result(const struct search *search, struct token_session *session);
/* Looks for it, whatever was known. False where there is no room: ask again later. */
bool search_for(struct search *search, const struct token_session *session);
/* It was seen at its row: a result that it was gone is no longer true. */
void search_met(struct search *search, const struct token_session *session);
/* Whether anything is being looked for. */
bool search_waits(const struct search *search);

/* Goes on by at most `most` rows. 1 where that gave a result, 0, or -1 (the sessions say why). */
int search_step(struct search *search, struct sessions *sessions, size_t most);
/* Whether a pass has come to its end, which counts only once the caller has made sure. */
bool search_is_through(const struct search *search);
/* Rows have moved: the pass begins again. */
void search_restart(struct search *search);
/* … and all results are void. */
void search_forget(struct search *search);

#endif
