/*
 * intake: takes the FastCGI records of one connection (FastCGI 1.0, sections 3
 * to 5) as they arrive, however they are cut, until a request is complete.
 *
 * libfcgi reads a connection with blocking reads, one thread each, and trusts
 * what it reads: half a request would hold a thread for ever, and some lengths
 * end the process. So it never sees a web server's connection. This module reads
 * it instead, without blocking. It refuses what is not FastCGI, answers what is
 * not about a request (GET_VALUES, unknown types, a second request beside the
 * first), and only passes on requests that are complete and in order (bridge.h).
 *
 *     while (len > 0) {
 *         event = intake_feed(&intake, &data, &len);
 *         …INTAKE_REQUEST: answer intake.params and intake.body, then intake_next(&intake)
 *     }
 *
 * Memory is limited: the parameters to what one record holds, a body to
 * `body_max`, and all the bodies that are arriving on one thread to `bodies_max`.
 */
#ifndef BELFRY_FCGI_INTAKE_H
#define BELFRY_FCGI_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"

/* Bytes of a record's header. */
#define INTAKE_HEADER 8
/* Bytes of all parameters of a request; as many as one record can hold. */
#define INTAKE_PARAMS_MAX 65535

enum intake_event {
    INTAKE_MORE,    /* everything was taken, and no request is complete yet */
    INTAKE_REQUEST, /* a request is complete */
    INTAKE_REFUSED, /* a request is refused: `status` is what to answer, `why` the reason */
    INTAKE_ABORTED, /* the web server gave its request up */
    INTAKE_BROKEN   /* this is not FastCGI: close. `why` is the reason */
};

/* What happens to bodies, on all connections of one thread. */
struct intake_bodies {
    size_t body_max;
    bool keep;         /* else they are only counted */
    size_t bodies_max; /* bytes kept at once; a body that would pass it is refused with 503 */
    size_t kept;       /* now */
};

struct intake {
    struct intake_bodies *bodies; /* borrowed */
    unsigned char header[INTAKE_HEADER];
    size_t header_len;
    size_t content_left;
    size_t padding_left;
    struct buf control; /* the content of a BEGIN_REQUEST or GET_VALUES */
    uint16_t id;        /* of the request, 0 while there is none */
    bool keep;          /* FCGI_KEEP_CONN */
    bool params_complete;
    struct buf params;
    size_t body_len; /* bytes of STDIN so far */
    struct buf body; /* them, where bodies are kept */
    int status;
    struct buf replies; /* to be sent; the caller clears it */
    struct reason why;
};

void intake_init(struct intake *intake, struct intake_bodies *bodies);
void intake_release(struct intake *intake);

/* Takes bytes off the front of *data, up to the first event. */
enum intake_event intake_feed(struct intake *intake, const char **data, size_t *len);

/* Forgets the request, and is ready for the next one of the connection. */
void intake_next(struct intake *intake);

/* Whether nothing of a further request has arrived. */
bool intake_is_idle(const struct intake *intake);

/* Writes the header of a record whose content is `len` bytes long, at most 65,535. */
void intake_write_header(unsigned char header[INTAKE_HEADER], int type, uint16_t id, size_t len);

/* Appends one record; the content is at most 65,535 bytes long. */
void intake_add_record(struct buf *out, int type, uint16_t id, const void *content, size_t len);

/* Appends an END_REQUEST: FCGI_REQUEST_COMPLETE with the status 0. */
void intake_add_end(struct buf *out, uint16_t id);

/* Appends an answer: STDOUT with the text, in as many records as it takes, its end, and
 * END_REQUEST. */
void intake_add_answer(struct buf *out, uint16_t id, const struct buf *text);

#endif
