#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()

#include "gateway/framing/directory.h"

#include "common/memory.h"
#include "gateway/framing/refusal.h"
#include "gateway/net/address.h"

struct directory {
    struct directory_entry *entries;
    struct addresses *addresses;
    struct directory_counters counters;
};

struct directory *directory_new(void)
{
    struct directory *directory = mem_zalloc(sizeof(*directory));

    directory->addresses = addresses_new();
    return directory;
}

void directory_free(struct directory *directory)
{
    if (directory)
        addresses_free(directory->addresses);
    free(directory);
}

static bool is_at_limit(size_t count, size_t max)
{
    return max > 0 && count > max;
}

static bool entry_count(struct directory *directory, struct directory_entry *entry,
    const char *address, size_t max_per_address)
{
    if (!address)
        return true;
    entry->counted = addresses_enter(directory->addresses, address);
    if (!is_at_limit(address_connections(entry->counted), max_per_address))
        return true;
    addresses_leave(directory->addresses, entry->counted);
    entry->counted = NULL;
    return false;
}

enum directory_verdict directory_enter(struct directory *directory, struct directory_entry *entry,
    const char *address, const struct directory_limits *limits)
{
    if (is_at_limit(directory->counters.sessions + 1, limits->max)) {
        directory->counters.refused_full++;
        return DIRECTORY_FULL;
    }
    if (!entry_count(directory, entry, address, limits->max_per_address)) {
        directory->counters.refused_address++;
        return DIRECTORY_ADDRESS_FULL;
    }
    HASH_ADD_STR(directory->entries, sid, entry);
    directory->counters.entered++;
    directory->counters.sessions++;
    return DIRECTORY_ENTERED;
}

enum directory_cause directory_cause_of(int close_code)
{
    static const struct {
        int code;
        enum directory_cause cause;
    } causes[] = {
        {CLOSE_NORMAL, DIRECTORY_LEFT},
        {CLOSE_ABNORMAL, DIRECTORY_LEFT},
        {CLOSE_GOING_AWAY, DIRECTORY_SILENT},
        {CLOSE_SLOW_CONSUMER, DIRECTORY_SLOW},
        {CLOSE_TOO_BIG, DIRECTORY_BROKEN},
        {CLOSE_BAD_MESSAGE, DIRECTORY_BROKEN},
    };

    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
        if (causes[i].code == close_code)
            return causes[i].cause;
    return DIRECTORY_CLOSED;
}

void directory_leave(
    struct directory *directory, struct directory_entry *entry, enum directory_cause cause)
{
    if (!entry->hh.tbl)
        return;
    HASH_DEL(directory->entries, entry);
    entry->hh.tbl = NULL;
    addresses_leave(directory->addresses, entry->counted);
    entry->counted = NULL;
    directory->counters.sessions--;
    directory->counters.ended[cause]++;
}

void *directory_find(
    struct directory *directory, const struct directory_kind *kind, const char *sid)
{
    struct directory_entry *entry;

    HASH_FIND_STR(directory->entries, sid, entry);
    if (entry && entry->kind == kind)
        return entry->object;
    directory->counters.unknown++;
    return NULL;
}

void directory_close(struct directory *directory, size_t count, int code, const char *reason)
{
    struct directory_entry *next;
    struct directory_entry *entry = directory->entries;

    for (; entry && count > 0; entry = next) {
        next = entry->hh.next;
        if (entry->closing)
            continue;
        entry->closing = true;
        entry->kind->close(entry->object, code, reason);
        count--;
    }
}

void directory_end(struct directory *directory)
{
    while (directory->entries)
        directory->entries->kind->end(directory->entries->object);
}

const struct directory_counters *directory_counters(const struct directory *directory)
{
    return &directory->counters;
}
