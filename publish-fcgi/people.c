#include "publish-fcgi/people.h"

#include <string.h>

#include "common/row_rules.h"
#include "common/text.h"
#include "publish-fcgi/access.h"

static int refuse_user(struct publish_turn *turn, int status, const char *code, const char *error)
{
    reply_refuse(&turn->reply, status, code, "%s", error);
    reply_blame(&turn->reply, -1, "user");
    return -1;
}

/* The next user of the query. Returns 1, 0 where there is none left, or -1 where it is refused. */
static int user_next(struct publish_turn *turn, const char **query, struct buf *user)
{
    int result = publish_query_next(query, "user", user);

    if (result == 0)
        return 0;
    if (result < 0 || user->len == 0 || !text_is_utf8(user->data, user->len))
        return refuse_user(turn, 400, "bad_length", "A user must be 1 to 255 octets of UTF-8");
    if (!access_covers_user(&turn->key, user->data))
        return refuse_user(turn, 403, "forbidden", "This key is bound to other users");
    return 1;
}

/* ---- presence ---- */

static int add_presence(struct publish_turn *turn, const struct buf *user)
{
    struct buf *body = &turn->reply.body;
    struct reason why;

    if (PUBLISH_ASK(turn->queue, PUBLISH_FIND_PRESENCE, &why, user->data) < 0)
        return publish_turn_fail(turn, &why);
    const char *online = turn->queue->row[0], *seen = turn->queue->row[1];
    buf_add_text(body, body->data[body->len - 1] == '[' ? "" : ",");
    buf_add_text(body, "{\"userId\":");
    buf_add_json_string(body, user->data, user->len);
    buf_addf(body, ",\"isOnline\":%s,\"lastSeen\":", *online == '1' ? "true" : "false");
    if (seen)
        buf_add_json_string(body, seen, strlen(seen));
    else
        buf_add_text(body, "null");
    buf_add_char(body, '}');
    return 0;
}

static int add_users(struct publish_turn *turn, struct buf *user)
{
    const char *query = turn->request->query;
    int count = 0, found;

    while ((found = user_next(turn, &query, user)) > 0) {
        if (++count > PEOPLE_PRESENCE_MAX)
            return refuse_user(turn, 400, "too_many_users", "Ask for at most 100 users at once");
        if (add_presence(turn, user) < 0)
            return -1;
    }
    if (found == 0 && count == 0)
        return refuse_user(turn, 400, "missing", "Say whose: ?user=ID, up to 100 times");
    return found;
}

void people_show_presence(struct publish_turn *turn)
{
    struct buf user;

    buf_init(&user, ROW_ID_MAX);
    buf_add_text(&turn->reply.body, "{\"users\":[");
    if (add_users(turn, &user) == 0)
        buf_add_text(&turn->reply.body, "]}");
    if (turn->reply.body.overflowed)
        reply_refuse(&turn->reply, 500, "answer_too_large", "The answer would be too long");
    buf_release(&user);
}

/* ---- revocation ---- */

static void revoke(struct publish_turn *turn, const struct buf *user)
{
    char now[CLOCK_ISO_SIZE];
    struct reason why;

    if (publish_turn_begin(turn) < 0)
        return;
    turn->reply.status = 204;
    if (PUBLISH_ASK(turn->queue, PUBLISH_REVOKE, &why, user->data, clock_iso(turn->now_ms, now)) <
        0)
        publish_turn_fail(turn, &why);
    publish_turn_end(turn);
}

void people_revoke(struct publish_turn *turn)
{
    const char *query = turn->request->query;
    struct buf user, other;

    buf_init(&user, ROW_ID_MAX);
    buf_init(&other, ROW_ID_MAX);
    int found = user_next(turn, &query, &user);
    if (found == 0)
        refuse_user(turn, 400, "missing", "Say whose: ?user=ID");
    else if (found > 0 && publish_query_next(&query, "user", &other) != 0)
        refuse_user(turn, 400, "too_many_users", "Revoke one user at a time");
    else if (found > 0)
        revoke(turn, &user);
    buf_release(&other);
    buf_release(&user);
}
