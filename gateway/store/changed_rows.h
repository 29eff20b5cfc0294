/*
 * changed_rows: notifications that somebody changed, until the user's pages are
 * told.
 *
 * Triggers of the schema record them in `changes` (changes.h). Those of
 * connected users are noted here, once for each row, and told a moment after
 * the first (row_news.h), with what the row is by then: a row that is updated a
 * hundred times at once is one piece of news. What waits is bounded; when it is
 * full, it is told without waiting, and further changes stay in the database.
 */
#ifndef BELFRY_GATEWAY_STORE_CHANGED_ROWS_H
#define BELFRY_GATEWAY_STORE_CHANGED_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uthash.h>

/* The most changes that wait, and how many more there may be for the sake of new rows (tail.h): so
 * those never wait until the last of very many changes has been read. */
#define CHANGED_ROWS_MAX 4096
#define CHANGED_ROWS_NEW 256
/* How long a user's first one waits for others. */
#define CHANGED_ROWS_MS 100

/* What happened to a row: any of these. */
enum changed_row_what { ROW_UPDATED = 1, ROW_REMOVED = 2, ROW_READ = 4 };

struct changed_row {
    int64_t id;
    unsigned what;
};

struct changed_rows_user {
    UT_hash_handle hh;
    TAILQ_ENTRY(changed_rows_user) entry; /* in changed_rows.in_order */
    int64_t since;                        /* steady ms of the first change */
    struct changed_row *rows;             /* a row that changes again stands here again */
    size_t count, size;
    bool is_sorted; /* by id, each row once */
    char user[];
};

TAILQ_HEAD(changed_rows_users, changed_rows_user);

struct changed_rows {
    struct changed_rows_user *by_user;
    struct changed_rows_users in_order; /* the one whose first change is the oldest, first */
    size_t count;                       /* of all users */
};

void changed_rows_init(struct changed_rows *changes);
/* Forgets all of them. */
void changed_rows_release(struct changed_rows *changes);

/* Whether another one can be noted: the caller stops reading `changes` where not. */
bool changed_rows_have_room(const struct changed_rows *changes);
/* Likewise for a new row, which the caller stops before. */
bool changed_rows_have_room_for_new(const struct changed_rows *changes);
void changed_rows_note(
    struct changed_rows *changes, const char *user, int64_t id, unsigned what, int64_t steady);
/* Milliseconds until some are to be told; INT64_MAX: none waits. */
int64_t changed_rows_pause(const struct changed_rows *changes, int64_t steady);

/* The user whose changes waited the longest; NULL: none. Its rows are sorted by id, each once. */
struct changed_rows_user *changed_rows_first(struct changed_rows *changes);
/* Drops the first `count` rows of that user, and the user with the last of them. */
void changed_rows_drop(struct changed_rows *changes, struct changed_rows_user *user, size_t count);

#endif
