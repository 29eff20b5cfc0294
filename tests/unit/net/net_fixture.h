/*
 * net_fixture: a real server on real sockets, and clients made of bytes.
 *
 * Server and clients share one thread: waiting runs the loop. Time is set by the
 * fixture: nothing expires unless fixture_pass is called. The callbacks of the
 * server's owner are logged in `heard`, one word per event.
 */
#ifndef BELFRY_TESTS_NET_FIXTURE_H
#define BELFRY_TESTS_NET_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "gateway/net/server.h"

struct fixture {
    uv_loop_t loop;
    struct clock clock;
    int64_t now; /* steady and wall */
    struct log_sink sink;
    struct logger log;
    int log_fd;
    struct wheel *wheel;
    struct server *server;
    struct server_settings settings; /* change, then server_settings_update */
    struct buf heard;                /* "opened text:hello closed:1000 " */
    struct connection *last;         /* that was upgraded last; NULL once closed */
    struct http_answer answer;       /* what each request gets; status 0: it may be upgraded */
    /* Handles each request, unless NULL. */
    void (*on_request)(struct fixture *fixture, struct exchange *exchange);
    bool echo;
    void (*on_text)(struct fixture *fixture, struct connection *connection, const char *text);
    void (*on_drained)(struct fixture *fixture, struct connection *connection);
    size_t descriptors; /* open before */
};

/* Listens on 127.0.0.1:0 when `listen` is NULL. */
struct fixture *fixture_new(const char *listen);
/* Frees all, and asserts that the loop closes and every descriptor is back. */
void fixture_free(struct fixture *fixture);

/* Runs the loop until nothing happens any more. */
void fixture_settle(struct fixture *fixture);
/* Advances the time in steps of a wheel's slot. */
void fixture_pass(struct fixture *fixture, int64_t ms);
/* The log, malloc()ed. */
char *fixture_logged(struct fixture *fixture);

/* How often `word` occurs in `text`. */
size_t count_of(const char *text, const char *word);

struct net_client {
    struct fixture *fixture;
    int fd;
    struct buf in;
    bool eof;
    bool reset;
    bool deaf; /* does not read */
};

struct net_client *net_client_new(struct fixture *fixture);
struct net_client *net_client_new_at(struct fixture *fixture, const char *address);
/* Connects, completes the handshake, and discards its response. */
struct net_client *net_client_new_open(struct fixture *fixture);
void net_client_free(struct net_client *client);

/* Sends everything while running the loop, and lets it settle; false if the peer stops reading. */
bool net_client_send(struct net_client *client, const void *bytes, size_t len);
bool net_client_send_text(struct net_client *client, const char *text);
void net_client_send_frame(
    struct net_client *client, unsigned char first, const void *payload, size_t len);
/* Reads what is there. */
void net_client_read(struct net_client *client);
/* Reads until that many bytes are there, or nothing more arrives. */
void net_client_await(struct net_client *client, size_t len);
/* The status of the HTTP response; 0 if there is none yet. */
int net_client_status(struct net_client *client);
/* Removes the next frame from what was read: "text:hello", "close:1000:reason", "none". */
const char *net_client_frame(struct net_client *client, char *out, size_t size);

extern const char sound_request[];

#endif
