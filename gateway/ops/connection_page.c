#include "gateway/ops/connection_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "gateway/framing/framings.h"
#include "gateway/framing/peer.h"
#include "gateway/net/http_request.h"
#include "gateway/realtime/client_view.h"
#include "gateway/realtime/recent_ends.h"

#define DIGITS_MAX 19

/* Reads a parameter that is a number; without one, *number stays as it is. False: it is none. */
static bool read_number(const struct http_request *request, const char *name, uint64_t *number)
{
    char digits[DIGITS_MAX + 1];
    const char *text = http_request_parameter(request, name, digits, sizeof(digits));
    size_t count = http_request_parameter_count(request, name);

    if (count == 0)
        return true;
    if (count > 1 || !text || *text == '\0' || text[strspn(text, "0123456789")] != '\0')
        return false;
    *number = strtoull(text, NULL, 10);
    return true;
}

const char *connection_query_read(
    struct connection_query *query, const struct http_request *request)
{
    uint64_t max = CONNECTION_PAGE_DEFAULT;
    size_t users = http_request_parameter_count(request, "user");

    *query = (struct connection_query){.of_user = users > 0};
    if (users > 1)
        return "user may be given once";
    if (query->of_user &&
        !http_request_parameter(request, "user", query->user, sizeof(query->user)))
        return "user is no user's id: it must be percent-encoded, and have 255 bytes at most";
    if (!read_number(request, "after", &query->after))
        return "after must be the id of a connection";
    if (!read_number(request, "max", &max) || max < 1 || max > CONNECTION_PAGE_MAX)
        return "max must be a number from 1 to 500";
    query->max = max;
    return NULL;
}

/* ---- where the peers come from ---- */

struct source {
    const struct framings *framings;
    const struct peer **peers; /* those of the user; NULL: all of the gateway's */
    size_t count, next;
};

static struct source source_open(const struct connection_query *query,
    const struct framings *framings, const struct realtime *realtime)
{
    struct source source = {.framings = query->of_user ? NULL : framings};

    if (query->of_user)
        source.count = client_view_peers(realtime, query->user, &source.peers);
    return source;
}

static const struct peer *source_after(struct source *source, uint64_t number)
{
    if (source->framings)
        return framings_session_after(source->framings, number);
    while (source->next < source->count && peer_number(source->peers[source->next]) <= number)
        source->next++;
    return source->next < source->count ? source->peers[source->next] : NULL;
}

/* ---- writing ---- */

static void add_text(struct buf *out, const char *key, const char *text)
{
    buf_addf(out, "\"%s\":", key);
    if (text)
        buf_add_json_string(out, text, strlen(text));
    else
        buf_add_text(out, "null");
    buf_add_char(out, ',');
}

static void add_peer(struct buf *out, const struct peer *peer)
{
    struct client_view view = client_view(peer);
    char opened[CLOCK_ISO_SIZE];

    buf_addf(out, "{\"id\":\"%" PRIu64 "\",", peer_number(peer));
    add_text(out, "user", view.user);
    add_text(out, "address", peer_address(peer));
    add_text(out, "framing", peer_framing(peer));
    add_text(out, "carrier", peer_carrier(peer));
    add_text(out, "openedAt", clock_iso(peer_opened_at(peer), opened));
    buf_addf(out, "\"unconfirmed\":%zu,\"unsentBytes\":%zu}", view.unconfirmed, peer_unsent(peer));
}

static void add_end(struct buf *out, const struct recent_end *end)
{
    char opened[CLOCK_ISO_SIZE], ended[CLOCK_ISO_SIZE];

    buf_addf(out, "{\"id\":\"%" PRIu64 "\",", end->number);
    add_text(out, "address", end->address);
    add_text(out, "framing", end->framing);
    add_text(out, "carrier", end->carrier);
    add_text(out, "openedAt", clock_iso(end->opened_at, opened));
    add_text(out, "endedAt", clock_iso(end->ended_at, ended));
    add_text(out, "why", end->why);
    buf_addf(out, "\"code\":%d,\"unconfirmed\":%zu}", end->code, end->unconfirmed);
}

static void add_ends(struct buf *out, const char *user, const struct realtime *realtime)
{
    const struct recent_end *ends[CONNECTION_ENDS_MAX];
    char iso[CLOCK_ISO_SIZE];
    int64_t since;
    size_t count = client_view_ends(realtime, user, ends, CONNECTION_ENDS_MAX, &since);

    add_text(out, "endedSince", clock_iso(since, iso));
    buf_add_text(out, "\"ended\":[");
    for (size_t i = 0; i < count; i++) {
        buf_add_text(out, i > 0 ? "," : "");
        add_end(out, ends[i]);
    }
    buf_add_text(out, "],");
}

void connection_page_write(const struct connection_query *query, const struct framings *framings,
    const struct realtime *realtime, int64_t now, struct buf *out)
{
    struct source source = source_open(query, framings, realtime);
    const struct peer *peer = source_after(&source, query->after);
    char iso[CLOCK_ISO_SIZE];
    uint64_t last = 0;

    buf_add_char(out, '{');
    add_text(out, "now", clock_iso(now, iso));
    if (query->of_user)
        add_ends(out, query->user, realtime);
    buf_add_text(out, "\"connections\":[");
    for (size_t rows = 0; peer && rows < query->max && out->len < CONNECTION_PAGE_BYTES; rows++) {
        buf_add_text(out, rows > 0 ? "," : "");
        add_peer(out, peer);
        last = peer_number(peer);
        peer = source_after(&source, last);
    }
    if (peer)
        buf_addf(out, "],\"next\":\"%" PRIu64 "\"}\n", last);
    else
        buf_add_text(out, "],\"next\":null}\n");
    free(source.peers);
}
