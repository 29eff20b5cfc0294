#include "gateway/realtime/contacts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define FIRST_SIZE 4

/* The index where the user is, or would be inserted. */
static size_t contact_position(const struct contacts *contacts, const struct user *user)
{
    size_t low = 0, high = contacts->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((uintptr_t)contacts->users[middle] < (uintptr_t)user)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct contacts *contacts, size_t at, const struct user *user)
{
    return at < contacts->count && contacts->users[at] == user;
}

bool contacts_hold(const struct contacts *contacts, const struct user *user)
{
    return is_at(contacts, contact_position(contacts, user), user);
}

bool contacts_add(struct contacts *contacts, struct user *user)
{
    size_t at = contact_position(contacts, user);

    if (is_at(contacts, at, user))
        return false;
    if (contacts->count == contacts->size) {
        contacts->size = contacts->size ? contacts->size * 2 : FIRST_SIZE;
        contacts->users = mem_resize(contacts->users, contacts->size * sizeof(*contacts->users));
    }
    memmove(&contacts->users[at + 1], &contacts->users[at],
        (contacts->count - at) * sizeof(*contacts->users));
    contacts->users[at] = user;
    contacts->count++;
    return true;
}

bool contacts_remove(struct contacts *contacts, const struct user *user)
{
    size_t at = contact_position(contacts, user);

    if (!is_at(contacts, at, user))
        return false;
    contacts->count--;
    memmove(&contacts->users[at], &contacts->users[at + 1],
        (contacts->count - at) * sizeof(*contacts->users));
    return true;
}

void contacts_release(struct contacts *contacts)
{
    free(contacts->users);
    *contacts = (struct contacts){0};
}
