#include "gateway/store/stall.h"

#include <inttypes.h>

#include "gateway/store/errands/scheduler.h"

#define LOOK_MS 500
/* A turn that has taken longer will not come back soon. */
#define STALL_MS 2000
/* While the thread runs, it refuses overdue errands itself: it gets this much time to do so
 * first. */
#define GRACE_MS 500

void stall_init(struct stall *stall)
{
    TAILQ_INIT(&stall->asked);
}

void stall_asked(struct stall *stall, struct errand *errand)
{
    if (!errand_is_awaited(errand))
        return;
    errand->asked_at = clock_steady_ms(stall->clock);
    errand->is_asked = true;
    TAILQ_INSERT_TAIL(&stall->asked, errand, asked);
}

static void stall_forget(struct stall *stall, struct errand *errand)
{
    TAILQ_REMOVE(&stall->asked, errand, asked);
    errand->is_asked = false;
}

bool stall_answered(struct stall *stall, struct errand *errand)
{
    if (!errand->is_asked)
        return !errand_is_awaited(errand);
    stall_forget(stall, errand);
    return true;
}

/* Refuses the errand to whoever waits for it. */
static void stall_refuse(struct stall *stall, struct errand *errand)
{
    stall_forget(stall, errand);
    errand_refuse(errand);
}

static void stall_refuse_overdue(struct stall *stall)
{
    int64_t before = clock_steady_ms(stall->clock) - ERRANDS_DEADLINE_MS - GRACE_MS;
    struct errand *errand;

    while ((errand = TAILQ_FIRST(&stall->asked)) && errand->asked_at <= before)
        stall_refuse(stall, errand);
}

/* Refuses errands that the thread has not taken yet. Those that nobody waits for are put back
 * first, so that they stay ahead of whatever refused callers ask next. */
static void stall_refuse_posted(struct stall *stall)
{
    struct parcel *parcel = mailbox_take(&stall->shared->errands);
    struct parcel *awaited = NULL, **end = &awaited;

    while (parcel) {
        struct parcel *next = parcel->next;

        if (((struct errand *)parcel)->is_asked) {
            *end = parcel;
            end = &parcel->next;
        } else {
            mailbox_put(&stall->shared->errands, parcel);
        }
        parcel = next;
    }
    *end = NULL;
    while (awaited) {
        struct errand *errand = (struct errand *)awaited;

        awaited = awaited->next;
        stall_refuse(stall, errand);
        errand_free(errand);
    }
}

static const char *database_of(const struct stall *stall, enum doing doing)
{
    return doing == DOING_SESSIONS ? stall->settings->session_shown
                                   : stall->settings->database_shown;
}

static void stall_begin(struct stall *stall, int64_t took)
{
    static const char *const words[DOINGS] = {
        [DOING_OPENING] = "opening it or looking whether it is there",
        [DOING_WRITING] = "writing it",
        [DOING_READING] = "reading it",
        [DOING_SESSIONS] = "looking into it for logouts",
    };
    enum doing doing = (enum doing)atomic_load(&stall->shared->doing);

    stall->is_stalled = true;
    reason_set(&stall->why,
        "%s does not answer: %s has taken %" PRId64 " ms so far: see whether its disk is frozen or "
        "its mount hangs (dmesg, iostat)",
        database_of(stall, doing), words[doing], took);
    stall->news->unavailable(stall->context, &stall->why);
    stall->news->end(stall->context);
}

static void stall_end(struct stall *stall)
{
    stall->is_stalled = false;
    if (!atomic_load(&stall->shared->is_available))
        return;
    stall->news->available(stall->context);
    stall->news->end(stall->context);
}

static void on_timer(uv_timer_t *timer)
{
    struct stall *stall = timer->data;
    int64_t since = atomic_load(&stall->shared->turn_since);
    int64_t took = since < 0 ? 0 : clock_steady_ms(stall->clock) - since;

    if (took >= STALL_MS && !stall->is_stalled)
        stall_begin(stall, took);
    else if (took < STALL_MS && stall->is_stalled)
        stall_end(stall);
    if (!stall->is_stalled)
        return;
    stall_refuse_posted(stall);
    stall_refuse_overdue(stall);
}

void stall_start(struct stall *stall, uv_loop_t *loop)
{
    uv_timer_init(loop, &stall->timer);
    stall->timer.data = stall;
    uv_timer_start(&stall->timer, on_timer, LOOK_MS, LOOK_MS);
    uv_unref((uv_handle_t *)&stall->timer);
}

void stall_close(struct stall *stall, uv_close_cb closed)
{
    uv_close((uv_handle_t *)&stall->timer, closed);
}
