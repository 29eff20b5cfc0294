#include "gateway/framing/session_index.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define ROOM_MIN 16

struct session_index_row {
    uint64_t number;
    const struct peer *peer; /* NULL: a gap */
};

/* Where the first row with at least that number is, or the end. */
static size_t position_of(const struct session_index *index, uint64_t number)
{
    size_t low = 0, high = index->len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (index->rows[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void close_gaps(struct session_index *index)
{
    size_t kept = 0;

    for (size_t i = 0; i < index->len; i++)
        if (index->rows[i].peer)
            index->rows[kept++] = index->rows[i];
    index->len = kept;
}

static void set_room(struct session_index *index, size_t room)
{
    index->rows = mem_resize(index->rows, room * sizeof(*index->rows));
    index->room = room;
}

void session_index_add(struct session_index *index, uint64_t number, const struct peer *peer)
{
    size_t at;

    if (index->len == index->room)
        set_room(index, index->room ? 2 * index->room : ROOM_MIN);
    at = position_of(index, number);
    memmove(&index->rows[at + 1], &index->rows[at], (index->len - at) * sizeof(*index->rows));
    index->rows[at] = (struct session_index_row){number, peer};
    index->len++;
    index->count++;
}

void session_index_remove(struct session_index *index, uint64_t number)
{
    size_t at = position_of(index, number);

    index->rows[at].peer = NULL;
    index->count--;
    if (index->len < ROOM_MIN || index->count > index->len / 2)
        return;
    close_gaps(index);
    if (index->room > ROOM_MIN && index->len < index->room / 4)
        set_room(index, index->room / 2);
}

const struct peer *session_index_after(const struct session_index *index, uint64_t number)
{
    size_t at = number == UINT64_MAX ? index->len : position_of(index, number + 1);

    while (at < index->len && !index->rows[at].peer)
        at++;
    return at < index->len ? index->rows[at].peer : NULL;
}

void session_index_release(struct session_index *index)
{
    free(index->rows);
    *index = (struct session_index){.rows = NULL};
}
