#include "admin/known.h"

#include <string.h>

#include "common/buf.h"

#define NAME_MAX_OCTETS 4096

static const struct sql_text has_connected =
    SQL_BOTH("SELECT EXISTS (SELECT 1 FROM presence WHERE user_id = $1)");

/* Returns 1, 0, or -1 with the reason. */
static int is_there(
    struct sql *queue, const struct sql_text *text, const char *name, struct reason *why)
{
    int64_t found;

    return sql_count(queue, text, &name, 1, &found, why) < 0 ? -1 : found > 0;
}

bool known_user(struct sql *queue, const char *user)
{
    return is_there(queue, &has_connected, user, NULL) != 0;
}

void known_strangers(struct sql *queue, const char *users,
    void (*told)(void *context, const char *user), void *context)
{
    static const struct sql_text text = {"SELECT value FROM json_each($1) WHERE NOT EXISTS "
                                         "(SELECT 1 FROM presence WHERE user_id = value)",
        "SELECT value FROM json_array_elements_text(CAST($1 AS JSON)) AS value WHERE NOT EXISTS "
        "(SELECT 1 FROM presence WHERE user_id = value)"};
    struct sql_rows *rows = sql_select(queue, &text, &users, 1, NULL);

    while (rows && sql_next(rows, NULL) > 0)
        told(context, sql_column(rows, 0));
    sql_end(rows);
}

bool known_is_float(const char *user, int *digits)
{
    size_t sign = *user == '-';
    size_t len = strspn(user + sign, "0123456789");

    *digits = (int)(sign + len);
    return len > 0 && strcmp(user + sign + len, ".0") == 0;
}

void known_warn_of_user(const struct admin *admin, struct sql *queue, const char *user)
{
    int digits;

    if (known_user(queue, user))
        return;
    if (known_is_float(user, &digits))
        admin_say(admin,
            "nobody has ever connected as '%s': this is the number %.*s written as a float; the "
            "\"sub\" of tokens is '%.*s'",
            user, digits, user, digits, user);
    else
        admin_say(admin,
            "nobody has ever connected as '%s': is that the id your tokens have as \"sub\"?", user);
}

int known_conversation(struct sql *queue, const char *id, struct reason *why)
{
    static const struct sql_text text =
        SQL_BOTH("SELECT EXISTS (SELECT 1 FROM conversations WHERE id = $1) OR "
                 "EXISTS (SELECT 1 FROM conversation_members WHERE conversation_id = $1)");

    return is_there(queue, &text, id, why);
}

/* The part of the topic between `begin` and `end`, in `name`; NULL if the topic is a different one.
 */
static const char *topic_within(
    const char *topic, const char *begin, const char *end, struct buf *name)
{
    size_t len = strlen(topic), before = strlen(begin), behind = strlen(end);

    if (len <= before + behind || strncmp(topic, begin, before) != 0 ||
        strcmp(topic + len - behind, end) != 0)
        return NULL;
    buf_add(name, topic + before, len - before - behind);
    return name->data;
}

static bool topic_begins_with(const char *topic, const char *kind)
{
    size_t len = strlen(kind);

    return strncmp(topic, kind, len) == 0 && topic[len] != '\0';
}

void known_warn_of_topic(const struct admin *admin, struct sql *queue, const char *topic)
{
    struct reason why;
    struct buf name;

    buf_init(&name, NAME_MAX_OCTETS);
    if (topic_within(topic, "conversation:", "", &name)) {
        if (known_conversation(queue, name.data, &why) == 0)
            admin_say(
                admin, "there is no conversation '%s', so nobody can have joined it", name.data);
    } else if (topic_within(topic, "user:", ":notifications", &name)) {
        known_warn_of_user(admin, queue, name.data);
    } else if (strcmp(topic, "*") != 0 && !topic_begins_with(topic, "role:") &&
               !topic_begins_with(topic, "public:")) {
        admin_say(admin,
            "'%s' is not a topic that pages can join by name: it only reaches those whose token "
            "lists it among its topics",
            topic);
    }
    buf_release(&name);
}
