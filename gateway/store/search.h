/*
 * search: looks for sessions that are not at the row where they were, through
 * all sessions, slice by slice.
 *
 * A VACUUM gives rows other rowids, and so does an application that deletes
 * and inserts where it could update: a session that is not at its row is not
 * over for that. What is sought is gathered; a pass goes over all sessions
 * once, whatever their number, and what it has not met is gone. What comes
 * while a pass is under way is covered by the next. Whoever drives it makes
 * sure before each slice that rows have not moved since the pass began.
 *
 * What was found out is remembered as long as there is room, the newest
 * SEARCH_MAX of it: a token that is shown again and again costs no pass each
 * time. It is a hint: rows go and come.
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
    SEARCH_UNASKED, /* nobody sought it, or it is forgotten */
    SEARCH_WAITS,   /* it is being sought */
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
/* Seeks it, whatever was known. False where there is no room: it has to be asked for again. */
bool search_for(struct search *search, const struct token_session *session);
/* It is at its row: that it was gone is no longer true. */
void search_met(struct search *search, const struct token_session *session);
/* Whether anything is being sought. */
bool search_waits(const struct search *search);

/* Goes on by at most `most` rows. 1 where something was settled by it, 0, or -1 (the sessions
 * say why). */
int search_step(struct search *search, struct sessions *sessions, size_t most);
/* Whether the end of a pass waits for the caller to make sure. */
bool search_is_through(const struct search *search);
/* Rows have moved: the pass begins again. */
void search_restart(struct search *search);
/* … and what was found out is void. */
void search_forget(struct search *search);

#endif
