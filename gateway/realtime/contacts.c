#include "gateway/realtime/contacts.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct contacts contacts_new(struct names *names, const char *const *ids, size_t count)
{
    struct contacts contacts = {0};
    size_t kept = 0;

    if (count == 0)
        return contacts;
    contacts.ids = mem_array(count, sizeof(*contacts.ids));
    for (size_t i = 0; i < count; i++)
        contacts.ids[i] = names_take(names, ids[i]);
    qsort(contacts.ids, count, sizeof(*contacts.ids), compare);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && contacts.ids[kept - 1] == contacts.ids[i])
            names_drop(names, contacts.ids[i]);
        else
            contacts.ids[kept++] = contacts.ids[i];
    }
    contacts.count = kept;
    return contacts;
}

/* Where the id is, or would be. */
static size_t place(const struct contacts *contacts, const char *id, bool *found)
{
    size_t low = 0, high = contacts->count;

    *found = false;
    while (low < high && !*found) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(contacts->ids[middle], id);

        if (order == 0) {
            *found = true;
            low = middle;
        } else if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool contacts_hold(const struct contacts *contacts, const char *id)
{
    bool found;

    place(contacts, id, &found);
    return found;
}

void contacts_add(struct contacts *contacts, struct names *names, const char *id)
{
    bool found;
    size_t at = place(contacts, id, &found);

    if (found)
        return;
    contacts->ids = mem_resize(contacts->ids, (contacts->count + 1) * sizeof(*contacts->ids));
    memmove(&contacts->ids[at + 1], &contacts->ids[at],
        (contacts->count - at) * sizeof(*contacts->ids));
    contacts->ids[at] = names_take(names, id);
    contacts->count++;
}

void contacts_remove(struct contacts *contacts, struct names *names, const char *id)
{
    bool found;
    size_t at = place(contacts, id, &found);

    if (!found)
        return;
    names_drop(names, contacts->ids[at]);
    contacts->count--;
    memmove(&contacts->ids[at], &contacts->ids[at + 1],
        (contacts->count - at) * sizeof(*contacts->ids));
}

void contacts_release(struct contacts *contacts, struct names *names)
{
    for (size_t i = 0; i < contacts->count; i++)
        names_drop(names, contacts->ids[i]);
    free(contacts->ids);
    *contacts = (struct contacts){0};
}
