#include "gateway/realtime/strangers.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/conversations.h"

#define FIRST_SIZE 4

static size_t place(const struct strangers *strangers, const char *id)
{
    size_t at = 0;

    while (at < strangers->count && strcmp(strangers->ids[at], id) != 0)
        at++;
    return at;
}

bool strangers_hold(const struct strangers *strangers, const char *id)
{
    return place(strangers, id) < strangers->count;
}

static void drop(struct strangers *strangers, struct store *store, size_t at)
{
    if (store)
        store_unheed(store, strangers->ids[at]);
    free(strangers->ids[at]);
    strangers->count--;
    memmove(&strangers->ids[at], &strangers->ids[at + 1],
        (strangers->count - at) * sizeof(*strangers->ids));
}

void strangers_add(struct strangers *strangers, struct store *store, const char *id)
{
    if (strangers_hold(strangers, id))
        return;
    if (strangers->count == STRANGERS_MAX)
        drop(strangers, store, 0);
    if (strangers->count == strangers->size) {
        strangers->size = strangers->size ? strangers->size * 2 : FIRST_SIZE;
        strangers->ids = mem_resize(strangers->ids, strangers->size * sizeof(*strangers->ids));
    }
    strangers->ids[strangers->count++] = mem_strdup(id);
    store_heed(store, id);
}

void strangers_remove(struct strangers *strangers, struct store *store, const char *id)
{
    size_t at = place(strangers, id);

    if (at < strangers->count)
        drop(strangers, store, at);
}

void strangers_release(struct strangers *strangers, struct store *store)
{
    while (strangers->count > 0)
        drop(strangers, store, strangers->count - 1);
    free(strangers->ids);
    *strangers = (struct strangers){0};
}
