#include "gateway/realtime/reply.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/subject.h"

#define ANSWER_MAX (8u << 20)

void answer_ok(struct client *client, answer_id answer, const char *members, size_t len)
{
    struct buf json;

    if (answer == NO_ANSWER)
        return;
    buf_init(&json, ANSWER_MAX);
    buf_add_text(&json, "{\"ok\":true");
    if (members)
        buf_add(&json, members, len);
    buf_add_char(&json, '}');
    peer_answer(client->peer, answer, json.data, json.len);
    buf_release(&json);
}

static void send_error(struct client *client, const char *event, answer_id answer,
    const char *subject, const char *code, const char *message)
{
    struct peer_failure failure = {
        .event = event, .code = code, .message = message, .about = subject};

    peer_fail(client->peer, answer, &failure);
}

void answer_error(struct client *client, const char *event, answer_id answer, const char *code,
    const char *message)
{
    char *subject = subject_of_event(client->realtime->handled);

    send_error(client, event, answer, subject, code, message);
    free(subject);
}

void answer_bad_request(struct client *client, const struct peer_event *event, const char *message)
{
    answer_error(client, event->name, event->answer, "bad_request", message);
}

void answer_error_about(struct client *client, const char *event, const char *topic,
    const char *code, const char *message)
{
    char *subject = subject_of_topic(topic);

    send_error(client, event, NO_ANSWER, subject, code, message);
    free(subject);
}

struct reply *reply_of_gateway(struct client *client, const char *event)
{
    struct reply *reply = mem_zalloc(sizeof(*reply));

    reply->client = client_ref(client);
    reply->event = event;
    reply->answer = NO_ANSWER;
    return reply;
}

static struct reply *reply_weigh(struct reply *reply, answer_id answer, uint32_t weight)
{
    reply->answer = answer;
    reply->weight = weight;
    reply->subject = subject_of_event(reply->client->realtime->handled);
    reply->client->asked += weight;
    return reply;
}

struct reply *reply_new(struct client *client, const char *event, answer_id answer)
{
    return reply_weigh(reply_of_gateway(client, event), answer, 1);
}

struct reply *reply_new_large(struct client *client, const char *event, answer_id answer)
{
    return reply_weigh(reply_of_gateway(client, event), answer, CLIENT_ASKED_MAX);
}

bool reply_wanted(const struct reply *reply)
{
    return reply->client->state == CLIENT_READY;
}

void reply_ok(struct reply *reply, const char *members, size_t len)
{
    if (reply_wanted(reply))
        answer_ok(reply->client, reply->answer, members, len);
}

void reply_error(struct reply *reply, const char *code, const char *message)
{
    if (reply_wanted(reply))
        send_error(reply->client, reply->event, reply->answer, reply->subject, code, message);
}

void reply_refused(struct reply *reply, enum store_verdict verdict)
{
    static const struct {
        const char *code, *message;
    } refusals[] = {
        [STORE_REVOKED] = {"session_revoked", "Session revoked"},
        [STORE_OVER] = {"session_revoked", "Session revoked"},
        [STORE_FORBIDDEN] = {"forbidden", "No member of this conversation"},
        [STORE_INVALID] = {"bad_request", "The queue takes no such message"},
        [STORE_UNAVAILABLE] = {"unavailable", "Try again later"},
        [STORE_UNCERTAIN] = {"unavailable", "Try again later"},
    };

    if (verdict == STORE_UNAVAILABLE || verdict == STORE_UNCERTAIN)
        reply->client->realtime->counters.unavailable++;
    reply_error(reply, refusals[verdict].code, refusals[verdict].message);
}

void reply_free(struct reply *reply)
{
    reply->client->asked -= reply->weight;
    client_pace(reply->client);
    client_unref(reply->client);
    free(reply->subject);
    free(reply);
}
