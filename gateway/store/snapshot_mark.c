#include "gateway/store/snapshot_mark.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/memory.h"

struct snapshot {
    uint64_t xmax;
    const char *running; /* what is left of the list */
};

static bool snapshot_read(struct snapshot *snapshot, const char *mark)
{
    const char *colon = strchr(mark, ':');
    char *rest;

    if (!colon)
        return false;
    snapshot->xmax = strtoull(colon + 1, &rest, 10);
    snapshot->running = *rest == ':' ? rest + 1 : rest;
    return true;
}

/* The first one of the list; UINT64_MAX: none is left. */
static uint64_t first_running(const struct snapshot *snapshot)
{
    return *snapshot->running ? strtoull(snapshot->running, NULL, 10) : UINT64_MAX;
}

static void skip_running(struct snapshot *snapshot, uint64_t xid)
{
    if (first_running(snapshot) != xid)
        return;
    snapshot->running += strcspn(snapshot->running, ",");
    snapshot->running += *snapshot->running == ',';
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What is running in either, is shown by neither. */
static char *snapshot_of_both(struct snapshot a, struct snapshot b)
{
    uint64_t xmax = least(a.xmax, b.xmax);
    uint64_t xid = least(first_running(&a), first_running(&b));
    struct buf text;
    const char *separator = "";

    buf_init(&text, SIZE_MAX);
    buf_addf(&text, "%" PRIu64 ":%" PRIu64 ":", least(xid, xmax), xmax);
    for (; xid < xmax; xid = least(first_running(&a), first_running(&b))) {
        buf_addf(&text, "%s%" PRIu64, separator, xid);
        separator = ",";
        skip_running(&a, xid);
        skip_running(&b, xid);
    }
    return buf_detach(&text);
}

char *snapshot_mark_of_both(const char *mark, const char *other)
{
    struct snapshot a, b;

    if (snapshot_read(&a, mark) && snapshot_read(&b, other))
        return snapshot_of_both(a, b);
    return mem_strdup(strtoull(mark, NULL, 10) < strtoull(other, NULL, 10) ? mark : other);
}
