/*
 * intake: the FastCGI records of one connection (FastCGI 1.0, sections 3 to 5),
 * taken as they arrive, however they are cut, until a request is whole.
 *
 * libfcgi reads a connection with blocking reads, one thread each, and trusts
 * what it reads: half a request holds a thread for ever, some lengths end the
 * process. So it never sees a web server's connection. This reads them
 * instead, without blocking, refuses what is no FastCGI, answers what is not
 * about a request (GET_VALUES, unknown types, a second request beside the
 * first), and only hands on requests that are whole and in order (bridge.h).
 *
 *     while (len > 0) {
 *         event = intake_feed(&intake, &data, &len);
 *         …INTAKE_REQUEST: answer intake.params, then intake_next(&intake)
 *     }
 *
 * Memory is bounded: PARAMS to one record's worth, bodies are counted and
 * dropped.
 */
#ifndef BELFRY_AUTH_INTAKE_H
#define BELFRY_AUTH_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"

#define INTAKE_HEADER 8
/* All parameters of a request; that of one record. */
#define INTAKE_PARAMS_MAX 65535

enum intake_event {
    INTAKE_MORE,    /* all was taken, nothing is whole yet */
    INTAKE_REQUEST, /* a request is whole */
    INTAKE_REFUSED, /* one that cannot be taken: `status` says what to answer */
    INTAKE_ABORTED, /* the web server gave its request up */
    INTAKE_BROKEN   /* this is not FastCGI: close. `why` says what was wrong */
};

struct intake {
    unsigned char header[INTAKE_HEADER];
    size_t header_len;
    size_t content_left;
    size_t padding_left;
    struct buf control; /* the content of a BEGIN_REQUEST or GET_VALUES */
    uint16_t id;        /* of the request; 0 while there is none */
    bool keep;          /* FCGI_KEEP_CONN */
    bool params_whole;
    struct buf params;
    size_t body; /* octets of STDIN */
    int status;
    struct buf replies; /* to be sent; the caller clears it */
    struct reason why;
};

void intake_init(struct intake *intake);
void intake_release(struct intake *intake);

/* Takes octets off the front of *data, up to the first event. */
enum intake_event intake_feed(struct intake *intake, const char **data, size_t *len);

/* Ready for the next request of the connection. */
void intake_next(struct intake *intake);

/* Whether nothing of a further request has come. */
bool intake_is_idle(const struct intake *intake);

/* Appends an END_REQUEST: FCGI_REQUEST_COMPLETE with the status 0. */
void intake_end(struct buf *out, uint16_t id);

/* Appends an answer that libfcgi has no part in: STDOUT with the text, its end, END_REQUEST. */
void intake_answer(struct buf *out, uint16_t id, const struct buf *text);

#endif
