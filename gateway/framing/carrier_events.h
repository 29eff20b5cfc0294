/*
 * carrier_events: a session carried by an event stream (HTML standard, section
 * 9.2): one HTTP answer in pieces, and POST requests for what the client sends.
 *
 * Each message of the framing is one event: `id:` and one `data:` line. An id is
 * sealed (seal.h) and names the session and the highest number that peer_next_mark
 * had given out by then. A client that comes back with it (Last-Event-ID) has
 * received everything up to that number, which counts as a mark that came back.
 *
 * The answer begins with the first event. Until then a refusal is an HTTP error.
 * It is not written before the messages of event_stream_begin are processed, so
 * that a client which is greeted has joined the topics of its URL; conversations, of
 * which the store is asked first, follow.
 *
 * A POST brings messages, and is answered with their acknowledgements once there
 * is one for each message with an `id`, or after ANSWER_MS. Posts are processed
 * one after the other; while the carrier is held they wait.
 *
 * A stream that has ended while something is unconfirmed lingers for
 * ping_timeout: the session is closing, but its client may still come back and
 * confirm. Nobody answers a comment, so silence never ends a stream; a client
 * that takes nothing of what waits for it is dropped by net.
 *
 * Ownership: it frees itself when `closed` has been called and no exchange uses
 * it any more.
 */
#ifndef BELFRY_GATEWAY_FRAMING_CARRIER_EVENTS_H
#define BELFRY_GATEWAY_FRAMING_CARRIER_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "gateway/framing/carrier.h"
#include "gateway/framing/directory.h"

/* Posts of one session that wait at the same time: beyond it 429. */
#define EVENT_POSTS_MAX 8
/* Messages in one POST. */
#define EVENT_POST_MESSAGES_MAX 128

struct event_stream;
struct exchange;
struct peers;
struct peer_refusal;

/* Takes on a GET, whose number the session gets, and enters peers->directory; NULL with the verdict
 * if that is full: nothing has been taken on then. `counted`: whether its address is limited.
 * session_new must follow, then event_stream_begin. */
struct event_stream *event_stream_new(
    struct peers *peers, struct exchange *exchange, bool counted, enum directory_verdict *verdict);
/* Gives it its owner. `messages`, an array or NULL, is taken over: they are processed first, as if
 * the client had sent them. */
void event_stream_begin(struct event_stream *stream, struct carrier_owner *owner, json_t *messages);
struct carrier carrier_events(struct event_stream *stream);

/* The session of that id, or NULL if there is none. */
struct event_stream *event_stream_find(struct peers *peers, const char *sid);
/* Whether the token is one of the session's user: NULL, or why not. */
const struct peer_refusal *event_stream_vouch(struct event_stream *stream, const char *token);
/* Takes on a POST, from within server_request. False: too many wait already. */
bool event_stream_post(struct event_stream *stream, struct exchange *exchange);

/* A client has come back with the id of an event, and a token: if it is one of the same user,
 * everything up to that event is confirmed. A session that only lingered for this ends. */
void event_stream_confirm(struct peers *peers, const char *text, const char *token);

#endif
