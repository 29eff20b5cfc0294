/*
 * reply: what belfry-publish answers, while it is being found out.
 *
 * A refusal is JSON that a program and a person can read:
 * {"error","code","index"?,"field"?}. `index` says which object of the request
 * is wrong, counted from 0, and `field` which member, as the request spells it.
 */
#ifndef BELFRY_PUBLISH_REPLY_H
#define BELFRY_PUBLISH_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

/* Bytes of a body: the ids of a request's rows, or one row with every character escaped. */
#define REPLY_BODY_MAX (152 * 1024)
#define REPLY_FIELD_SIZE 256

struct publish_reply {
    int status;
    int64_t retry_after; /* seconds; 0: the header is left out */
    const char *allow;   /* of a 405, and of the answer to OPTIONS; else NULL */
    struct buf body;     /* JSON; empty with 204 */
    struct {
        const char *code; /* NULL: not refused */
        int64_t index;    /* -1: about no single object */
        char field[REPLY_FIELD_SIZE];
        char error[512];
    } refusal;
};

void reply_init(struct publish_reply *reply);
void reply_release(struct publish_reply *reply);

/* Becomes a refusal about the whole request; reply_blame adds what it is about. */
void reply_refuse(struct publish_reply *reply, int status, const char *code, const char *error, ...)
    __attribute__((format(printf, 4, 5)));
/* `field` may be NULL. */
void reply_blame(struct publish_reply *reply, int64_t index, const char *field);
bool reply_is_refusal(const struct publish_reply *reply);

/* Fills the body of a refusal. Call it once everything is known. */
void reply_finish(struct publish_reply *reply);

/* Appends the whole answer. `head`: to a HEAD request, everything but the body. */
void reply_write(const struct publish_reply *reply, bool head, struct buf *out);

#endif
