#include "gateway/realtime/presence_state.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/memory.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/presence.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/room.h"
#include "gateway/store/conversations.h"

#define ANSWER_MAX (1u << 20)
#define STATE_MS 1000

/* A question under way, and about whom. */
struct question {
    struct reply *reply;
    struct asked {
        char *id;
        int64_t last_seen; /* of one who is known */
        bool is_known;
    } * asked;
    size_t count;
};

/* Nobody is asked about any more. */
static void forget_all(struct question *question)
{
    for (size_t i = 0; i < question->count; i++)
        free(question->asked[i].id);
    question->count = 0;
}

static void question_free(struct question *question)
{
    forget_all(question);
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
    struct user *user = users_find(&realtime->users, id);
    bool is_online = user && user->is_online;

    if (user && user->told_online != user->is_online)
        user->was_shown = true;
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

/* Those known at once, and those whom the store speaks of, in the order in which they were asked
 * about. */
static void answer_question(struct question *question, const struct store_seen *answer)
{
    const struct realtime *realtime = question->reply->client->realtime;
    struct buf members;
    size_t next = 0;

    buf_init(&members, ANSWER_MAX);
    buf_add_text(&members, ",\"users\":[");
    for (size_t i = 0; i < question->count; i++) {
        struct asked *asked = &question->asked[i];
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
    reply_ok(question->reply, members.data, members.len);
    buf_release(&members);
}

static void on_seen(void *context, const struct store_seen *answer)
{
    struct question *question = context;

    if (answer->verdict != STORE_OK)
        reply_refused(question->reply, answer->verdict);
    else if (reply_wanted(question->reply))
        answer_question(question, answer);
    question_free(question);
}

/* Of oneself and of contacts it is known here what there is to say. */
static void look(const struct client *client, struct asked *asked)
{
    const struct user *other = users_find(&client->realtime->users, asked->id);
    bool is_everyone = client->realtime->settings.presence_scope == PRESENCE_EVERYONE;

    asked->is_known =
        other && (other == client->user || contacts_hold(&client->user->contacts, other) ||
                     (is_everyone && other->is_online));
    asked->last_seen = other ? other->left_at : 0;
}

/* What is asked of the store is bounded by the ids, however many conversations there are. */
static void ask(struct question *question)
{
    struct client *client = question->reply->client;
    bool is_shared = client->realtime->settings.presence_scope == PRESENCE_SHARED;
    const char **unknown = mem_array(question->count + 1, sizeof(*unknown));
    const struct store_seen nothing = {.verdict = STORE_OK};
    size_t count = 0;

    for (size_t i = 0; i < question->count; i++) {
        look(client, &question->asked[i]);
        if (!question->asked[i].is_known)
            unknown[count++] = question->asked[i].id;
    }
    if (count > 0)
        store_seen(client->realtime->store, is_shared ? client->user->id : NULL, unknown, count,
            on_seen, question);
    else
        on_seen(question, &nothing);
    free(unknown);
}

static bool take_ids(struct question *question, const json_t *ids)
{
    size_t i;
    json_t *id;

    question->asked = mem_array(json_array_size(ids) + 1, sizeof(*question->asked));
    json_array_foreach ((json_t *)ids, i, id) {
        char number[INPUT_NUMBER_SIZE];
        const char *text = input_name(id, number);

        if (!text || strlen(text) > TOKEN_SUBJECT_MAX)
            return false;
        question->asked[question->count++].id = mem_strdup(text);
    }
    return true;
}

void presence_get(struct client *client, const struct peer_event *event)
{
    const json_t *ids = json_object_get(event->data, "userIds");
    struct reply *reply = reply_new_large(client, "presence:get", event->answer);
    struct question *question;

    question = mem_zalloc(sizeof(*question));
    question->reply = reply;
    if (json_is_array(ids) && json_array_size(ids) <= PRESENCE_ASK_MAX && take_ids(question, ids)) {
        if (client->realtime->settings.presence_scope == PRESENCE_OFF)
            forget_all(question);
        ask(question);
        return;
    }
    reply_error(question->reply, "bad_request", "userIds must be an array of at most 100 user ids");
    question_free(question);
}
