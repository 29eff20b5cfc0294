#include "gateway/realtime/notifications.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/buf.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/reply.h"

#define MARK_MAX 1000
/* The most ids marked at once that other tabs are told: of more, only the last ones. */
#define TOLD_READ_MAX 10000
#define LIST_DEFAULT 50
#define LIST_MAX 100
#define JSON_MAX (8u << 20)

void notifications_get_count(struct client *client, const struct peer_event *event)
{
    struct buf members;

    client_send_unread(client);
    buf_init(&members, 64);
    buf_addf(&members, ",\"count\":%" PRId64, client->user->counts.unread);
    answer_ok(client, event->answer, members.data, members.len);
    buf_release(&members);
}

static void tell_tabs_page(
    const struct user *user, const struct client *reader, const int64_t *ids, size_t count)
{
    struct event *event;
    struct client *other;
    struct buf json;

    buf_init(&json, JSON_MAX);
    buf_add_text(&json, "{\"ids\":[");
    for (size_t i = 0; i < count; i++)
        buf_addf(&json, "%s\"%" PRId64 "\"", i ? "," : "", ids[i]);
    buf_add_text(&json, "]}");
    event = event_new("notification:read", json.data, json.len);
    DL_FOREACH (user->clients, other) {
        if (other != reader)
            peer_send(other->peer, event);
    }
    event_unref(event);
    buf_release(&json);
}

/* The user's other tabs mark the same rows as read. If very many were, they are told the last ones:
 * no tab shows more. */
static void tell_tabs(
    const struct user *user, const struct client *reader, const struct store_marked *answer)
{
    size_t from = answer->count > TOLD_READ_MAX ? answer->count - TOLD_READ_MAX : 0;

    for (; from < answer->count; from += MARK_MAX) {
        size_t left = answer->count - from;

        tell_tabs_page(user, reader, answer->ids + from, left < MARK_MAX ? left : MARK_MAX);
    }
}

/* The reader may be gone by now, because they followed the notification's link; other tabs are told
 * anyway. */
static void tell_user(const struct client *reader, const struct store_marked *answer)
{
    struct user *user = users_find(&reader->realtime->users, reader->claims.subject);

    if (!user)
        return;
    if (answer->count > 0)
        tell_tabs(user, reader, answer);
    if (answer->counts.unread >= 0)
        client_set_counts(user, &answer->counts, reader);
}

static void tell_read(struct reply *reply, const struct store_marked *answer)
{
    struct buf members;

    tell_user(reply->client, answer);
    buf_init(&members, 128);
    buf_addf(&members, ",\"marked\":%zu,\"unread\":%" PRId64, answer->count, answer->counts.unread);
    reply_ok(reply, members.data, members.len);
    buf_release(&members);
}

static void on_read(void *context, const struct store_marked *answer)
{
    struct reply *reply = context;

    if (answer->verdict != STORE_OK)
        reply_refused(reply, answer->verdict);
    else
        tell_read(reply, answer);
    reply_free(reply);
}

void notifications_mark_read(struct client *client, const struct peer_event *event)
{
    const json_t *list = json_object_get(event->data, "ids");
    size_t count = json_array_size(list);
    struct reply *reply;
    int64_t *ids;

    if (!json_is_array(list) || count > MARK_MAX) {
        answer_bad_request(client, event, "ids must be an array of at most 1000 ids");
        return;
    }
    ids = mem_array(count + 1, sizeof(*ids));
    if (!input_ids(list, ids)) {
        answer_bad_request(client, event, "each of ids must be a string or an integer");
    } else {
        reply = reply_new(client, "notification:mark_read", event->answer);
        store_mark(client->realtime->store, STORE_MARK_READ, client->user->id, ids, count, 0,
            on_read, reply);
    }
    free(ids);
}

void notifications_mark_all_read(struct client *client, const struct peer_event *event)
{
    int64_t upto = client->delivery ? delivery_highest(client->delivery) : 0;
    struct reply *reply;

    if (client->listed > upto)
        upto = client->listed;
    if (!input_optional_id(event->data, "upTo", &upto)) {
        answer_bad_request(client, event, "upTo must be an id");
        return;
    }
    reply = reply_new(client, "notification:mark_all_read", event->answer);
    store_mark(
        client->realtime->store, STORE_MARK_READ, client->user->id, NULL, 0, upto, on_read, reply);
}

static void list_answer(struct reply *reply, const struct store_listed *answer)
{
    struct buf json;
    size_t list_start, list_end;

    if (answer->count > 0 && answer->rows[0].id > reply->client->listed)
        reply->client->listed = answer->rows[0].id;
    buf_init(&json, JSON_MAX);
    buf_add_text(&json, ",\"notifications\":");
    list_start = json.len;
    buf_add_char(&json, '[');
    for (size_t i = 0; i < answer->count; i++) {
        if (i)
            buf_add_char(&json, ',');
        buf_add(&json, answer->rows[i].json, answer->rows[i].len);
    }
    buf_add_char(&json, ']');
    list_end = json.len;
    buf_addf(&json, ",\"hasMore\":%s", answer->has_more ? "true" : "false");
    if (reply->answer == NO_ANSWER)
        client_send(
            reply->client, "notification:batch", json.data + list_start, list_end - list_start);
    else
        reply_ok(reply, json.data, json.len);
    buf_release(&json);
}

static void on_listed(void *context, const struct store_listed *answer)
{
    struct reply *reply = context;

    if (answer->verdict != STORE_OK)
        reply_refused(reply, answer->verdict);
    else if (reply_wanted(reply))
        list_answer(reply, answer);
    reply_free(reply);
}

void notifications_list(struct client *client, const struct peer_event *event)
{
    struct store_list_filter filter = {.before = 0};
    int64_t limit = LIST_DEFAULT;
    struct reply *reply;

    if (!input_optional_count(event->data, "limit", LIST_MAX, &limit) ||
        !input_optional_id(event->data, "before", &filter.before)) {
        answer_bad_request(client, event, "limit must be 1 to 100, before an id");
        return;
    }
    reply = reply_new_large(client, "notification:list", event->answer);
    filter.limit = (size_t)limit;
    filter.unread_only = json_is_true(json_object_get(event->data, "unread"));
    store_list(client->realtime->store, client->user->id, &filter, on_listed, reply);
}
