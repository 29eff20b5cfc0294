#include "gateway/framing/polling_request.h"

#include "gateway/framing/candidate.h"
#include "gateway/framing/carrier_polling.h"
#include "gateway/framing/engineio.h"
#include "gateway/framing/framing.h"
#include "gateway/framing/polling_session.h"
#include "gateway/framing/session.h"

static const struct candidate_refusal bad_handshake_method = {
    .status = 400,
    .body = "{\"code\":2,\"message\":\"Bad handshake method\"}",
    .log = "polling request refused, 400: a session begins with a GET; a web server in front has "
           "to pass the query on, where `sid` names the session of a POST",
};
static const struct candidate_refusal bad_request = {
    .status = 400,
    .body = "{\"code\":3,\"message\":\"Bad request\"}",
};
static const struct candidate_refusal too_many_sessions = {
    .status = 503,
    .body = "{\"error\":\"Too many connections\"}",
    .log = "polling session refused, 503: as many as max_connections are open",
};
static const struct candidate_refusal too_many_of_address = {
    .status = 429,
    .body = "{\"error\":\"Too many connections from this address\"}",
    .log = "polling session refused, 429: max_connections_per_address is reached",
};

static const struct candidate_refusal *const refusals[] = {
    [DIRECTORY_FULL] = &too_many_sessions,
    [DIRECTORY_ADDRESS_FULL] = &too_many_of_address,
};

/* Begins a session. Its first packet answers the handshake. */
static bool open_session(struct candidate *candidate, const struct framing *framing)
{
    struct connection *connection = exchange_connection(candidate->exchange);
    enum directory_verdict verdict;
    struct polling *polling = polling_new(candidate->peers, exchange_number(candidate->exchange),
        connection_address(connection), connection_is_counted(connection), &verdict);

    if (!polling)
        return candidate_refuse(candidate, refusals[verdict]);
    struct carrier carrier = carrier_polling(polling);
    struct peer *peer =
        session_new(candidate->peers, framing, carrier, polling_number(polling), candidate->token);
    struct carrier_owner *owner = session_as_owner(peer);
    carrier_own(carrier, owner);
    polling_get(polling, candidate->exchange);
    owner->events->opened(owner);
    return true;
}

bool polling_request(struct candidate *candidate, const struct framing *framing)
{
    enum request_method method = http_request_method(candidate->request);
    struct polling *polling;

    if (!framing->admit(candidate))
        return false;
    if (method != METHOD_POST && http_request_has_body(candidate->request))
        return candidate_refuse(candidate, &bad_request);
    if (candidate->sid[0] == '\0')
        return method == METHOD_GET ? open_session(candidate, framing)
                                    : candidate_refuse(candidate, &bad_handshake_method);
    polling = polling_find(candidate->peers, candidate->sid);
    if (!polling)
        return candidate_refuse(candidate, &engineio_unknown_session);
    if (method == METHOD_GET)
        polling_get(polling, candidate->exchange);
    else if (method == METHOD_POST)
        polling_post(polling, candidate->exchange);
    else
        return candidate_refuse(candidate, &bad_request);
    return true;
}
