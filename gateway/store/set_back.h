/*
 * set_back: rows that somebody made pending again while a delivery of them may
 * be under way.
 *
 * A confirmation says that a row was received as it was sent. Where the row was
 * read, cancelled or delivered and made pending again since, it must not count
 * for the new delivery that is owed. A trigger writes which rows these are; the
 * thread takes that up before it marks anything, tells the loop, and lets no
 * confirmation count that the loop sent before it had heard of it. A row that
 * is pending and given to another user is set back for the former.
 */
#ifndef BELFRY_GATEWAY_STORE_SET_BACK_H
#define BELFRY_GATEWAY_STORE_SET_BACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;
struct news;
struct watched;
struct set_back_row;

struct set_back {
    struct set_back_row *by_id;
    uint64_t told; /* how many batches of news told of such rows */
    size_t untold;
    bool is_new;     /* the file may hold some that are not taken up */
    bool is_cleared; /* in the open transaction: it holds none */
};

void set_back_init(struct set_back *set_back);
void set_back_release(struct set_back *set_back);

/* Takes up what the file holds, where there may be any. 0, or -1. */
int set_back_read(struct queue *queue);
/* Takes it out of the file, inside a transaction, and afterwards. */
int set_back_clear(struct queue *queue);
void set_back_settle(struct queue *queue, bool committed);

/* Adds the user's rows to the news, before the user is told to scan again. */
void set_back_tell(struct queue *queue, struct news *news, const struct watched *watched);
/* Whether a confirmation counts that was sent when the loop had heard of that many batches. */
bool set_back_lets_count(const struct set_back *set_back, int64_t id, uint64_t heard);
/* All that comes from the loop from now on was sent when it had heard of that many. */
void set_back_heard(struct set_back *set_back, uint64_t heard);

#endif
