/* The table `broadcasts`: broadcast_verbs.h. */
#include "gateway/store/broadcast_verbs.h"

#include <string.h>

#include "common/clock.h"
#include "gateway/store/postgres/row_batch.h"
#include "gateway/store/postgres/tables.h"

#define GROUP QUERIES_BROADCASTS
/* After a longer pause, what is found may be late for other reasons than a long transaction. */
#define BROADCASTS_GAP_MS 60000
#define TABLE "belfry.broadcasts"
#define SENDS "belfry.broadcast_sends"
/* What gateways have sent counts before it is added up, or who was behind would miss it. */
#define COLUMNS \
    "id, topic, event, data::text, " ISO("created_at") ", " ISO( \
        "expires_at") ", coalesce(recipients, 0) + (SELECT coalesce(sum(s.recipients), " \
                      "0)::bigint FROM " SENDS " AS s WHERE s.broadcast_id = id)"

enum broadcast_column { ID, TOPIC, EVENT, DATA, CREATED_AT, EXPIRES_AT, RECIPIENTS, WAS_OPEN };

enum {
    LAST_SENT,
    NEW,
    MORE,
    WALK_OLD_UNSENT,
    WALK_STANDING,
    FIND_STANDING,
    WALK_TOPIC,
    READ,
    MARK_SENT,
    FOLD_SENDS,
    STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [LAST_SENT] = "SELECT greatest((SELECT id FROM " TABLE " WHERE sent_at IS NOT NULL"
                  " AND pg_visible_in_snapshot(txid, $1::pg_snapshot) ORDER BY id DESC LIMIT 1),"
                  " (SELECT s.broadcast_id FROM " SENDS " AS s JOIN " TABLE " AS b"
                  " ON b.id = s.broadcast_id WHERE pg_visible_in_snapshot(b.txid, $1::pg_snapshot)"
                  " ORDER BY s.broadcast_id DESC LIMIT 1))",
    [NEW] = "SELECT " COLUMNS ", txid < $1::xid8 FROM " TABLE
            " WHERE id = ANY(ARRAY(" STREAM_NEW_IDS("broadcasts", "true") ")) ORDER BY id",
    [MORE] = "SELECT " COLUMNS ", txid < pg_snapshot_xmax($1::pg_snapshot) FROM " TABLE
             " WHERE id = ANY(ARRAY(" STREAM_MORE_IDS("broadcasts", "true") ")) ORDER BY id",
    /* What is behind the last one that was sent at the start is shown even if another gateway has
     * sent it since: new subscribers here would miss it. */
    [WALK_OLD_UNSENT] = "SELECT " COLUMNS " FROM " TABLE " WHERE id = ANY(ARRAY("
                        "(SELECT id FROM " TABLE " WHERE sent_at IS NULL"
                        " AND pg_visible_in_snapshot(txid, $1::pg_snapshot) AND id > $2::bigint"
                        " AND NOT EXISTS (SELECT 1 FROM " SENDS " WHERE broadcast_id = id)"
                        " ORDER BY id LIMIT $3) UNION ALL (SELECT id FROM " TABLE
                        " WHERE id > greatest($2::bigint, $4::bigint)"
                        " AND pg_visible_in_snapshot(txid, $1::pg_snapshot)"
                        " ORDER BY id LIMIT $3))) ORDER BY id LIMIT $3",
    [WALK_STANDING] = "SELECT " COLUMNS " FROM " TABLE " WHERE topic = $1"
                      " AND expires_at > $2::timestamptz AND id > $3::bigint"
                      " AND " STREAM_SEEN("$4", "$5", "$6") " ORDER BY id LIMIT $7",
    [FIND_STANDING] = "SELECT EXISTS (SELECT 1 FROM " TABLE " WHERE topic = asked.topic"
                      " AND expires_at > $2::timestamptz AND " STREAM_SEEN("$3", "$4",
                          "$5") ")"
                                " FROM unnest($1::text[]) WITH ORDINALITY AS asked (topic, number)"
                                " ORDER BY number",
    /* The topic is not a condition here: the caller bounds how many rows are examined. */
    [WALK_TOPIC] = "SELECT " COLUMNS " FROM " TABLE " WHERE id > $1::bigint"
                   " AND " STREAM_SEEN("$2", "$3", "$4") " ORDER BY id LIMIT $5",
    [READ] = "SELECT " COLUMNS " FROM " TABLE " WHERE id = $1::bigint",
    /* Every gateway tells a broadcast at nearly the same time: a row of its own for each, instead
     * of one that all of them change. Once more does no harm. */
    [MARK_SENT] = "INSERT INTO " SENDS " (broadcast_id, instance, sent_at, recipients)"
                  " VALUES ($1::bigint, $2, $3::timestamptz, $4::bigint)"
                  " ON CONFLICT (broadcast_id, instance) DO UPDATE SET recipients ="
                  " excluded.recipients",
    [FOLD_SENDS] =
        "WITH gone AS (DELETE FROM " SENDS " RETURNING broadcast_id, sent_at, recipients),"
        " sums AS (SELECT broadcast_id, min(sent_at) AS sent_at, sum(recipients)::bigint AS"
        " recipients FROM gone GROUP BY broadcast_id)"
        " UPDATE " TABLE " AS b SET sent_at = coalesce(b.sent_at, s.sent_at), recipients ="
        " least(coalesce(b.recipients, 0) + s.recipients, 9007199254740991)"
        " FROM sums AS s WHERE b.id = s.broadcast_id"
        /* No plan may read all broadcasts. */
        " AND b.id = ANY(ARRAY(SELECT broadcast_id FROM sums))",
};

const struct query_group postgres_broadcast_queries = {"broadcasts", sql, STATEMENTS};

static int last_sent(struct engine *engine, int64_t *id)
{
    struct postgres *postgres = postgres_of(engine);
    struct params params = {.count = 0};
    PGresult *result;

    params_add(&params, postgres->broadcasts.seen);
    result = link_ask(&postgres->link, GROUP, LAST_SENT, &params);
    *id = result ? link_number(result, 0, 0) : 0;
    postgres->last_sent_before = *id;
    PQclear(result);
    return result ? 0 : -1;
}

struct broadcast_visitor {
    struct postgres *postgres;
    broadcast_visit *visit;
    void *context;
    const char *topic;
    const char *now;
    bool is_unsent;
    bool is_old;     /* it was there when this gateway began */
    bool has_no_gap; /* the last look was not long ago */
};

/* Whatever the walks over what was shown show, this gateway has told, or it was there before. */
static int visit_brief(const PGresult *result, int row, void *context)
{
    const struct broadcast_visitor *walk = context;
    struct lent_row *lent = &walk->postgres->lent_broadcast;
    struct broadcast_brief brief = {
        .id = link_number(result, row, ID),
        .is_sent = !walk->is_unsent,
        .recipients = link_number(result, row, RECIPIENTS),
        .is_of_topic = !walk->topic || strcmp(PQgetvalue(result, row, TOPIC), walk->topic) == 0,
        .is_in_time =
            walk->has_no_gap && PQnfields(result) > WAS_OPEN && link_flag(result, row, WAS_OPEN),
    };
    int going;

    *lent = (struct lent_row){result, row, brief.id};
    going = walk->visit(walk->context, &brief);
    lent->result = NULL;
    if (going == 1 && walk->is_old)
        walk->postgres->old_broadcast = brief.id;
    return going;
}

static void add_old(struct params *params, int64_t after, void *context)
{
    const struct broadcast_visitor *walk = context;

    params_add(params, walk->postgres->broadcasts.seen);
    params_add_number(params, after);
    params_add_number(params, BATCH_ROWS);
    params_add_number(params, walk->postgres->last_sent_before);
}

static int64_t steady_ms(void)
{
    struct clock clock = clock_system();

    return clock.steady_ms(&clock);
}

/* First those that nobody had sent when this gateway began, each once, however often the walk is
 * stopped: a mark does not hide all of them. Then what is new. */
static int walk_unsent(struct engine *engine, broadcast_visit *visit, void *context)
{
    struct postgres *postgres = postgres_of(engine);
    struct broadcast_visitor walk = {
        .postgres = postgres, .visit = visit, .context = context, .is_unsent = true};
    const struct row_batch old = {GROUP, WALK_OLD_UNSENT, add_old, visit_brief, &walk};
    const struct news_batch news = {
        .group = GROUP, .first = NEW, .more = MORE, .visit = visit_brief, .context = &walk};
    int going = 1;

    walk.is_old = postgres->has_old_broadcasts;
    if (walk.is_old)
        going = batch_walk(&postgres->link, &old, postgres->old_broadcast);
    if (going != 1)
        return going;
    walk.is_old = postgres->has_old_broadcasts = false;
    walk.has_no_gap = steady_ms() - postgres->broadcasts_read_at < BROADCASTS_GAP_MS;
    going = batch_walk_news(&postgres->link, &postgres->broadcasts, &news, SIZE_MAX);
    if (going == 1)
        postgres->broadcasts_read_at = steady_ms();
    return going;
}

static void add_standing(struct params *params, int64_t after, void *context)
{
    const struct broadcast_visitor *walk = context;

    params_add(params, walk->topic);
    params_add(params, walk->now);
    params_add_number(params, after);
    row_stream_add_seen(&walk->postgres->broadcasts, &walk->postgres->link, params);
    params_add_number(params, BATCH_ROWS);
}

static int walk_standing(struct engine *engine, const char *topic, const char *now, int64_t after,
    broadcast_visit *visit, void *context)
{
    struct broadcast_visitor walk = {.postgres = postgres_of(engine),
        .visit = visit,
        .context = context,
        .topic = topic,
        .now = now};
    const struct row_batch batch = {GROUP, WALK_STANDING, add_standing, visit_brief, &walk};

    return batch_walk(link_of(engine), &batch, after);
}

static int find_standing(
    struct engine *engine, const char *topics, size_t count, const char *now, bool *stand)
{
    struct postgres *postgres = postgres_of(engine);
    struct params params = {.count = 0};
    PGresult *result;
    struct buf array;

    memset(stand, 0, count * sizeof(*stand));
    if (link_open_transaction(&postgres->link) < 0)
        return -1;
    buf_init(&array, SIZE_MAX);
    for (size_t i = 0; i < count; i++, topics += strlen(topics) + 1) {
        buf_add_char(&array, i == 0 ? '{' : ',');
        link_quote(&array, topics);
    }
    buf_add_text(&array, count == 0 ? "{}" : "}");
    params_add(&params, array.data);
    params_add(&params, now);
    row_stream_add_seen(&postgres->broadcasts, &postgres->link, &params);
    result = link_ask(&postgres->link, GROUP, FIND_STANDING, &params);
    for (size_t i = 0; result && i < count; i++)
        stand[i] = link_flag(result, (int)i, 0);
    PQclear(result);
    buf_release(&array);
    return result ? 0 : -1;
}

static void add_topic(struct params *params, int64_t after, void *context)
{
    const struct broadcast_visitor *walk = context;

    params_add_number(params, after);
    row_stream_add_seen(&walk->postgres->broadcasts, &walk->postgres->link, params);
    params_add_number(params, BATCH_ROWS);
}

static int walk_topic(
    struct engine *engine, const char *topic, int64_t after, broadcast_visit *visit, void *context)
{
    struct broadcast_visitor walk = {
        .postgres = postgres_of(engine), .visit = visit, .context = context, .topic = topic};
    const struct row_batch batch = {GROUP, WALK_TOPIC, add_topic, visit_brief, &walk};

    return batch_walk(link_of(engine), &batch, after);
}

static int show_broadcast(const PGresult *result, int row,
    int (*visit)(void *context, const struct broadcast_row *row), void *context)
{
    struct broadcast_row shown = {
        .id = link_number(result, row, ID),
        .topic = link_cell(result, row, TOPIC),
        .event = link_cell(result, row, EVENT),
        .data = link_cell(result, row, DATA),
        .created_at = link_cell(result, row, CREATED_AT),
        .expires_at = link_cell(result, row, EXPIRES_AT),
    };

    return visit(context, &shown);
}

static int read_broadcast(struct engine *engine, int64_t id,
    int (*visit)(void *context, const struct broadcast_row *row), void *context)
{
    const struct lent_row *lent = &postgres_of(engine)->lent_broadcast;
    struct params params = {.count = 0};
    PGresult *result;
    int going;

    if (lent->result && lent->id == id)
        return show_broadcast(lent->result, lent->row, visit, context);
    params_add_number(&params, id);
    result = link_ask(link_of(engine), GROUP, READ, &params);
    if (!result)
        return -1;
    going = PQntuples(result) > 0 ? show_broadcast(result, 0, visit, context) : 1;
    PQclear(result);
    return going;
}

static int mark_broadcast_sent(
    struct engine *engine, int64_t id, const char *at, int64_t recipients)
{
    struct postgres *postgres = postgres_of(engine);
    struct params params = {.count = 0};

    params_add_number(&params, id);
    params_add(&params, postgres->instance);
    params_add(&params, at);
    params_add_number(&params, recipients);
    postgres->has_sends = true;
    return link_tell(&postgres->link, GROUP, MARK_SENT, &params);
}

int postgres_broadcasts_fold(struct postgres *postgres)
{
    const struct params none = {.count = 0};

    if (link_change(&postgres->link, GROUP, FOLD_SENDS, &none) < 0)
        return -1;
    postgres->has_sends = false;
    return 0;
}

const struct broadcast_verbs postgres_broadcasts = {
    .last_sent = last_sent,
    .walk_unsent = walk_unsent,
    .walk_standing = walk_standing,
    .find_standing = find_standing,
    .walk_topic = walk_topic,
    .read = read_broadcast,
    .mark_sent = mark_broadcast_sent,
};
