#include "gateway/realtime/presence_get.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/json.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/presence_state.h"
#include "gateway/realtime/reply.h"
#include "gateway/store/store_presence.h"

#define ASKED_MAX 100
#define ANSWER_MAX (1u << 20)

/* A request that waits for the store, with the users that it is about. */
struct presence_request {
    struct reply *reply;
    struct asked {
        char *id;
        int64_t last_seen; /* of a user who is known here */
        bool is_known;
    } * asked;
    size_t count;
};

static void asked_forget(struct presence_request *request)
{
    for (size_t i = 0; i < request->count; i++)
        free(request->asked[i].id);
    request->count = 0;
}

static void request_free(struct presence_request *request)
{
    asked_forget(request);
    free(request->asked);
    reply_free(request->reply);
    free(request);
}

/* The users known here and those in the store's answer, in the order of the request. */
static void request_answer(struct presence_request *request, const struct store_seen *answer)
{
    const struct realtime *realtime = request->reply->client->realtime;
    struct buf members;
    size_t next = 0;

    buf_init(&members, ANSWER_MAX);
    buf_add_text(&members, ",\"users\":[");
    for (size_t i = 0; i < request->count; i++) {
        struct asked *asked = &request->asked[i];
        bool is_told =
            !asked->is_known && next < answer->count && strcmp(answer->users[next], asked->id) == 0;

        if (!asked->is_known && !is_told)
            continue;
        if (members.data[members.len - 1] == '}')
            buf_add_char(&members, ',');
        presence_state_write_user(
            realtime, &members, asked->id, is_told ? answer->last_seen[next] : asked->last_seen);
        next += is_told;
    }
    buf_add_char(&members, ']');
    reply_ok(request->reply, members.data, members.len);
    buf_release(&members);
}

static void on_seen(void *context, const struct store_seen *answer)
{
    struct presence_request *request = context;

    if (answer->verdict != STORE_OK)
        reply_refused(request->reply, answer->verdict);
    else if (reply_wanted(request->reply))
        request_answer(request, answer);
    request_free(request);
}

/* Looks up the asker and contacts, who are known here. */
static void asked_look_up(const struct client *client, struct asked *asked)
{
    const struct user *other = users_find(&client->realtime->users, asked->id);
    bool is_everyone = client->realtime->settings.presence_scope == PRESENCE_EVERYONE;

    asked->is_known =
        other && (other == client->user || contacts_hold(&client->user->contacts, other) ||
                     (is_everyone && other->is_online));
    asked->last_seen = other ? other->left_at : 0;
}

/* The store looks up these ids only, however many conversations the asker is in. */
static void request_ask(struct presence_request *request)
{
    struct client *client = request->reply->client;
    bool is_shared = client->realtime->settings.presence_scope == PRESENCE_SHARED;
    const char **unknown = mem_array(request->count + 1, sizeof(*unknown));
    const struct store_seen nothing = {.verdict = STORE_OK};
    size_t count = 0;

    for (size_t i = 0; i < request->count; i++) {
        asked_look_up(client, &request->asked[i]);
        if (!request->asked[i].is_known)
            unknown[count++] = request->asked[i].id;
    }
    if (count > 0)
        store_last_seen(client->realtime->store, is_shared ? client->user->id : NULL, unknown,
            count, on_seen, request);
    else
        on_seen(request, &nothing);
    free(unknown);
}

static bool request_take_ids(struct presence_request *request, const json_t *ids)
{
    size_t i;
    json_t *id;

    request->asked = mem_array(json_array_size(ids) + 1, sizeof(*request->asked));
    json_array_foreach ((json_t *)ids, i, id) {
        char number[INPUT_NUMBER_SIZE];
        const char *text = input_name(id, number);

        if (!text || strlen(text) > TOKEN_SUBJECT_MAX)
            return false;
        request->asked[request->count++].id = mem_strdup(text);
    }
    return true;
}

void presence_get(struct client *client, const struct peer_event *event)
{
    const json_t *ids = json_object_get(event->data, "userIds");
    struct reply *reply = reply_new_large(client, "presence:get", event->answer);
    struct presence_request *request;

    request = mem_zalloc(sizeof(*request));
    request->reply = reply;
    if (json_is_array(ids) && json_array_size(ids) <= ASKED_MAX && request_take_ids(request, ids)) {
        if (client->realtime->settings.presence_scope == PRESENCE_OFF)
            asked_forget(request);
        request_ask(request);
        return;
    }
    reply_error(request->reply, "bad_request", "userIds must be an array of at most 100 user ids");
    request_free(request);
}
