#include "admin/conversation.h"

#include "admin/confirm.h"
#include "admin/known.h"
#include "admin/listing.h"
#include "admin/publish.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct column columns[] = {
    {"id", "ID", COLUMN_TEXT, 40},
    {"title", "TITLE", COLUMN_TEXT, 40},
    {"members", "MEMBERS", COLUMN_NUMBER, 0},
    {"messages", "MESSAGES", COLUMN_NUMBER, 0},
    {"lastMessageAt", "LAST MESSAGE", COLUMN_TIME, 0},
};

/* Applications may have members and messages without a row in `conversations`. SQLite is kept to
 * the index, whatever it believes of a table that was analyzed while it was small. */
#define LIST(messages_index) \
    "SELECT id, (SELECT title FROM conversations AS c WHERE c.id = known.id), " \
    "(SELECT count(*) FROM conversation_members WHERE conversation_id = known.id), " \
    "(SELECT count(*) FROM messages " messages_index "WHERE conversation_id = known.id), " \
    "(SELECT created_at FROM messages " messages_index "WHERE conversation_id = known.id " \
    "ORDER BY messages.id DESC LIMIT 1) " \
    "FROM (SELECT id FROM conversations UNION " \
    "SELECT conversation_id FROM conversation_members) AS known " \
    "WHERE CAST($1 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM conversation_members " \
    "WHERE conversation_id = known.id AND user_id = $1) ORDER BY id"

static const struct listing list = {
    .sql = {LIST("INDEXED BY messages_of_conversation "), LIST("")},
    .columns = columns,
    .column_count = COUNT(columns),
    .none = "no conversations: `belfry conversation create ID USER…` makes one",
};

static const struct column member_columns[] = {
    {"user", "USER", COLUMN_TEXT, 40},
    {"joinedAt", "JOINED", COLUMN_TIME, 0},
    {"online", "ONLINE", COLUMN_TEXT, 0},
};

static const struct listing members = {
    .sql = SQL_BOTH("SELECT user_id, joined_at, CASE WHEN user_id IN (SELECT user_id FROM "
                    "online_users) THEN 'yes' ELSE 'no' END FROM conversation_members "
                    "WHERE conversation_id = $1 ORDER BY user_id"),
    .columns = member_columns,
    .column_count = COUNT(member_columns),
    .none = "nobody is in this conversation",
};

/* Publishes at the present time. Conversations and members have no id. */
static enum publisher_result conversation_publish(const struct admin *admin,
    struct publisher *publisher, const struct publication *publication, struct reason *why)
{
    struct publication_error error;
    int64_t none;
    enum publisher_result result =
        publisher_publish(publisher, publication, clock_wall_ms(admin->clock), &none, &error);

    if (result == PUBLISHER_REFUSED || result == PUBLISHER_FAILED)
        *why = error.why;
    return result;
}

/* Adds the users named after the conversation. Returns how many were not members before, or -1 with
 * the reason. */
static int add_members(const struct admin *admin, struct publisher *publisher,
    const struct arguments *arguments, struct reason *why)
{
    int added = 0;

    for (size_t i = 1; i < arguments->operand_count; i++) {
        const struct publication member = {
            .kind = PUBLICATION_MEMBER,
            .fields = {[MEMBER_CONVERSATION] = arguments->operands[0],
                [MEMBER_USER] = arguments->operands[i]},
        };
        enum publisher_result result = conversation_publish(admin, publisher, &member, why);
        if (result == PUBLISHER_REFUSED || result == PUBLISHER_FAILED)
            return -1;
        added += result == PUBLISHER_WRITTEN;
    }
    return added;
}

/* Creates the conversation with its members, or nothing. Returns as add_members. */
static int conversation_create(const struct admin *admin, struct publisher *publisher,
    const struct arguments *arguments, struct reason *why)
{
    const struct publication conversation = {
        .kind = PUBLICATION_CONVERSATION,
        .fields = {[CONVERSATION_ID] = arguments->operands[0],
            [CONVERSATION_TITLE] = arguments_value(arguments, "--title")},
    };

    if (publisher_begin(publisher, why) < 0)
        return -1;
    switch (conversation_publish(admin, publisher, &conversation, why)) {
    case PUBLISHER_WRITTEN:
        break;
    case PUBLISHER_REPEATED:
        return reason_set(why, "there is a conversation %s already", arguments->operands[0]);
    default:
        return -1;
    }
    int added = add_members(admin, publisher, arguments, why);
    return added < 0 || publisher_commit(publisher, why) < 0 ? -1 : added;
}

static void warn_of_unknown(
    const struct admin *admin, struct sql *queue, const struct arguments *arguments)
{
    for (size_t i = 1; i < arguments->operand_count; i++)
        known_warn_of_user(admin, queue, arguments->operands[i]);
}

static void tell_count(const struct admin *admin, const char *key, int count)
{
    if (admin->json)
        admin_print_json(admin, json_pack("{s:i}", key, count));
    else
        admin_say(admin, "%d %s", count, key);
}

static int conversation_create_run(struct admin *admin, const struct arguments *arguments)
{
    const char *id = arguments->operands[0];
    struct reason why;
    struct sql *queue;
    int status = ADMIN_DONE;

    if (admin_open_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    struct publisher *publisher = publish_open(admin, queue, &why);
    int added = publisher ? conversation_create(admin, publisher, arguments, &why) : -1;
    publisher_free(publisher);
    if (added < 0)
        status = admin_refuse(admin, "%s", why.text);
    else if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:i}", "id", id, "members", added));
    else
        admin_say(admin, "created with %d member%s; their pages join it as conversation:%s", added,
            added == 1 ? "" : "s", id);
    if (status == ADMIN_DONE)
        warn_of_unknown(admin, queue, arguments);
    sql_close(&queue);
    return status;
}

/* Adds members to an existing conversation. Returns as add_members. */
static int conversation_extend(const struct admin *admin, struct sql *queue,
    struct publisher *publisher, const struct arguments *arguments, struct reason *why)
{
    const char *id = arguments->operands[0];
    int known = publisher_begin(publisher, why) < 0 ? -1 : known_conversation(queue, id, why);

    if (known == 0)
        reason_set(
            why, "there is no conversation %s: `belfry conversation create %s` makes it", id, id);
    if (known <= 0)
        return -1;
    int added = add_members(admin, publisher, arguments, why);
    return added < 0 || publisher_commit(publisher, why) < 0 ? -1 : added;
}

static int conversation_add_run(struct admin *admin, const struct arguments *arguments)
{
    struct reason why;
    struct sql *queue;
    int status = ADMIN_DONE;

    if (admin_open_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    struct publisher *publisher = publish_open(admin, queue, &why);
    int added = publisher ? conversation_extend(admin, queue, publisher, arguments, &why) : -1;
    publisher_free(publisher);
    if (added < 0) {
        status = admin_refuse(admin, "%s", why.text);
    } else {
        tell_count(admin, "added", added);
        warn_of_unknown(admin, queue, arguments);
    }
    sql_close(&queue);
    return status;
}

/* Removes the users named after the conversation. Returns how many were members, or -1 with the
 * reason. */
static int remove_members(struct sql *queue, const struct arguments *arguments, struct reason *why)
{
    static const struct sql_text text =
        SQL_BOTH("DELETE FROM conversation_members WHERE conversation_id = $1 AND user_id = $2");
    int removed = 0;

    for (size_t i = 1; i < arguments->operand_count; i++) {
        const char *const names[] = {arguments->operands[0], arguments->operands[i]};
        int64_t rows = sql_change(queue, &text, names, COUNT(names), why);
        if (rows < 0)
            return -1;
        removed += (int)rows;
    }
    return removed;
}

/* Deletes the conversation itself, with its members and messages. */
static int remove_whole(struct sql *queue, const char *id, struct reason *why)
{
    static const struct sql_text statements[] = {
        SQL_BOTH("DELETE FROM conversation_members WHERE conversation_id = $1"),
        {"DELETE FROM messages INDEXED BY messages_of_conversation WHERE conversation_id = $1",
            "DELETE FROM messages WHERE conversation_id = $1"},
        SQL_BOTH("DELETE FROM conversations WHERE id = $1"),
    };
    int removed = 0;

    for (size_t i = 0; i < COUNT(statements); i++) {
        int64_t rows = sql_change(queue, &statements[i], &id, 1, why);
        if (rows < 0)
            return -1;
        removed += (int)rows;
    }
    return removed;
}

/* Whether the conversation exists and may be deleted. */
static bool conversation_may_go(
    struct admin *admin, struct sql *queue, const struct arguments *arguments)
{
    const char *id = arguments->operands[0];
    struct reason why;
    int known = known_conversation(queue, id, &why);

    if (known < 0)
        admin_say(admin, "%s", why.text);
    else if (known == 0)
        admin_say(admin, "there is no such conversation");
    return known > 0 &&
           confirm(admin, arguments, "delete the conversation %s with all that was said in it", id);
}

static int remove_some(
    struct admin *admin, struct sql *queue, const struct arguments *arguments, bool whole)
{
    struct reason why;
    int removed = -1;

    if (sql_begin(queue, &why) == 0)
        removed = whole ? remove_whole(queue, arguments->operands[0], &why)
                        : remove_members(queue, arguments, &why);
    if (removed < 0 || sql_commit(queue, &why) < 0)
        return admin_refuse(admin, "%s", why.text);
    if (removed == 0)
        return admin_refuse(
            admin, whole ? "there is no such conversation" : "none of them is a member");
    tell_count(admin, "removed", removed);
    return ADMIN_DONE;
}

static int conversation_remove_run(struct admin *admin, const struct arguments *arguments)
{
    bool whole = arguments_value(arguments, "--all") != NULL;
    struct sql *queue;

    if (whole == (arguments->operand_count > 1))
        return admin_misuse(admin, "give the users to take out, or --all to remove the "
                                   "conversation itself with all that was said in it");
    if (admin_open_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int status = whole && !conversation_may_go(admin, queue, arguments)
                     ? ADMIN_REFUSED
                     : remove_some(admin, queue, arguments, whole);
    sql_close(&queue);
    return status;
}

static int conversation_list_run(struct admin *admin, const struct arguments *arguments)
{
    const char *user = arguments_value(arguments, "--user");
    const char *id = arguments->operands[0];
    struct sql *queue;

    if (id && user)
        return admin_misuse(admin, "give the ID of one conversation, or --user, not both");
    if (admin_look_into_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    int64_t rows = listing_print(admin, queue, id ? &members : &list, id ? &id : &user, 1);
    sql_close(&queue);
    return rows < 0 || (id && rows == 0) ? ADMIN_REFUSED : ADMIN_DONE;
}

static const struct command_option conversation_create_options[] = {
    {"--title", "TEXT", "a title for people to read"},
    {NULL, NULL, NULL},
};

const struct command conversation_create_command = {
    .name = "conversation create",
    .operands = "ID [USER]…",
    .operands_min = 1,
    .operands_max = COMMAND_OPERANDS_MAX,
    .summary = "Create a conversation with its members",
    .options = conversation_create_options,
    .more = "    belfry conversation create support-7 alice bob --title 'Order 4711'",
    .run = conversation_create_run,
};

const struct command conversation_add_command = {
    .name = "conversation add",
    .operands = "ID USER…",
    .operands_min = 2,
    .operands_max = COMMAND_OPERANDS_MAX,
    .summary = "Add members",
    .run = conversation_add_run,
};

static const struct command_option conversation_remove_options[] = {
    {"--all", NULL, "the conversation itself, with all its messages"},
    {"--yes", NULL, "do not ask"},
    {NULL, NULL, NULL},
};

const struct command conversation_remove_command = {
    .name = "conversation remove",
    .operands = "ID [USER]…",
    .operands_min = 1,
    .operands_max = COMMAND_OPERANDS_MAX,
    .summary = "Remove members, at once even if they are connected",
    .options = conversation_remove_options,
    .run = conversation_remove_run,
};

static const struct command_option conversation_list_options[] = {
    {"--user", "USER", "only those that this user is a member of"},
    {NULL, NULL, NULL},
};

const struct command conversation_list_command = {
    .name = "conversation list",
    .operands = "[ID]",
    .operands_max = 1,
    .summary = "List conversations, or the members of one",
    .options = conversation_list_options,
    .paged = true,
    .run = conversation_list_run,
};
