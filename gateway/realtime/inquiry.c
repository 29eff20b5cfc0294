#include "gateway/realtime/inquiry.h"

#include <stddef.h>

#include "common/container_of.h"
#include "gateway/realtime/room.h"

static void proceed(struct user *user);

static void on_time(struct wheel_entry *entry)
{
    proceed(container_of(entry, struct user, inquiries.timer));
}

static int64_t now_of(const struct user *user)
{
    return clock_steady_ms(user->realtime->clock);
}

static void ask(struct user *user, enum inquiry_kind kind)
{
    struct inquiry *inquiry = &user->inquiries.of[kind];

    inquiry->is_wanted = false;
    inquiry->is_under_way = true;
    inquiry->not_before = now_of(user) + INQUIRY_PAUSE_MS;
    users_ref(user);
    inquiry_ask[kind](user);
}

static void proceed(struct user *user)
{
    int64_t now = now_of(user), next = INT64_MAX;

    for (unsigned kind = 0; kind < INQUIRIES; kind++) {
        struct inquiry *inquiry = &user->inquiries.of[kind];

        if (!inquiry->is_wanted || inquiry->is_under_way)
            continue;
        if (now >= inquiry->not_before)
            ask(user, kind);
        else if (inquiry->not_before < next)
            next = inquiry->not_before;
    }
    if (next < INT64_MAX)
        wheel_start(user->realtime->wheel, &user->inquiries.timer, next - now, on_time);
}

void inquiry_want(struct user *user, enum inquiry_kind kind)
{
    user->inquiries.of[kind].is_wanted = true;
    proceed(user);
}

void inquiry_settle(struct user *user, enum inquiry_kind kind, bool answered)
{
    struct inquiry *inquiry = &user->inquiries.of[kind];

    inquiry->is_under_way = false;
    if (!answered && !user->realtime->is_ending) {
        inquiry->is_wanted = true;
        inquiry->not_before = now_of(user) + INQUIRY_RETRY_MS;
    }
    proceed(user);
    users_unref(&user->realtime->users, user);
}

void inquiry_stop(struct user *user)
{
    wheel_stop(&user->inquiries.timer);
    for (unsigned kind = 0; kind < INQUIRIES; kind++)
        user->inquiries.of[kind].is_wanted = false;
}
