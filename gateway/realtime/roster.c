#include "gateway/realtime/roster.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "common/memory.h"
#include "gateway/realtime/user.h"

struct gathering {
    UT_hash_handle hh;
    struct seat *first;
    char conversation[];
};

struct seat_key {
    const struct gathering *gathering;
    const struct user *user;
};

struct seat {
    UT_hash_handle hh;
    struct seat_key key;
    struct gathering *gathering;
    struct user *user;
    struct seat *prev_in_gathering, *next_in_gathering;
    struct seat *prev_of_user, *next_of_user;
};

static struct gathering *gathering_find(const struct roster *roster, const char *conversation)
{
    struct gathering *gathering;

    HASH_FIND_STR(roster->gatherings, conversation, gathering);
    return gathering;
}

static struct gathering *gathering_need(struct roster *roster, const char *conversation)
{
    struct gathering *gathering = gathering_find(roster, conversation);
    size_t len = strlen(conversation);

    if (gathering)
        return gathering;
    gathering = mem_zalloc(sizeof(*gathering) + len + 1);
    memcpy(gathering->conversation, conversation, len + 1);
    HASH_ADD_STR(roster->gatherings, conversation, gathering);
    return gathering;
}

static struct seat *seat_find(
    const struct roster *roster, const struct gathering *gathering, const struct user *user)
{
    const struct seat_key key = {gathering, user};
    struct seat *seat;

    HASH_FIND(hh, roster->seats, &key, sizeof(key), seat);
    return seat;
}

bool roster_add(struct roster *roster, struct user *user, const char *conversation)
{
    struct gathering *gathering = gathering_need(roster, conversation);
    struct seat *seat = seat_find(roster, gathering, user);

    if (seat)
        return false;
    seat = mem_zalloc(sizeof(*seat));
    seat->key = (struct seat_key){gathering, user};
    seat->gathering = gathering;
    seat->user = user;
    HASH_ADD(hh, roster->seats, key, sizeof(seat->key), seat);
    DL_APPEND2(gathering->first, seat, prev_in_gathering, next_in_gathering);
    DL_APPEND2(user->seats, seat, prev_of_user, next_of_user);
    user->seat_count++;
    return true;
}

static void seat_end(struct roster *roster, struct seat *seat)
{
    struct gathering *gathering = seat->gathering;

    HASH_DEL(roster->seats, seat);
    DL_DELETE2(gathering->first, seat, prev_in_gathering, next_in_gathering);
    DL_DELETE2(seat->user->seats, seat, prev_of_user, next_of_user);
    seat->user->seat_count--;
    free(seat);
    if (!gathering->first) {
        HASH_DEL(roster->gatherings, gathering);
        free(gathering);
    }
}

bool roster_remove(struct roster *roster, struct user *user, const char *conversation)
{
    struct gathering *gathering = gathering_find(roster, conversation);
    struct seat *seat = gathering ? seat_find(roster, gathering, user) : NULL;

    if (seat)
        seat_end(roster, seat);
    return seat != NULL;
}

void roster_remove_all(struct roster *roster, struct user *user)
{
    while (user->seats)
        seat_end(roster, user->seats);
}

bool roster_holds(const struct roster *roster, const struct user *user, const char *conversation)
{
    const struct gathering *gathering = gathering_find(roster, conversation);

    return gathering && seat_find(roster, gathering, user);
}

bool roster_share(const struct roster *roster, const struct user *one, const struct user *other)
{
    bool one_has_fewer = one->seat_count < other->seat_count;
    const struct seat *seat = one_has_fewer ? one->seats : other->seats;

    while (seat && !seat_find(roster, seat->gathering, one_has_fewer ? other : one))
        seat = seat->next_of_user;
    return seat != NULL;
}

size_t roster_each_user(const struct roster *roster, const char *conversation,
    void (*each)(void *context, struct user *user), void *context)
{
    const struct gathering *gathering = gathering_find(roster, conversation);
    const struct seat *seat = gathering ? gathering->first : NULL;
    size_t count = 0;

    for (; seat; seat = seat->next_in_gathering, count++)
        each(context, seat->user);
    return count;
}

size_t roster_each_conversation(
    const struct user *user, void (*each)(void *context, const char *conversation), void *context)
{
    size_t count = 0;

    for (const struct seat *seat = user->seats; seat; seat = seat->next_of_user, count++)
        each(context, seat->gathering->conversation);
    return count;
}
