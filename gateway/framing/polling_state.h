/*
 * polling_state: struct polling, shared by polling_session.c (its requests) and
 * carrier_polling.c (what the session above asks of it).
 */
#ifndef BELFRY_GATEWAY_FRAMING_POLLING_STATE_H
#define BELFRY_GATEWAY_FRAMING_POLLING_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/framing/carrier.h"
#include "gateway/framing/directory.h"
#include "gateway/framing/polling_body.h"
#include "gateway/framing/polling_queue.h"
#include "gateway/net/wheel.h"

struct exchange;
struct polling_probe;

enum polling_state {
    POLLING_OPEN,
    POLLING_CLOSING, /* what waits, and a close packet, are still to be given out */
    POLLING_SAID,    /* they are, in `body` */
    POLLING_ENDED    /* `closed` has been called */
};

struct polling {
    struct directory_entry entry;
    struct peers *peers;
    struct carrier_owner *owner;
    struct exchange *get;      /* held */
    struct exchange *body;     /* a GET whose answer is being written */
    struct exchange *post;     /* not answered yet */
    size_t exchanges;          /* that may still call back */
    struct polling_body input; /* the rest of a POST, once all of that has come */
    bool has_input;
    bool input_kept; /* … which has been answered: `post` is a later one */
    bool has_next;   /* all of that has come, too */
    const void *next;
    size_t next_len;
    struct polling_queue queue;
    polling_bytes written; /* in `body` */
    uint64_t heard;
    int64_t heard_at; /* steady ms of the last request or answer */
    int64_t silence_ms;
    struct wheel_entry deadline; /* to be polled, or to be gone */
    struct wheel_entry resume;   /* runs between go_on and `resumed` */
    struct polling_probe *probe;
    uint64_t number;
    size_t max_message;
    uint32_t mark; /* the last one in a body that is not confirmed; 0: none */
    uint16_t code;
    uint8_t state; /* enum polling_state */
    uint8_t corks;
    bool held;
    bool unconfirmed; /* the last body was written, and no GET has come since */
    bool letting_go;  /* no GET is held any more */
    bool moved;       /* to another carrier: the id is remembered for close_timeout */
    char address[];
};

/* Answers the held GET, unless output is corked, and watches whether somebody polls. */
void polling_flush(struct polling *polling);
/* Answers the held GET if anything waits, even while corked. */
void polling_push(struct polling *polling);
void polling_uncork(struct polling *polling);
/* Processes what came by POST until the carrier is held. */
void polling_take_input(struct polling *polling);
/* As those of a carrier (carrier.h). */
void polling_close(void *object, int code, const char *reason);
void polling_cut(void *object, int code, const char *reason);
/* Logs why it ends, and closes it. */
void polling_fail(struct polling *polling, int code, const char *sentence);

#endif
