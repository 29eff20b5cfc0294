/*
 * set_back: rows that somebody set back to pending while a delivery of them may
 * be under way.
 *
 * A confirmation says that a row was received as it was sent. If the row was
 * read, cancelled or delivered and then made pending again, that confirmation
 * must not count for the new delivery that is owed. A trigger records which
 * rows these are. The thread reads that before it marks anything and tells the
 * loop; confirmations that the loop sent before it knew do not count. A pending
 * row that is given to another user is set back for its former user.
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
    uint64_t told; /* how many pieces of news have told of such rows */
    size_t untold;
    bool is_new;     /* the database may hold unread entries */
    bool is_cleared; /* the open transaction deletes them all */
};

void set_back_init(struct set_back *set_back);
void set_back_release(struct set_back *set_back);

/* Whether this entry of the database was read before. If not, forgets what an earlier entry said
 * about the row. */
bool set_back_knows(struct set_back *set_back, const struct set_back_entry *entry);
/* Beyond a bound, rows are ignored as if their trigger had written nothing. */
void set_back_add(struct set_back *set_back, const struct set_back_entry *entry);
/* After a transaction. `committed`: if it deleted the entries (is_cleared), they are gone from the
 * database. */
void set_back_settle(struct set_back *set_back, bool committed);

/* Adds the user's rows to the news; called before the user is told to scan again. */
void set_back_tell(struct set_back *set_back, const char *user, struct news *news);
/* Whether a confirmation counts that the loop sent when it had heard `heard` pieces of such
 * news. */
bool set_back_lets_count(const struct set_back *set_back, int64_t id, uint64_t heard);
/* Everything that comes from the loop from now on was sent after it had heard that many. */
void set_back_heard(struct set_back *set_back, uint64_t heard);

#endif
