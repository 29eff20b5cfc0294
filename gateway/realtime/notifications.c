#include "gateway/realtime/notifications.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/inbox_fanout.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/reply.h"

#define MARK_MAX 1000
#define LIST_DEFAULT 50
#define LIST_MAX 100
#define JSON_MAX (8u << 20)

void notifications_get_count(struct client *client, const struct peer_event *event)
{
    struct buf members;

    client_send_counts(client);
    buf_init(&members, 64);
    buf_addf(&members, ",\"count\":%" PRId64, client->user->counts.unread);
    answer_ok(client, event->answer, members.data, members.len);
    buf_release(&members);
}

/* ---- marks ---- */

/* What the user's other connections are told of a mark. */
typedef void mark_teller(
    struct user *user, const struct client *by, const int64_t *ids, size_t count);

static void tell_read(struct user *user, const struct client *by, const int64_t *ids, size_t count)
{
    inbox_fanout_marked(user, by, true, ids, count);
}

static void tell_unread(
    struct user *user, const struct client *by, const int64_t *ids, size_t count)
{
    inbox_fanout_marked(user, by, false, ids, count);
}

/* The client may be gone by now, because the user followed the notification's link; the user's
 * other connections are told anyway. `tell` may be NULL. */
static void mark_tell(const struct client *client, const struct store_marked *answer,
    mark_teller *tell, enum client_count asked)
{
    struct user *user = users_find(&client->realtime->users, client->claims.subject);

    if (!user)
        return;
    if (tell)
        tell(user, client, answer->ids, answer->count);
    if (answer->counts.unread >= 0)
        client_set_counts(user, &answer->counts, client, asked);
}

static void mark_answer(struct reply *reply, const struct store_marked *answer, mark_teller *tell,
    enum client_count asked)
{
    if (answer->verdict != STORE_OK) {
        reply_refused(reply, answer->verdict);
    } else {
        struct buf members;

        mark_tell(reply->client, answer, tell, asked);
        buf_init(&members, 128);
        buf_addf(
            &members, ",\"marked\":%zu,\"unread\":%" PRId64, answer->count, answer->counts.unread);
        reply_ok(reply, members.data, members.len);
        buf_release(&members);
    }
    reply_free(reply);
}

static void mark_on_read(void *context, const struct store_marked *answer)
{
    mark_answer(context, answer, tell_read, COUNT_UNREAD);
}

static void mark_on_unread(void *context, const struct store_marked *answer)
{
    mark_answer(context, answer, tell_unread, COUNT_UNREAD);
}

static void mark_on_archived(void *context, const struct store_marked *answer)
{
    mark_answer(context, answer, inbox_fanout_archived, COUNT_UNREAD);
}

/* All connections, this one too, hear of the rows by the store's news. */
static void mark_on_unarchived(void *context, const struct store_marked *answer)
{
    mark_answer(context, answer, NULL, COUNT_UNREAD);
}

static void mark_on_seen(void *context, const struct store_marked *answer)
{
    mark_answer(context, answer, NULL, COUNT_UNSEEN);
}

typedef void mark_done(void *context, const struct store_marked *answer);

/* Marks the rows that the event's `ids` name. `name` is static. */
static void mark_ids(struct client *client, const struct peer_event *event, const char *name,
    enum store_mark mark, mark_done *done)
{
    const json_t *list = json_object_get(event->data, "ids");
    size_t count = json_array_size(list);
    int64_t *ids;

    if (!json_is_array(list) || count > MARK_MAX) {
        answer_bad_request(client, event, "ids must be an array of at most 1000 ids");
        return;
    }
    ids = mem_array(count + 1, sizeof(*ids));
    if (input_ids(list, ids))
        store_mark(client->realtime->store, mark, client->user->id, ids, count, 0, done,
            reply_new(client, name, event->answer));
    else
        answer_bad_request(client, event, "each of ids must be a string or an integer");
    free(ids);
}

void notifications_mark_read(struct client *client, const struct peer_event *event)
{
    mark_ids(client, event, "notification:mark_read", STORE_MARK_READ, mark_on_read);
}

void notifications_mark_unread(struct client *client, const struct peer_event *event)
{
    mark_ids(client, event, "notification:mark_unread", STORE_MARK_UNREAD, mark_on_unread);
}

void notifications_archive(struct client *client, const struct peer_event *event)
{
    mark_ids(client, event, "notification:archive", STORE_MARK_ARCHIVED, mark_on_archived);
}

void notifications_unarchive(struct client *client, const struct peer_event *event)
{
    mark_ids(client, event, "notification:unarchive", STORE_MARK_UNARCHIVED, mark_on_unarchived);
}

/* A client that says what is seen takes the number of unseen notifications from then on. */
void notifications_mark_seen(struct client *client, const struct peer_event *event)
{
    client->takes_unseen = true;
    store_mark(client->realtime->store, STORE_MARK_SEEN, client->user->id, NULL, 0, 0, mark_on_seen,
        reply_new(client, "notification:mark_seen", event->answer));
}

void notifications_mark_all_read(struct client *client, const struct peer_event *event)
{
    int64_t upto = client->delivery ? delivery_highest(client->delivery) : 0;

    if (client->listed > upto)
        upto = client->listed;
    if (!input_optional_id(event->data, "upTo", &upto)) {
        answer_bad_request(client, event, "upTo must be an id");
        return;
    }
    store_mark(client->realtime->store, STORE_MARK_READ, client->user->id, NULL, 0, upto,
        mark_on_read, reply_new(client, "notification:mark_all_read", event->answer));
}

/* ---- lists ---- */

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

/* What is wrong with the filters of a list; NULL: nothing. */
static const char *list_filter(const json_t *data, struct store_list_filter *filter)
{
    const json_t *archived = json_object_get(data, "archived");
    int64_t limit = LIST_DEFAULT;

    if (!input_optional_count(data, "limit", LIST_MAX, &limit) ||
        !input_optional_id(data, "before", &filter->before))
        return "limit must be 1 to 100, before an id";
    if (archived && !json_is_null(archived) && !json_is_boolean(archived))
        return "archived must be true or false";
    if (!input_optional_text(data, "type", &filter->type))
        return "type must be a string";
    filter->limit = (size_t)limit;
    filter->archived = json_is_true(archived);
    filter->unread_only = json_is_true(json_object_get(data, "unread"));
    return NULL;
}

void notifications_list(struct client *client, const struct peer_event *event)
{
    struct store_list_filter filter = {0};
    const char *fault = list_filter(event->data, &filter);

    if (fault)
        answer_bad_request(client, event, fault);
    else
        store_list(client->realtime->store, client->user->id, &filter, on_listed,
            reply_new_large(client, "notification:list", event->answer));
}
