/*
 * directory: the sessions that have no socket of their own, by the id (`sid`)
 * that their client sends with each request.
 *
 * The ids are 128 random bits that the gateway chose, so nobody can make them
 * collide in the table, and nobody guesses one. Each session is counted, in all
 * and by the address that its first request came from, since it costs memory
 * whether or not anybody asks for it again.
 *
 * Ownership: an entry is embedded in its object, and leaves before the object
 * is freed.
 */
#ifndef BELFRY_GATEWAY_FRAMING_DIRECTORY_H
#define BELFRY_GATEWAY_FRAMING_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#include "common/random.h"

struct address;
struct directory;

/* A kind of object. An id of another kind is not found. */
struct directory_kind {
    const char *name;
    /* Closes the session, for directory_close. It may leave at once. */
    void (*close)(void *object, int code, const char *reason);
    /* Ends it at once, whatever its client has yet to hear, for directory_end. It leaves. */
    void (*end)(void *object);
};

struct directory_entry {
    char sid[RANDOM_NAME_SIZE];
    const struct directory_kind *kind;
    void *object;
    bool closing; /* directory_close has closed it */
    struct address *counted;
    UT_hash_handle hh;
};

struct directory_limits {
    size_t max;             /* sessions in all; 0: no limit */
    size_t max_per_address; /* 0: no limit */
};

/* Why a session has ended, or goes on elsewhere. */
enum directory_cause {
    DIRECTORY_LEFT,     /* its client closed it, or cancelled a request */
    DIRECTORY_UPGRADED, /* it has a socket of its own now */
    DIRECTORY_SILENT,   /* its client sent nothing any more */
    DIRECTORY_SLOW,     /* its client did not take what waited */
    DIRECTORY_BROKEN,   /* its client broke the protocol */
    DIRECTORY_CLOSED,   /* the gateway closed it: its token, a limit, the drain */
    DIRECTORY_CAUSES
};

/* Each that has entered is in `sessions` or in one of `ended`. */
struct directory_counters {
    size_t sessions;
    uint64_t entered, refused_full, refused_address, unknown; /* `unknown`: ids not found */
    uint64_t ended[DIRECTORY_CAUSES];
};

enum directory_verdict { DIRECTORY_ENTERED, DIRECTORY_FULL, DIRECTORY_ADDRESS_FULL };

struct directory *directory_new(void);
/* Only when it is empty. */
void directory_free(struct directory *directory);

/* Enters an entry whose sid, kind and object are set. `address` is the client's in text, or NULL
 * for one whose address is not limited. */
enum directory_verdict directory_enter(struct directory *directory, struct directory_entry *entry,
    const char *address, const struct directory_limits *limits);
/* The cause of an end with this close code. */
enum directory_cause directory_cause_of(int close_code);
/* An entry that has left, or never entered, may leave again if it was zeroed in the beginning. */
void directory_leave(
    struct directory *directory, struct directory_entry *entry, enum directory_cause cause);
/* The object, or NULL. */
void *directory_find(
    struct directory *directory, const struct directory_kind *kind, const char *sid);
/* Closes `count` more sessions, those that entered first. */
void directory_close(struct directory *directory, size_t count, int code, const char *reason);
/* Ends all sessions. */
void directory_end(struct directory *directory);

const struct directory_counters *directory_counters(const struct directory *directory);

#endif
