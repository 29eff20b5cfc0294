#include "gateway/realtime/presence_state.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/memory.h"
#include "gateway/queue/conversations.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/presence.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/room.h"

#define ANSWER_MAX (1u << 20)
#define STATE_MS 1000

/* A question under way: about whom, of those in scope. */
struct question {
    struct reply *reply;
    char **asked;
    size_t count;
};

static void question_free(struct question *question)
{
    for (size_t i = 0; i < question->count; i++)
        free(question->asked[i]);
    free(question->asked);
    reply_free(question->reply);
    free(question);
}

void presence_state_write(struct buf *json, const char *id, bool is_online, int64_t last_seen)
{
    char iso[CLOCK_ISO_SIZE];

    buf_add_text(json, "{\"userId\":");
    buf_add_json_string(json, id, strlen(id));
    buf_addf(json, ",\"isOnline\":%s,\"lastSeen\":", is_online ? "true" : "false");
    if (last_seen > 0)
        buf_addf(json, "\"%s\"}", clock_iso(last_seen, iso));
    else
        buf_add_text(json, "null}");
}

void presence_state_write_user(
    const struct realtime *realtime, struct buf *json, const char *id, int64_t last_seen)
{
    const struct user *user = users_find(&realtime->users, id);
    bool is_online = user && user->is_online;

    presence_state_write(
        json, id, is_online, is_online ? clock_wall_ms(realtime->clock) : last_seen);
}

static bool is_stated(const struct user *user, int64_t now)
{
    return user->state && user->is_online && user->stated_online &&
           now - user->stated_at < STATE_MS;
}

struct event *presence_state_event(struct user *user)
{
    int64_t now = clock_steady_ms(user->realtime->clock);
    struct buf json;

    if (is_stated(user, now))
        return user->state;
    buf_init(&json, PRESENCE_JSON_MAX);
    presence_state_write_user(user->realtime, &json, user->id, user->left_at);
    event_unref(user->state);
    user->state = event_new("presence", json.data, json.len);
    user->stated_online = user->is_online;
    user->stated_at = now;
    buf_release(&json);
    return user->state;
}

static void answer_question(struct question *question, const struct store_last_seen *answer)
{
    const struct realtime *realtime = question->reply->client->realtime;
    struct buf members;

    buf_init(&members, ANSWER_MAX);
    buf_add_text(&members, ",\"users\":[");
    for (size_t i = 0; i < answer->count; i++) {
        if (i > 0)
            buf_add_char(&members, ',');
        presence_state_write_user(realtime, &members, answer->users[i], answer->last_seen[i]);
    }
    buf_add_char(&members, ']');
    reply_ok(question->reply, members.data, members.len);
    buf_release(&members);
}

static void on_last_seen(void *context, const struct store_last_seen *answer)
{
    struct question *question = context;

    if (answer->verdict != STORE_OK)
        reply_refused(question->reply, answer->verdict);
    else if (reply_wanted(question->reply))
        answer_question(question, answer);
    question_free(question);
}

static void ask_last_seen(struct question *question, const char *const *users, size_t count)
{
    store_last_seen(question->reply->client->realtime->store, users, count, on_last_seen, question);
}

/* Of those asked about, who is in scope: contacts, and the asker. */
static size_t choose(
    const struct question *question, const struct store_contacts *answer, const char **chosen)
{
    struct names *names = &question->reply->client->realtime->users.names;
    struct contacts contacts = contacts_new(names, answer->users, answer->count);
    size_t count = 0;

    for (size_t i = 0; i < question->count; i++) {
        if (contacts_hold(&contacts, question->asked[i]) ||
            strcmp(question->asked[i], question->reply->client->claims.subject) == 0)
            chosen[count++] = question->asked[i];
    }
    contacts_release(&contacts, names);
    return count;
}

static void on_contacts(void *context, const struct store_contacts *answer)
{
    struct question *question = context;
    const char **chosen;

    if (answer->verdict != STORE_OK) {
        reply_refused(question->reply, answer->verdict);
        question_free(question);
    } else {
        chosen = mem_array(question->count + 1, sizeof(*chosen));
        ask_last_seen(question, chosen, choose(question, answer, chosen));
        free(chosen);
    }
}

static void ask(struct question *question)
{
    struct client *client = question->reply->client;

    switch (client->realtime->settings.presence_scope) {
    case PRESENCE_SHARED:
        store_contacts(client->realtime->store, client->user->id, on_contacts, question);
        break;
    case PRESENCE_EVERYONE:
        ask_last_seen(question, (const char *const *)question->asked, question->count);
        break;
    case PRESENCE_OFF:
        ask_last_seen(question, NULL, 0);
        break;
    }
}

static bool take_ids(struct question *question, const json_t *ids)
{
    size_t i;
    json_t *id;

    question->asked = mem_array(json_array_size(ids) + 1, sizeof(*question->asked));
    json_array_foreach((json_t *)ids, i, id)
    {
        char number[INPUT_NUMBER_SIZE];
        const char *text = input_name(id, number);

        if (!text || strlen(text) > TOKEN_SUBJECT_MAX)
            return false;
        question->asked[question->count++] = mem_strdup(text);
    }
    return true;
}

void presence_get(struct client *client, const struct peer_event *event)
{
    const json_t *ids = json_object_get(event->data, "userIds");
    struct reply *reply = reply_new(client, "presence:get", event->answer);
    struct question *question;

    if (!reply)
        return;
    question = mem_zalloc(sizeof(*question));
    question->reply = reply;
    if (json_is_array(ids) && json_array_size(ids) <= PRESENCE_ASK_MAX && take_ids(question, ids)) {
        ask(question);
        return;
    }
    reply_error(question->reply, "bad_request", "userIds must be an array of at most 100 user ids");
    question_free(question);
}
