#include "gateway/framing/events_request.h"

#include <stdio.h>
#include <string.h>

#include "gateway/framing/candidate.h"
#include "gateway/framing/carrier_events.h"
#include "gateway/framing/event_answer.h"
#include "gateway/framing/refusal.h"
#include "gateway/framing/session.h"

#define COOKIE "belfry_token="
/* Topics named in the query of a GET. */
#define TOPICS_MAX 64
#define TOPIC_SIZE 512
/* Of an option's value. */
#define OPTION_SIZE 8

static const struct candidate_refusal not_acceptable = {
    .status = 406,
    .body = "{\"code\":\"not_acceptable\",\"message\":\"This is an event stream: accept "
            "text/event-stream\"}",
};
static const struct candidate_refusal body_on_get = {
    .status = 400,
    .body = "{\"code\":\"bad_message\",\"message\":\"A GET has no body\"}",
};
static const struct candidate_refusal too_many_topics = {
    .status = 400,
    .body = "{\"code\":\"bad_message\",\"message\":\"Too many topics in the URL: subscribe to the "
            "others by POST\"}",
};
static const struct candidate_refusal unreadable_topic = {
    .status = 400,
    .body = "{\"code\":\"bad_message\",\"message\":\"A topic in the URL is not percent-encoded "
            "UTF-8 of at most 511 bytes\"}",
};
static const struct candidate_refusal no_token = {
    .status = 401,
    .body = "{\"code\":\"token_missing\",\"message\":\"No authentication token provided\"}",
};
static const struct candidate_refusal token_in_query = {
    .status = 400,
    .body = "{\"code\":\"bad_message\",\"message\":\"A token in the URL ends up in logs and is "
            "refused: use the Authorization header or the cookie belfry_token\"}",
    .log = "token in the URL refused: use the Authorization header or the cookie belfry_token, or "
           "set allow_query_token",
};
static const struct candidate_refusal too_many_sessions = {
    .status = 503,
    .body = "{\"code\":\"unavailable\",\"message\":\"Too many connections\"}",
    .log = "event stream refused, 503: as many as max_connections are open",
};
static const struct candidate_refusal too_many_of_address = {
    .status = 429,
    .body = "{\"code\":\"too_many_connections\",\"message\":\"Too many connections from this "
            "address\"}",
    .log = "event stream refused, 429: max_connections_per_address is reached",
};
static const struct candidate_refusal unknown_session = {
    .status = 404,
    .body = "{\"code\":\"unknown_session\",\"message\":\"There is no such session: connect "
            "again\"}",
};
static const struct candidate_refusal too_many_posts = {
    .status = 429,
    .body = "{\"code\":\"rate_limited\",\"message\":\"Too many requests at once: wait for the "
            "answer to one before the next\"}",
};

/* ---- the token ---- */

static void take_cookie(struct candidate *candidate)
{
    const char *cookies = candidate_field(candidate, HTTP_FIELD_COOKIE);

    while (cookies && *cookies) {
        size_t len = strcspn(cookies, ";");

        if (strncmp(cookies, COOKIE, strlen(COOKIE)) == 0) {
            candidate_set_token(candidate, cookies + strlen(COOKIE), len - strlen(COOKIE));
            return;
        }
        cookies += len;
        cookies += strspn(cookies, "; ");
    }
}

static bool take_token(struct candidate *candidate)
{
    candidate_take_bearer(candidate);
    if (!candidate->token)
        take_cookie(candidate);
    if (!candidate_take_query(candidate, &token_in_query))
        return false;
    return candidate->token || candidate_refuse(candidate, &no_token);
}

/* ---- GET ---- */

static bool accepts_events(const struct candidate *candidate)
{
    const char *accept = candidate_field(candidate, HTTP_FIELD_ACCEPT);

    return !accept || strstr(accept, "text/event-stream") || strstr(accept, "*/*") ||
           strstr(accept, "text/*");
}

/* What the query asks for, as messages of the client: the options of its handshake, behind which
 * comes subscribe=TOPIC, as often as it is there. It always confirms each notification by itself.
 */
static json_t *first_messages(const struct candidate *candidate)
{
    json_t *messages = json_array(), *options = json_pack("{s:b}", "ack", 1);
    char value[OPTION_SIZE];

    if (candidate_parameter(candidate, "auto_subscribe", value, sizeof(value)) &&
        strcmp(value, "no") == 0)
        json_object_set_new(options, "subscribe", json_false());
    if (candidate_parameter(candidate, "seen", value, sizeof(value)) && strcmp(value, "yes") == 0)
        json_object_set_new(options, "seen", json_true());
    json_array_append_new(messages, json_pack("{s:s,s:o}", "event", "auth", "data", options));
    return messages;
}

/* NULL, or why not. */
static const struct candidate_refusal *add_topics(
    json_t *messages, const struct candidate *candidate)
{
    size_t count = http_request_parameter_count(candidate->request, "subscribe");
    char topic[TOPIC_SIZE];

    if (count > TOPICS_MAX)
        return &too_many_topics;
    for (size_t i = 0; i < count; i++) {
        if (!http_request_parameter_at(candidate->request, "subscribe", i, topic, sizeof(topic)) ||
            json_array_append_new(messages,
                json_pack("{s:s,s:{s:s}}", "event", "subscribe", "data", "topic", topic)) < 0)
            return &unreadable_topic;
    }
    return NULL;
}

/* Takes the messages. */
static const struct candidate_refusal *events_begin(
    struct candidate *candidate, const struct framing *framing, json_t *messages)
{
    static const struct candidate_refusal *const refusals[] = {
        [DIRECTORY_FULL] = &too_many_sessions,
        [DIRECTORY_ADDRESS_FULL] = &too_many_of_address,
    };
    struct connection *connection = exchange_connection(candidate->exchange);
    enum directory_verdict verdict;
    struct event_stream *stream = event_stream_new(
        candidate->peers, candidate->exchange, connection_is_counted(connection), &verdict);
    struct peer *peer;

    if (!stream) {
        json_decref(messages);
        return refusals[verdict];
    }
    peer = session_new(candidate->peers, framing, carrier_events(stream),
        exchange_number(candidate->exchange), candidate->token);
    event_stream_begin(stream, session_as_owner(peer), messages);
    return NULL;
}

static bool events_get(struct candidate *candidate, const struct framing *framing)
{
    const char *last = candidate_field(candidate, HTTP_FIELD_LAST_EVENT_ID);
    const struct candidate_refusal *refusal;
    json_t *messages;

    if (http_request_has_body(candidate->request))
        return candidate_refuse(candidate, &body_on_get);
    if (!accepts_events(candidate))
        return candidate_refuse(candidate, &not_acceptable);
    messages = first_messages(candidate);
    refusal = add_topics(messages, candidate);
    if (refusal) {
        json_decref(messages);
        return candidate_refuse(candidate, refusal);
    }
    if (last)
        event_stream_confirm(candidate->peers, last, candidate->token);
    refusal = events_begin(candidate, framing, messages);
    return !refusal || candidate_refuse(candidate, refusal);
}

/* ---- POST ---- */

static bool events_post(struct candidate *candidate)
{
    char sid[RANDOM_NAME_SIZE];
    const struct peer_refusal *refusal;
    struct event_stream *stream = NULL;

    if (candidate_parameter(candidate, "session", sid, sizeof(sid)))
        stream = event_stream_find(candidate->peers, sid);
    if (!stream || !carrier_is_open(carrier_events(stream)))
        return candidate_refuse(candidate, &unknown_session);
    refusal = event_stream_vouch(stream, candidate->token);
    if (refusal && refusal->close == 0) /* another user's */
        return candidate_refuse(candidate, &unknown_session);
    if (refusal) {
        refusal_count(candidate->peers->counters.refusals, refusal->code);
        event_answer_error(candidate->exchange, event_answer_status(refusal->close), refusal->code,
            refusal->message);
    } else if (!event_stream_post(stream, candidate->exchange)) {
        return candidate_refuse(candidate, &too_many_posts);
    }
    candidate_set_token(candidate, NULL, 0);
    return true;
}

bool events_request(struct candidate *candidate, const struct framing *framing)
{
    static const struct http_answer wrong_method = {
        .status = 405,
        .fields = "Allow: GET, POST, OPTIONS\r\n",
        .body = "{\"code\":\"bad_method\",\"message\":\"Method not allowed\"}",
        .close = true,
    };
    enum request_method method = http_request_method(candidate->request);

    if (method != METHOD_GET && method != METHOD_POST) {
        exchange_answer(candidate->exchange, &wrong_method);
        return true;
    }
    if (!take_token(candidate))
        return false;
    return method == METHOD_GET ? events_get(candidate, framing) : events_post(candidate);
}
