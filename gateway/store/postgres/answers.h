/*
 * answers: what was sent to the server, and what it answers.
 *
 * Statements are queued in libpq's pipeline. link_exchange sends them, and reads
 * the answers in their order: each goes where whoever queued it wants it. What
 * the server tells by itself comes between them (link->noticed and what follows).
 *
 * The end of a transaction that only read need not be waited for: its answers
 * are read with the next ones, or when they come (link_hush).
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_ANSWERS_H
#define BELFRY_GATEWAY_STORE_POSTGRES_ANSWERS_H

#include "gateway/store/postgres/link_state.h"

/* The connection counts as lost; `why` NULL: for what libpq says. Returns -1. */
int link_lose(struct link *link, const char *why);

/* Notes a statement that was queued: `sent` is what libpq said. *good becomes true, and *answer the
 * result, which must be cleared, if it succeeds; both may be NULL. */
int link_note_sent(struct link *link, int sent, bool *good, PGresult **answer);
/* Queues SQL without parameters. */
int link_send_raw(struct link *link, const char *sql, PGresult **answer);

/* Sends what is queued and reads all answers: 0, or -1 if a statement failed, and then there is no
 * answer to any. */
int link_exchange(struct link *link);
/* Sends what is queued, whose answers do not matter. */
int link_send_off(struct link *link);
/* Reads what has come of those answers. */
void link_hush(struct link *link);
/* Takes what the server has told by itself. Returns whether somebody else has committed something
 * new. */
bool link_take_notices(struct link *link);

#endif
