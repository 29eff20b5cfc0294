#include "admin/known.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/database.h"
#include "common/memory.h"

#define NAME_MAX_OCTETS 4096

#define HAS_CONNECTED "SELECT EXISTS (SELECT 1 FROM presence WHERE user_id = ?1)"

/* Runs a SELECT EXISTS (…) with one parameter. Returns 1, 0, or -1 with the reason. */
static int is_there(sqlite3_stmt *statement, const char *name, struct reason *why)
{
    database_bind(statement, 1, name);
    int found = sqlite3_step(statement) == SQLITE_ROW
                    ? sqlite3_column_int(statement, 0)
                    : database_reason(sqlite3_db_handle(statement), why, NULL);
    sqlite3_reset(statement);
    return found;
}

/* The same for SQL that is only needed once. */
static int exists(sqlite3 *db, const char *sql, const char *name, struct reason *why)
{
    sqlite3_stmt *statement;

    if (database_prepare(db, &sql, &statement, 1, why) < 0)
        return -1;
    int found = is_there(statement, name, why);
    database_finalize(&statement, 1);
    return found;
}

struct known_users {
    sqlite3_stmt *statement;
};

struct known_users *known_users_new(sqlite3 *db)
{
    static const char *const sql = HAS_CONNECTED;
    sqlite3_stmt *statement;

    if (database_prepare(db, &sql, &statement, 1, NULL) < 0)
        return NULL;
    struct known_users *known = mem_alloc(sizeof *known);
    known->statement = statement;
    return known;
}

void known_users_free(struct known_users *known)
{
    if (known)
        database_finalize(&known->statement, 1);
    free(known);
}

bool known_users_has(struct known_users *known, const char *user)
{
    return !known || is_there(known->statement, user, NULL) != 0;
}

bool known_is_float(const char *user, int *digits)
{
    size_t sign = *user == '-';
    size_t len = strspn(user + sign, "0123456789");

    *digits = (int)(sign + len);
    return len > 0 && strcmp(user + sign + len, ".0") == 0;
}

void known_warn_of_user(const struct admin *admin, sqlite3 *db, const char *user)
{
    struct reason why;
    int digits;

    if (exists(db, HAS_CONNECTED, user, &why) != 0)
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

int known_conversation(sqlite3 *db, const char *id, struct reason *why)
{
    return exists(db,
        "SELECT EXISTS (SELECT 1 FROM conversations WHERE id = ?1) OR "
        "EXISTS (SELECT 1 FROM conversation_members WHERE conversation_id = ?1)",
        id, why);
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

void known_warn_of_topic(const struct admin *admin, sqlite3 *db, const char *topic)
{
    struct reason why;
    struct buf name;

    buf_init(&name, NAME_MAX_OCTETS);
    if (topic_within(topic, "conversation:", "", &name)) {
        if (known_conversation(db, name.data, &why) == 0)
            admin_say(
                admin, "there is no conversation '%s', so nobody can have joined it", name.data);
    } else if (topic_within(topic, "user:", ":notifications", &name)) {
        known_warn_of_user(admin, db, name.data);
    } else if (strcmp(topic, "*") != 0 && !topic_begins_with(topic, "role:") &&
               !topic_begins_with(topic, "public:")) {
        admin_say(admin,
            "'%s' is not a topic that pages can join by name: it only reaches those whose token "
            "lists it among its topics",
            topic);
    }
    buf_release(&name);
}
