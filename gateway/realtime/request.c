#include "gateway/realtime/request.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

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

void answer_error(struct client *client, const char *event, answer_id answer, const char *code,
    const char *message)
{
    struct buf json;

    buf_init(&json, ANSWER_MAX);
    if (answer == NO_ANSWER) {
        buf_add_text(&json, "{\"event\":");
        buf_add_json_string(&json, event, strlen(event));
    } else {
        buf_add_text(&json, "{\"ok\":false");
    }
    buf_addf(&json, ",\"code\":\"%s\",\"message\":", code);
    buf_add_json_string(&json, message, strlen(message));
    buf_add_char(&json, '}');
    if (answer == NO_ANSWER)
        client_send(client, "error", json.data, json.len);
    else
        peer_answer(client->peer, answer, json.data, json.len);
    buf_release(&json);
}

struct request *request_new(struct client *client, const char *event, answer_id answer)
{
    struct request *request;

    if (client->references > REQUESTS_MAX) {
        answer_error(
            client, event, answer, "busy", "Too many requests under way: wait for answers");
        return NULL;
    }
    request = mem_zalloc(sizeof(*request));
    request->client = client_ref(client);
    request->event = event;
    request->answer = answer;
    return request;
}

bool request_wanted(const struct request *request)
{
    return request->client->state == CLIENT_READY;
}

void request_ok(struct request *request, const char *members, size_t len)
{
    if (request_wanted(request))
        answer_ok(request->client, request->answer, members, len);
}

void request_error(struct request *request, const char *code, const char *message)
{
    if (request_wanted(request))
        answer_error(request->client, request->event, request->answer, code, message);
}

void request_unavailable(struct request *request)
{
    request_error(request, "unavailable", "Try again later");
}

void request_free(struct request *request)
{
    client_unref(request->client);
    free(request);
}
