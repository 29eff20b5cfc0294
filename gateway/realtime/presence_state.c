#include "gateway/realtime/presence_state.h"

#include <string.h>

#include "gateway/framing/event.h"
#include "gateway/realtime/context.h"

#define STATE_MS 1000

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
