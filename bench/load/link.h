/*
 * link: a client's side of a WebSocket over loopback, and the loop that serves many.
 *
 * What arrives is read into one large buffer of the loop and parsed in place; only
 * a frame that is cut off is kept by its link until the rest follows. What is
 * answered while input is read leaves in one write behind it. The kernel's buffer
 * is the outbox; what it does not take is kept by the link. Nothing is allocated
 * for a frame.
 *
 * The owner of a link embeds it, hears of it through `struct link_events`, and may
 * call link_send at any time between `opened` and `closed`. `closed` comes once, with
 * a sentence, for whatever reason except link_abort.
 */
#ifndef BELFRY_BENCH_LOAD_LINK_H
#define BELFRY_BENCH_LOAD_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>

#include "bench/load/ws_frame.h"
#include "common/reason.h"

struct link;

struct link_events {
    void (*opened)(struct link *link);
    /* What came over a raw link. Returns how many bytes are done with; the rest comes again. */
    size_t (*input)(struct link *link, char *data, size_t len);
    /* A text or binary message; the text is the link's only during the call. */
    void (*message)(struct link *link, char *text, size_t len);
    void (*closed)(struct link *link, const char *why);
};

struct link_loop {
    int epoll;
    char *in, *out;
    size_t out_len;
    struct link *corked; /* whose input is being read: what it sends gathers in `out` */
    int64_t now;         /* when the input that is being read arrived, in now_ns */
    uint64_t received, sent, reads, writes, frames; /* bytes, system calls, messages */
    const struct link_events *events;
};

enum link_state { LINK_CLOSED, LINK_CONNECTING, LINK_UPGRADING, LINK_OPEN };

struct link {
    struct link_loop *loop;
    int fd;
    enum link_state state;
    bool is_raw; /* HTTP without an upgrade: its owner reads what comes */
    bool wants_out;
    const char *request;  /* of the route; not owned */
    char *rest, *pending; /* the beginning of a frame; what the kernel did not take */
    size_t rest_len, pending_len;
};

/* 0, or -1 with the reason. */
int link_loop_init(struct link_loop *loop, const struct link_events *events, struct reason *why);
void link_loop_release(struct link_loop *loop);

/* Waits at most `timeout_ns` for anything, and serves what there is. */
void link_loop_turn(struct link_loop *loop, int64_t timeout_ns);

/* Where a link goes, and what it says first. */
struct link_route {
    struct sockaddr_in source, target;
    const char *request; /* must last until `opened`, or until the first input of a raw link */
    bool is_raw; /* no upgrade is awaited: `input` comes instead of `opened` and `message` */
};

/* Begins to connect. 0, or -1 with the reason. */
int link_connect(
    struct link *link, struct link_loop *loop, const struct link_route *route, struct reason *why);

/* Writes bytes as they are, to a raw link. */
void link_write_raw(struct link *link, const char *data, size_t len);

void link_send(struct link *link, unsigned opcode, const char *payload, size_t len);

/* Ends the connection by a reset, which leaves no port waiting. May be called twice. */
void link_abort(struct link *link);

#endif
