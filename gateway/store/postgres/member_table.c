/* The table `conversation_members`, and when users were last seen: member_verbs.h. */
#include "gateway/store/member_verbs.h"

#include <stdio.h>

#include "gateway/store/postgres/tables.h"

#define GROUP QUERIES_MEMBERS

enum { IS_MEMBER, WALK_CONVERSATIONS, NEXT_CONVERSATION, WALK_CONTACTS, LAST_SEEN, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [IS_MEMBER] = "SELECT 1 FROM belfry.conversation_members"
                  " WHERE conversation_id = $1 AND user_id = $2",
    /* The newest first, among a bounded number of rows, so that sorting is quick. */
    [WALK_CONVERSATIONS] = "SELECT conversation_id FROM (SELECT conversation_id, joined_at"
                           " FROM belfry.conversation_members WHERE user_id = $1 LIMIT 4096) AS m"
                           " ORDER BY joined_at DESC, conversation_id LIMIT $2",
    [NEXT_CONVERSATION] = "SELECT conversation_id FROM belfry.conversation_members"
                          " WHERE user_id = $1 AND conversation_id >= $2"
                          " ORDER BY conversation_id LIMIT 1",
    [WALK_CONTACTS] =
        "SELECT DISTINCT user_id FROM (SELECT other.user_id FROM belfry.conversation_members AS own"
        " JOIN belfry.conversation_members AS other ON other.conversation_id = own.conversation_id"
        " WHERE own.user_id = $1 AND other.user_id <> $1 LIMIT $2) AS contacts LIMIT $3",
    [LAST_SEEN] = "SELECT " ISO("max(last_seen)") " FROM belfry.presence WHERE user_id = $1",
};

const struct query_group postgres_member_queries = {"members", sql, STATEMENTS};

static int is_member(struct engine *engine, const char *conversation, const char *user)
{
    struct params params = {.count = 0};
    PGresult *result;
    int found;

    params_add(&params, conversation);
    params_add(&params, user);
    result = link_ask(link_of(engine), GROUP, IS_MEMBER, &params);
    found = result ? PQntuples(result) > 0 : -1;
    PQclear(result);
    return found;
}

struct name_visitor {
    name_visit *visit;
    void *context;
};

static int visit_name(const PGresult *result, int row, void *context)
{
    const struct name_visitor *walk = context;
    struct cell name = link_cell(result, row, 0);

    return walk->visit(walk->context, &name);
}

static int walk_conversations(
    struct engine *engine, const char *user, size_t most, name_visit *visit, void *context)
{
    struct name_visitor walk = {visit, context};
    struct params params = {.count = 0};

    params_add(&params, user);
    params_add_number(&params, (int64_t)most);
    return link_walk(
        link_ask(link_of(engine), GROUP, WALK_CONVERSATIONS, &params), visit_name, &walk);
}

static int next_conversation(
    struct engine *engine, const char *user, const char *from, char name[MEMBER_NAME_SIZE])
{
    struct params params = {.count = 0};
    PGresult *result;
    int found;

    params_add(&params, user);
    params_add(&params, from);
    result = link_ask(link_of(engine), GROUP, NEXT_CONVERSATION, &params);
    found = result ? PQntuples(result) > 0 : -1;
    if (found == 1)
        snprintf(name, MEMBER_NAME_SIZE, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return found;
}

static int walk_contacts(struct engine *engine, const char *user, size_t rows, size_t most,
    name_visit *visit, void *context)
{
    struct name_visitor walk = {visit, context};
    struct params params = {.count = 0};

    params_add(&params, user);
    params_add_number(&params, (int64_t)rows);
    params_add_number(&params, (int64_t)most);
    return link_walk(link_ask(link_of(engine), GROUP, WALK_CONTACTS, &params), visit_name, &walk);
}

static int last_seen(struct engine *engine, const char *user, int64_t *ms)
{
    struct params params = {.count = 0};
    PGresult *result;
    struct cell time;

    *ms = 0;
    params_add(&params, user);
    result = link_ask(link_of(engine), GROUP, LAST_SEEN, &params);
    if (!result)
        return -1;
    time = link_cell(result, 0, 0);
    cell_time(&time, "", ms, NULL);
    PQclear(result);
    return 0;
}

const struct member_verbs postgres_members = {
    .is_member = is_member,
    .walk_conversations = walk_conversations,
    .next_conversation = next_conversation,
    .walk_contacts = walk_contacts,
    .last_seen = last_seen,
};
