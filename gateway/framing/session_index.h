/*
 * session_index: all sessions of a gateway in the order of their numbers, so
 * that they can be read page by page, however many come and go meanwhile.
 *
 * An array of pairs. New sessions have the highest numbers or nearly so, which
 * makes adding cheap; a session that ends leaves a gap, and the gaps are closed
 * once they are as many as the sessions. A zeroed index is empty. It does not
 * own the sessions.
 */
#ifndef BELFRY_GATEWAY_FRAMING_SESSION_INDEX_H
#define BELFRY_GATEWAY_FRAMING_SESSION_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct peer;

struct session_index {
    struct session_index_row *rows;
    size_t len;   /* of `rows`, with gaps */
    size_t room;  /* how many fit */
    size_t count; /* sessions */
};

/* The number must not be there yet. */
void session_index_add(struct session_index *index, uint64_t number, const struct peer *peer);
/* It must be there. */
void session_index_remove(struct session_index *index, uint64_t number);
/* The session with the lowest number above that; NULL: there is none. Costs O(log n), and the gaps
 * that it meets. */
const struct peer *session_index_after(const struct session_index *index, uint64_t number);
/* All sessions must have been removed. */
void session_index_release(struct session_index *index);

#endif
