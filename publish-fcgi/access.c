#include "publish-fcgi/access.h"

#include <string.h>

bool access_covers_user(const struct publish_key *key, const char *user)
{
    return strncmp(user, key->users, strlen(key->users)) == 0;
}

/* Whether it is user:ID:notifications of a user whom the key covers. */
static bool covers_topic(const struct publish_key *key, const char *topic)
{
    static const char before[] = "user:", behind[] = ":notifications";
    size_t len = strlen(topic), around = strlen(before) + strlen(behind);

    if (*key->users == '\0')
        return true;
    return len > around && strncmp(topic, before, strlen(before)) == 0 &&
           strcmp(topic + len - strlen(behind), behind) == 0 &&
           len - around >= strlen(key->users) && access_covers_user(key, topic + strlen(before));
}

int access_field_outside(const struct publish_key *key, const struct publication_row *row)
{
    switch (row->kind) {
    case PUBLICATION_NOTIFICATION:
        return access_covers_user(key, row->values[NOTIFICATION_USER]) ? -1 : NOTIFICATION_USER;
    case PUBLICATION_MESSAGE:
        return access_covers_user(key, row->values[MESSAGE_SENDER]) ? -1 : MESSAGE_SENDER;
    case PUBLICATION_BROADCAST:
        return covers_topic(key, row->values[BROADCAST_TOPIC]) ? -1 : BROADCAST_TOPIC;
    default:
        return 0;
    }
}
