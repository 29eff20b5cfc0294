#include "gateway/framing/heartbeat.h"

/* So many moments of an interval have beats. */
#define MOMENTS 128

void heartbeat_begin(struct heartbeat *heartbeat, const struct heartbeat_terms *terms, int64_t now)
{
    int64_t due_at = now + terms->interval_ms;
    int64_t apart = terms->interval_ms / MOMENTS;

    *heartbeat = (struct heartbeat){.due_at = apart > 0 ? due_at - due_at % apart : due_at};
}

/* No later than the next beat is due, so that a long timeout does not delay it. */
int64_t heartbeat_next(const struct heartbeat *heartbeat, const struct heartbeat_terms *terms)
{
    int64_t deadline = heartbeat->beat_at + terms->timeout_ms;

    return heartbeat->awaits && deadline < heartbeat->due_at ? deadline : heartbeat->due_at;
}

static void pass_over_due(
    struct heartbeat *heartbeat, const struct heartbeat_terms *terms, int64_t now)
{
    int64_t interval = terms->interval_ms;

    if (now >= heartbeat->due_at)
        heartbeat->due_at += ((now - heartbeat->due_at) / interval + 1) * interval;
}

/* How many of all bytes sent the client has taken. Less than half of 2^32 is under way, so that
 * differences show which came first. */
static uint32_t bytes_taken(struct carrier carrier, uint64_t sent)
{
    return (uint32_t)(sent - carrier_under_way(carrier));
}

/* Whether nothing was sent since the last beat, and all beats were answered: then the client has
 * taken all there is, and the kernel need not be asked. */
static bool has_taken_all(const struct heartbeat *heartbeat, uint64_t sent)
{
    return heartbeat->owed == 0 && heartbeat->upto == (uint32_t)sent;
}

static bool is_before(uint32_t bytes, uint32_t others)
{
    return (int32_t)(bytes - others) < 0;
}

/* Once the client has taken the beat, it has the whole timeout to answer. */
static bool may_lack_beat(struct heartbeat *heartbeat, struct carrier carrier, uint64_t sent)
{
    uint32_t before = heartbeat->taken;

    if (carrier_is_paused(carrier))
        return true;
    if (!heartbeat->is_behind)
        return false;
    heartbeat->taken = bytes_taken(carrier, sent);
    heartbeat->is_behind = is_before(heartbeat->taken, heartbeat->upto);
    return !heartbeat->is_behind || is_before(before, heartbeat->taken);
}

enum heartbeat_verdict heartbeat_look(struct heartbeat *heartbeat,
    const struct heartbeat_terms *terms, struct carrier carrier, uint64_t sent, int64_t now)
{
    if (now < heartbeat_next(heartbeat, terms))
        return HEARTBEAT_NOTHING;
    if (heartbeat->awaits && (uint32_t)carrier_heard(carrier) != heartbeat->heard)
        heartbeat->awaits = false;
    if (!heartbeat->awaits)
        return now >= heartbeat->due_at ? HEARTBEAT_BEAT : HEARTBEAT_NOTHING;
    if (now >= heartbeat->beat_at + terms->timeout_ms) {
        if (!may_lack_beat(heartbeat, carrier, sent))
            return HEARTBEAT_SILENT;
        heartbeat->beat_at = now;
    }
    pass_over_due(heartbeat, terms, now);
    return HEARTBEAT_NOTHING;
}

void heartbeat_before(struct heartbeat *heartbeat, const struct heartbeat_terms *terms,
    struct carrier carrier, uint64_t sent, int64_t now)
{
    heartbeat->heard = (uint32_t)carrier_heard(carrier);
    heartbeat->awaits = true;
    heartbeat->beat_at = now;
    heartbeat->taken = has_taken_all(heartbeat, sent) ? (uint32_t)sent : bytes_taken(carrier, sent);
    if (heartbeat->owed < UINT16_MAX)
        heartbeat->owed++;
    heartbeat->is_behind = is_before(heartbeat->taken, (uint32_t)sent);
    pass_over_due(heartbeat, terms, now);
}

void heartbeat_behind(struct heartbeat *heartbeat, uint64_t sent)
{
    heartbeat->upto = (uint32_t)sent;
}

bool heartbeat_answered(struct heartbeat *heartbeat)
{
    if (heartbeat->owed == 0)
        return false;
    heartbeat->owed--;
    return true;
}

void heartbeat_moved(struct heartbeat *heartbeat)
{
    heartbeat->awaits = false;
}
