#include "gateway/store/strain.h"

#include <inttypes.h>

#define LASTS_MS 5000
#define AGAIN_MS 60000

/* It is over when the value is below half of `most`. */
static const struct {
    uint64_t most;
    const char *log, *over;
} kinds[STRAINS] = {
    [STRAIN_ROWS] = {10000,
        "rows are inserted faster than they can be sent: they wait in the queue, in order, and "
        "none is lost",
        "the rows that waited in the queue have been sent"},
    [STRAIN_WAL] = {65536,
        "the -wal file of the queue cannot be begun anew and grows, in pages: some program has a "
        "transaction open for long, or many read without a pause; end it",
        "the -wal file of the queue is used from its beginning again"},
    [STRAIN_CHECKPOINTS] = {2,
        "the -wal file of the queue cannot be copied into the database, and grows; rows are still "
        "delivered; look at the disk and its free space",
        "the -wal file of the queue is copied into the database again"},
};

static bool is_worth_a_line(const struct strain_state *state, int64_t steady)
{
    if (state->is_logged)
        return steady >= state->logged_at + AGAIN_MS;
    return steady >= state->since + LASTS_MS;
}

static void strain_end(struct strain_state *state, const struct logger *log, const char *over)
{
    if (state->is_logged)
        log_info(log, "%s", over);
    *state = (struct strain_state){.is_on = false};
}

void strain_note(struct strain *strain, const struct logger *log, enum strain_kind kind,
    uint64_t value, const char *why, int64_t steady)
{
    struct strain_state *state = &strain->states[kind];

    if (state->is_on && value < kinds[kind].most / 2) {
        strain_end(state, log, kinds[kind].over);
        return;
    }
    if (!state->is_on && value < kinds[kind].most)
        return;
    if (!state->is_on)
        *state = (struct strain_state){.is_on = true, .since = steady};
    if (!is_worth_a_line(state, steady))
        return;
    log_warn(log, "%s%s%s (%" PRIu64 ")", kinds[kind].log, why ? ": " : "", why ? why : "", value);
    state->is_logged = true;
    state->logged_at = steady;
}
