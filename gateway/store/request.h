/*
 * request: what the loop asks of the thread, and the answer that comes back in
 * the same place.
 *
 * The loop makes it, the thread fills in the answer and sends it back, where
 * request_open calls whoever asked, and frees it. What nobody waits for (sent,
 * expire, detach) the thread frees itself.
 */
#ifndef BELFRY_GATEWAY_STORE_REQUEST_H
#define BELFRY_GATEWAY_STORE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/token.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/page.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/store_broadcasts.h"
#include "gateway/store/store_conversations.h"
#include "gateway/store/store_notifications.h"
#include "gateway/store/store_presence.h"

enum request_kind {
    REQUEST_JOIN,
    REQUEST_PART,
    REQUEST_READ_ON,
    REQUEST_HISTORY,
    REQUEST_SAY,
    REQUEST_MEMBER,
    REQUEST_CONVERSATIONS,
    REQUEST_CONTACTS,
    REQUEST_SEEN,
    REQUEST_HEED,
    REQUEST_UNHEED,
    REQUEST_STANDING,
    REQUEST_BROADCASTS_BEHIND,
    REQUEST_BROADCAST_SENT,
    REQUEST_KINDS
};

struct request {
    struct errand errand;
    enum request_kind kind;
    char *user; /* of STANDING and BROADCASTS_BEHIND the topic, of SEEN who asks */
    char *conversation;
    struct saying *saying;
    struct token_session session; /* of the token, where it has one */
    bool has_session;
    int64_t *ids;
    size_t count;
    union {
        struct {
            int64_t before, after; /* JOIN: after alone, -1: none are wanted */
            size_t limit;
        } history;
        struct {
            int64_t id;
            size_t recipients;
        } broadcast;
        struct {
            int64_t after, heard;
        } standing; /* and broadcasts behind */
        struct {
            bool by_sharing; /* only those who share a conversation with the user */
        } seen;
    } ask;
    union {
        void (*checked)(void *, enum store_verdict);
        void (*messages)(void *, const struct store_messages *);
        void (*said)(void *, const struct store_said *);
        void (*conversations)(void *, const struct store_conversations *);
        void (*seen)(void *, const struct store_seen *);
        void (*standing)(void *, const struct store_broadcasts *);
    } done;

    /* Mark read, which may take several transactions: how many ids are dealt with, or the last of
     * them; both as of now and before the open transaction. */
    int64_t cursor, committed_cursor;
    size_t committed_count;
    /* Attach: `cursor` and `unread` are of the count; it took more than one part. */
    bool is_long;

    /* The answer. mark read puts the ids into `found`. */
    struct page page;
    int64_t upto;
    bool complete; /* or, of a list: nothing is left */
    int64_t unread;
    int64_t highest; /* of an attach */
    int64_t scan_started;
    int64_t *found;
    size_t found_count, found_size;
    struct store_said said;
    char name[FILE_NAME_SIZE];
};

/* What somebody says: their own copies. */
struct saying {
    char *name, *content, *metadata, *reference;
};
struct saying *saying_new(const struct store_saying *saying);

struct request *request_new(enum request_kind kind, const char *user);
/* Copies them. */
void request_set_ids(struct request *request, const int64_t *ids, size_t count);
void request_add_found(struct request *request, int64_t id);

/* errand_kind.free, and bytes. */
void request_release(struct errand *errand);
size_t request_bytes(const struct errand *errand);

/* errand_kind.answer, for the bridge. */
void request_answer_attach(struct errand *errand);
void request_answer_check(struct errand *errand);
void request_answer_fetch(struct errand *errand);
void request_answer_list(struct errand *errand);
void request_answer_mark_read(struct errand *errand);
void request_answer_messages(struct errand *errand);
void request_answer_said(struct errand *errand);
void request_answer_conversations(struct errand *errand);
void request_answer_seen(struct errand *errand);
void request_answer_standing(struct errand *errand);

#endif
