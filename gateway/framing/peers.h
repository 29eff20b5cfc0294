/*
 * peers: what all peers of a gateway share. A part of struct framings, for the
 * files of this directory; settings and counters are public through framings.h.
 */
#ifndef BELFRY_GATEWAY_FRAMING_PEERS_H
#define BELFRY_GATEWAY_FRAMING_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/log_pace.h"
#include "gateway/framing/event.h"
#include "gateway/framing/refusal_count.h"
#include "gateway/framing/session_index.h"

struct config_list;
struct directory;
struct peer_owner;
struct proxies;
struct seal;
struct wheel;

/* How a client may connect: bits of framing_settings. */
enum transport { TRANSPORT_WEBSOCKET = 1, TRANSPORT_POLLING = 2, TRANSPORT_EVENTS = 4 };

/* What it points to is lent until the next framings_settings_update, or framings_free. */
struct framing_settings {
    const char *socketio_path;  /* "/socket.io/" */
    const char *websocket_path; /* "/ws" */
    const char *events_path;    /* "/events" */
    unsigned transports;        /* those that are served: bits of enum transport */
    int64_t ping_interval_ms, ping_timeout_ms;
    int64_t connect_timeout_ms; /* a peer not accepted by then is closed 4401 */
    int64_t close_timeout_ms;   /* how long a session without a socket may take to hear its end */
    size_t max_message;         /* bytes; told in Engine.IO's open packet */
    size_t max_buffer;          /* bytes; for a session without a socket, as for a connection */
    size_t max_sessions;        /* without a socket, in all … */
    size_t max_sessions_per_address; /* … and by address; 0: no limit */
    bool allow_query_token;
    bool binary; /* whether attachments are accepted; if not, they are read and dropped, and the
                    event is answered with the error `binary_unsupported` */
    const struct config_list *allowed_origins;
    const struct proxies *proxies;
};

struct framing_counters {
    uint64_t refused_origin, refused_path, refused_polling;
    uint64_t polls, polling_posts;       /* GETs and POSTs of long polling */
    uint64_t event_streams, event_posts; /* GETs and POSTs of the event stream */
    uint64_t upgrades_begun, upgrades_done, upgrades_failed;
    uint64_t bad_messages;   /* breaches of framing */
    uint64_t silent;         /* closed for silence */
    uint64_t slow_consumers; /* closed for taking nothing of what waited */
    uint64_t connect_timeouts;
    uint64_t events_in, events_out;
    uint64_t refusals[REFUSAL_CODES]; /* what clients were refused, by refusal_codes */
    /* Sessions that have not ended, by what carries them (enum transport) and the place of their
     * framing (framing.h). */
    size_t connections[TRANSPORT_EVENTS + 1][EVENT_SPELLINGS];
    size_t waiting; /* bytes for sessions on long polling, which no poll has fetched yet */
};

struct peers {
    struct wheel *wheel;
    const struct clock *clock;
    const struct logger *log;
    struct log_pace pace;
    struct framing_settings settings;
    struct framing_counters counters;
    struct session_index sessions; /* that have not ended, on any carrier */
    const struct peer_owner *owner;
    void *owner_context;
    struct seal *seal;
    struct directory *directory; /* of the sessions without a socket */
};

/* Logs one line at level info, with the id and address of a connection or session; the same
 * sentence at most once a minute. */
void peers_log(struct peers *peers, uint64_t number, const char *address, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
