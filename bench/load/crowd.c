#include <stdlib.h>

#include "bench/load/crowd.h"
#include "bench/load/now.h"
#include "common/container_of.h"
#include "common/memory.h"

enum { SCRATCH_MAX = 256 * 1024 };

static struct crowd *crowd_of(const struct member *member)
{
    return container_of(member->common, struct crowd, common);
}

static void on_ready(struct member *member)
{
    struct crowd *crowd = crowd_of(member);

    crowd->ready++;
    histogram_record(&crowd->connects, now_ns() - member->began);
}

static bool on_delivered(struct member *member, const char *text, size_t len)
{
    struct crowd *crowd = crowd_of(member);
    struct stamp stamp;

    if (!stamp_find(&stamp, text, len, &member->hint))
        return false;
    if (crowd->events)
        crowd->events->delivered(crowd->context, member, &stamp);
    return true;
}

static void on_answered(struct member *member)
{
    struct crowd *crowd = crowd_of(member);

    if (crowd->events && crowd->events->answered)
        crowd->events->answered(crowd->context, member);
}

static void on_failed(struct member *member, const char *why)
{
    struct crowd *crowd = crowd_of(member);

    if (crowd->failed++ == 0)
        reason_set(&crowd->problem, "connection %u%s: %s", member->index,
            member->ready ? "" : ", not ready yet", why);
}

static const struct member_events events = {on_ready, on_delivered, on_answered, on_failed};

int crowd_init(struct crowd *crowd, const struct options *options, uint32_t listeners,
    uint32_t publishers, struct reason *why)
{
    *crowd = (struct crowd){.listeners = listeners, .count = listeners + publishers};
    crowd->common.options = options;
    crowd->common.events = &events;
    crowd->common.dialect = options->dialect;
    crowd->members = mem_array(crowd->count, sizeof(*crowd->members));
    buf_init(&crowd->common.scratch, SCRATCH_MAX);
    if (link_loop_init(&crowd->common.loop, &member_link_events, why))
        return -1;
    return token_maker_init(&crowd->common.tokens, options->token_file, why);
}

void crowd_release(struct crowd *crowd)
{
    for (uint32_t i = 0; i < crowd->begun; i++)
        member_end(&crowd->members[i]);
    free(crowd->members);
    token_maker_release(&crowd->common.tokens);
    buf_release(&crowd->common.scratch);
    link_loop_release(&crowd->common.loop);
}

int crowd_begin(struct crowd *crowd, uint32_t count, struct reason *why)
{
    while (crowd->begun < count &&
           crowd->begun - crowd->ready - crowd->failed < crowd->common.options->width) {
        uint32_t number = crowd->begun++;

        if (member_begin(
                &crowd->members[number], &crowd->common, number, number >= crowd->listeners, why))
            return -1;
    }
    return 0;
}

int crowd_connect(struct crowd *crowd, uint32_t count, struct reason *why)
{
    double patience = crowd->common.options->patience * (double)NS_PER_SECOND;
    int64_t progress = now_ns();
    uint32_t ready = crowd->ready;

    while (crowd->ready < count && crowd->failed == 0) {
        if (crowd_begin(crowd, count, why))
            return -1;
        crowd_turn(crowd, 10 * NS_PER_MS);
        if (crowd->ready != ready)
            progress = now_ns();
        else if ((double)(now_ns() - progress) > patience)
            return reason_set(
                why, "%u of %u connections are ready, and nothing happens", crowd->ready, count);
        ready = crowd->ready;
    }
    if (crowd->failed > 0)
        return reason_set(why, "%s", crowd->problem.text);
    return 0;
}

void crowd_turn(struct crowd *crowd, int64_t timeout_ns)
{
    link_loop_turn(&crowd->common.loop, timeout_ns);
}

void crowd_wait(struct crowd *crowd, double seconds)
{
    int64_t end = now_ns() + (int64_t)(seconds * (double)NS_PER_SECOND);

    for (int64_t now = now_ns(); now < end; now = now_ns())
        crowd_turn(crowd, end - now < 10 * NS_PER_MS ? end - now : 10 * NS_PER_MS);
}
