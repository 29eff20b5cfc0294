/*
 * set_back: rows that somebody made pending again while a delivery of them may
 * be under way.
 *
 * A confirmation says that a row was received as it was sent. Where the row was
 * read, cancelled or delivered and then made pending again, that confirmation
 * must not count for the new delivery that is owed. A trigger writes down which
 * rows these are. The thread reads that before it marks anything and tells the
 * loop; confirmations that the loop sent before it had heard of it do not count.
 * A row that is pending and given to another user is set back for its former
 * one.
 */
#ifndef BELFRY_GATEWAY_STORE_SET_BACK_H
#define BELFRY_GATEWAY_STORE_SET_BACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct news;
struct set_back_entry;
struct set_back_row;

struct set_back {
    struct set_back_row *by_id;
    uint64_t told; /* how many batches of news told of such rows */
    size_t untold;
    bool is_new;     /* the database may hold some that were not read */
    bool is_cleared; /* in the open transaction: it holds none */
};

void set_back_init(struct set_back *set_back);
void set_back_release(struct set_back *set_back);

/* Whether this entry of the database was read before. What was known of the row from an earlier
 * entry is forgotten. */
bool set_back_knows(struct set_back *set_back, const struct set_back_entry *entry);
/* Rows beyond a bound are as if their trigger had written nothing. */
void set_back_add(struct set_back *set_back, const struct set_back_entry *entry);
/* After the transaction in which the entries were deleted (is_cleared), or not. */
void set_back_settle(struct set_back *set_back, bool committed);

/* Adds the user's rows to the news, before the user is told to scan again. */
void set_back_tell(struct set_back *set_back, const char *user, struct news *news);
/* Whether a confirmation counts that was sent when the loop had heard of that many batches. */
bool set_back_lets_count(const struct set_back *set_back, int64_t id, uint64_t heard);
/* All that comes from the loop from now on was sent when it had heard of that many. */
void set_back_heard(struct set_back *set_back, uint64_t heard);

#endif
