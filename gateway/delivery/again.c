#include "gateway/delivery/again.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/snapshot_mark.h"

struct again_sent {
    int64_t id, at;
};

struct again {
    int64_t started, limit, passed;
    char *mark;
    struct again_sent *sent;
    size_t count;
    bool waits, runs;
};

struct again *again_new(int64_t started)
{
    struct again *again = mem_zalloc(sizeof(*again));

    again->started = started;
    return again;
}

void again_free(struct again *again)
{
    if (!again)
        return;
    free(again->sent);
    free(again->mark);
    free(again);
}

void again_since(struct again *again, const char *mark)
{
    char *all;

    if (!mark)
        return;
    all = again->mark ? snapshot_mark_of_both(again->mark, mark) : mem_strdup(mark);
    free(again->mark);
    again->mark = all;
}

const char *again_mark(const struct again *again)
{
    return again->mark;
}

void again_want(struct again *again)
{
    again->waits = true;
}

bool again_waits(const struct again *again)
{
    return again->waits;
}

void again_begin(struct again *again, int64_t limit, int64_t passed)
{
    if (!again->runs) {
        again->limit = limit;
        again->passed = passed;
    }
    again->runs = true;
    again->waits = false;
}

bool again_runs(const struct again *again)
{
    return again->runs;
}

int64_t again_started(const struct again *again)
{
    return again->started;
}

bool again_was_passed(const struct again *again, int64_t id)
{
    return again->runs && id <= again->passed;
}

bool again_is_behind(const struct again *again, int64_t id)
{
    return again->runs && id > again->limit;
}

bool again_ends(struct again *again, int64_t *after, bool complete)
{
    if (!again->runs || again->waits || (!complete && *after < again->limit))
        return false;
    if (*after > again->limit || again->limit != INT64_MAX)
        *after = again->limit;
    return true;
}

void again_note_sent(struct again *again, const int64_t *ids, size_t count, int64_t at)
{
    size_t room = AGAIN_SENT_MAX - again->count;

    if (count > room)
        count = room;
    if (count == 0)
        return;
    again->sent = mem_resize(again->sent, (again->count + count) * sizeof(*again->sent));
    for (size_t i = 0; i < count; i++)
        again->sent[again->count++] = (struct again_sent){ids[i], at};
}

void again_forget_sent(struct again *again, const int64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < again->count; j++)
            if (again->sent[j].id == ids[i])
                again->sent[j].id = 0;
}

bool again_has_sent(const struct again *again, int64_t id, int64_t confirmed_at)
{
    for (size_t i = 0; i < again->count; i++) {
        if (again->sent[i].id == id && again->sent[i].at >= confirmed_at)
            return true;
    }
    return false;
}
