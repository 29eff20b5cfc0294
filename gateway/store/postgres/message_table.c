/* The table `messages`: message_verbs.h. */
#include "gateway/store/message_verbs.h"

#include "gateway/store/postgres/row_batch.h"
#include "gateway/store/postgres/tables.h"

#define GROUP QUERIES_MESSAGES
#define TABLE "belfry.messages"
#define COLUMNS \
    "id, conversation_id, sender_id, sender_name, content, metadata::text, client_ref, " ISO( \
        "created_at")

enum { NEW, MORE, WALK_AFTER, WALK_BEFORE, CLAIM, FIND_REPEATED, INSERT, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [NEW] = "SELECT " COLUMNS " FROM " TABLE
            " WHERE id = ANY(ARRAY(" STREAM_NEW_IDS("messages", "true") ")) ORDER BY id",
    [MORE] = "SELECT " COLUMNS " FROM " TABLE
             " WHERE id = ANY(ARRAY(" STREAM_MORE_IDS("messages", "true") ")) ORDER BY id",
    [WALK_AFTER] = "SELECT " COLUMNS " FROM " TABLE " WHERE conversation_id = $1"
                   " AND id > $2::bigint AND id <= $3::bigint AND " STREAM_SEEN(
                       "$4", "$5", "$6") " ORDER BY id LIMIT $7",
    /* A history is not bounded by what was shown (message_tail.h). */
    [WALK_BEFORE] = "SELECT " COLUMNS " FROM " TABLE " WHERE conversation_id = $1"
                    " AND id < $2::bigint ORDER BY id DESC LIMIT $3",
    /* A client that comes to another gateway repeats what it has sent to this one, which may just
     * be writing it. Both change one row, so whoever comes second fails, tries again, and finds it.
     */
    [CLAIM] = "UPDATE belfry.conversation_members SET joined_at = joined_at"
              " WHERE conversation_id = $1 AND user_id = $2",
    [FIND_REPEATED] =
        "SELECT id, " ISO("created_at") " FROM " TABLE " WHERE conversation_id = $1"
                                        " AND sender_id = $2 AND client_ref = $3 AND content = $4"
                                        " AND created_at >= $5::timestamptz ORDER BY id LIMIT 1",
    [INSERT] = "INSERT INTO " TABLE " (conversation_id, sender_id, sender_name, content, metadata,"
               " client_ref, created_at)"
               " VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7::timestamptz) RETURNING id",
};

const struct query_group postgres_message_queries = {"messages", sql, STATEMENTS};

struct message_visitor {
    struct postgres *postgres;
    message_visit *visit;
    void *context;
    const char *conversation;
    int64_t upto;
};

static int visit_message(const PGresult *result, int row, void *context)
{
    const struct message_visitor *walk = context;
    struct message_row message = {
        .id = link_number(result, row, 0),
        .conversation = link_cell(result, row, 1),
        .sender = link_cell(result, row, 2),
        .sender_name = link_cell(result, row, 3),
        .content = link_cell(result, row, 4),
        .metadata = link_cell(result, row, 5),
        .client_ref = link_cell(result, row, 6),
        .created_at = link_cell(result, row, 7),
    };

    return walk->visit(walk->context, &message);
}

static int walk_all(struct engine *engine, int64_t after, message_visit *visit, void *context)
{
    struct postgres *postgres = postgres_of(engine);
    struct message_visitor walk = {.visit = visit, .context = context};
    const struct news_batch news = {
        .group = GROUP, .first = NEW, .more = MORE, .visit = visit_message, .context = &walk};

    (void)after;
    return batch_walk_news(&postgres->link, &postgres->messages, &news, SIZE_MAX);
}

static void add_after(struct params *params, int64_t after, void *context)
{
    const struct message_visitor *walk = context;

    params_add(params, walk->conversation);
    params_add_number(params, after);
    params_add_number(params, walk->upto);
    row_stream_add_seen(&walk->postgres->messages, &walk->postgres->link, params);
    params_add_number(params, BATCH_ROWS);
}

static int walk_after(struct engine *engine, const char *conversation, int64_t after, int64_t upto,
    message_visit *visit, void *context)
{
    struct message_visitor walk = {postgres_of(engine), visit, context, conversation, upto};
    const struct row_batch batch = {GROUP, WALK_AFTER, add_after, visit_message, &walk};

    return batch_walk(link_of(engine), &batch, after);
}

static void add_before(struct params *params, int64_t before, void *context)
{
    const struct message_visitor *walk = context;

    params_add(params, walk->conversation);
    params_add_number(params, before);
    params_add_number(params, BATCH_ROWS);
}

static int walk_before(struct engine *engine, const char *conversation, int64_t before,
    message_visit *visit, void *context)
{
    struct message_visitor walk = {postgres_of(engine), visit, context, conversation, 0};
    const struct row_batch batch = {GROUP, WALK_BEFORE, add_before, visit_message, &walk};

    return batch_walk(link_of(engine), &batch, before);
}

static int find_repeated(struct engine *engine, const struct message_draft *draft,
    const char *since, int64_t *id, int64_t *created_at)
{
    struct params params = {.count = 0};
    PGresult *result;
    int found = -1;

    params_add(&params, draft->conversation);
    params_add(&params, draft->sender);
    if (link_tell(link_of(engine), GROUP, CLAIM, &params) < 0)
        return -1;
    params_add(&params, draft->client_ref);
    params_add(&params, draft->content);
    params_add(&params, since);
    result = link_ask(link_of(engine), GROUP, FIND_REPEATED, &params);
    if (result)
        found = PQntuples(result) > 0;
    if (found == 1) {
        struct cell created = link_cell(result, 0, 1);

        *id = link_number(result, 0, 0);
        cell_time(&created, "", created_at, NULL);
    }
    PQclear(result);
    return found;
}

static int insert(
    struct engine *engine, const struct message_draft *draft, const char *now, int64_t *id)
{
    struct params params = {.count = 0};
    PGresult *result;

    params_add(&params, draft->conversation);
    params_add(&params, draft->sender);
    params_add(&params, draft->name);
    params_add(&params, draft->content);
    params_add(&params, draft->metadata);
    params_add(&params, draft->client_ref);
    params_add(&params, now);
    result = link_try(link_of(engine), GROUP, INSERT, &params);
    if (!result)
        return -1;
    *id = link_number(result, 0, 0);
    PQclear(result);
    return 0;
}

const struct message_verbs postgres_messages = {
    .walk_all = walk_all,
    .walk_after = walk_after,
    .walk_before = walk_before,
    .find_repeated = find_repeated,
    .insert = insert,
};
