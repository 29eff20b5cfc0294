#include "gateway/realtime/inquiry.h"

#include <stddef.h>
#include <stdlib.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/realtime/context.h"

struct inquiries {
    struct user *user;
    struct wheel_entry timer;
    struct inquiry {
        int64_t not_before; /* steady ms */
        bool is_wanted, is_under_way;
    } of[INQUIRIES];
};

static void inquiry_proceed(struct user *user);

static void on_time(struct wheel_entry *entry)
{
    inquiry_proceed(container_of(entry, struct inquiries, timer)->user);
}

static int64_t now_of(const struct user *user)
{
    return clock_steady_ms(user->realtime->clock);
}

static void inquiry_ask(struct user *user, enum inquiry_kind kind)
{
    struct inquiry *inquiry = &user->inquiries->of[kind];

    inquiry->is_wanted = false;
    inquiry->is_under_way = true;
    inquiry->not_before = now_of(user) + INQUIRY_PAUSE_MS;
    users_ref(user);
    user->realtime->inquire[kind](user);
}

/* The first that may be asked now; INQUIRIES: none, `next` is when to look again. */
static enum inquiry_kind inquiry_next(const struct inquiries *inquiries, int64_t now, int64_t *next)
{
    *next = INT64_MAX;
    for (unsigned kind = 0; kind < INQUIRIES; kind++) {
        const struct inquiry *inquiry = &inquiries->of[kind];

        if (inquiry->is_under_way)
            continue;
        if (inquiry->is_wanted && now >= inquiry->not_before)
            return kind;
        if (now < inquiry->not_before && inquiry->not_before < *next)
            *next = inquiry->not_before;
    }
    return INQUIRIES;
}

static bool inquiry_is_under_way(const struct inquiries *inquiries)
{
    for (unsigned kind = 0; kind < INQUIRIES; kind++) {
        if (inquiries->of[kind].is_under_way)
            return true;
    }
    return false;
}

/* Asks what may be asked, sets the timer for the rest, and frees the inquiries if nothing is left
 * to wait for. A question may be answered before it returns, so the inquiries are looked up again
 * after each. */
static void inquiry_proceed(struct user *user)
{
    while (user->inquiries) {
        struct inquiries *inquiries = user->inquiries;
        int64_t now = now_of(user), next;
        enum inquiry_kind kind = inquiry_next(inquiries, now, &next);

        if (kind < INQUIRIES) {
            inquiry_ask(user, kind);
            continue;
        }
        if (next < INT64_MAX) {
            wheel_start(user->realtime->wheel, &inquiries->timer, next - now, on_time);
        } else if (!inquiry_is_under_way(inquiries)) {
            wheel_stop(&inquiries->timer);
            user->inquiries = NULL;
            free(inquiries);
        }
        return;
    }
}

void inquiry_want(struct user *user, enum inquiry_kind kind)
{
    if (!user->inquiries) {
        user->inquiries = mem_zalloc(sizeof(*user->inquiries));
        user->inquiries->user = user;
    }
    user->inquiries->of[kind].is_wanted = true;
    inquiry_proceed(user);
}

void inquiry_settle(struct user *user, enum inquiry_kind kind, bool answered)
{
    struct inquiry *inquiry = &user->inquiries->of[kind];

    inquiry->is_under_way = false;
    if (!answered && !user->realtime->is_ending) {
        inquiry->is_wanted = true;
        inquiry->not_before = now_of(user) + INQUIRY_RETRY_MS;
    }
    inquiry_proceed(user);
    users_unref(&user->realtime->users, user);
}

void inquiry_stop(struct user *user)
{
    struct inquiries *inquiries = user->inquiries;

    if (!inquiries)
        return;
    wheel_stop(&inquiries->timer);
    for (unsigned kind = 0; kind < INQUIRIES; kind++)
        inquiries->of[kind] = (struct inquiry){.is_under_way = inquiries->of[kind].is_under_way};
    if (inquiry_is_under_way(inquiries))
        return;
    user->inquiries = NULL;
    free(inquiries);
}
