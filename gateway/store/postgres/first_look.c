#include "gateway/store/postgres/first_look.h"

#include "common/clock.h"
#include "gateway/store/postgres/answers.h"
#include "gateway/store/postgres/tables.h"

#define STREAMS 5
#define FLAGS_COLUMN 2
#define MISSED_COLUMN (FLAGS_COLUMN + STREAMS)

enum { READS, WRITES, STATEMENTS };

/* In the order of streams_of. */
#define NEWS \
    STREAM_HAS_NEW("notifications", "true", "$1", "$2") \
    ", " STREAM_HAS_NEW("messages", "true", "$3", "$4") ", " STREAM_HAS_NEW( \
        "broadcasts", "true", "$5", "$6") ", " STREAM_HAS_NEW("changes", "kind <> 'set_back'", \
        "$7", "$8") ", " STREAM_HAS_NEW("changes", "kind = 'set_back'", "$9", \
        "$10") ", " STREAM_HAS_LOST("$11")

static const char *const sql[STATEMENTS] = {
    [READS] = "SELECT pg_current_snapshot(), NULL, " NEWS,
    [WRITES] = "SELECT pg_current_snapshot(), pg_current_xact_id(), " NEWS,
};

const struct query_group first_look_queries = {"first_look", sql, STATEMENTS};

static struct postgres *postgres_of_link(struct link *link)
{
    return container_of(link, struct postgres, link);
}

static void streams_of(struct postgres *postgres, struct row_stream *streams[STREAMS])
{
    streams[0] = &postgres->notifications;
    streams[1] = &postgres->messages;
    streams[2] = &postgres->broadcasts;
    streams[3] = &postgres->changes;
    streams[4] = &postgres->set_backs;
}

static void add_parameters(struct link *link, struct params *params)
{
    struct row_stream *streams[STREAMS];

    streams_of(postgres_of_link(link), streams);
    for (int i = 0; i < STREAMS; i++)
        row_stream_add_since(streams[i], params);
    params_add(params, postgres_of_link(link)->changes.seen);
}

static int send_along(struct link *link)
{
    struct postgres *postgres = postgres_of_link(link);
    /* A walk that was stopped first shows the rest of its target: what is new behind that is not

     * known before. */
    bool expects = postgres->expects_news && !link->is_writing && !postgres->notifications.target;

    PQclear(postgres->ahead);
    postgres->ahead = NULL;
    if (!expects)
        return 0;
    postgres->expects_news = false;
    return postgres_notifications_ahead(postgres);
}

/* Where no change is new, all are known; likewise of broadcasts. */
static int take(struct link *link, const PGresult *first)
{
    struct postgres *postgres = postgres_of_link(link);
    struct clock clock = clock_system();
    struct row_stream *streams[STREAMS];
    int64_t now = clock.steady_ms(&clock);

    postgres->has_missed |= link_flag(first, 0, MISSED_COLUMN);
    if (postgres->has_missed)
        return link_lose(link, "changes were removed before this gateway had read them");
    streams_of(postgres, streams);
    for (int i = 0; i < STREAMS; i++)
        if (!link_flag(first, 0, FLAGS_COLUMN + i))
            row_stream_start(streams[i], link->snapshot);
    if (!row_stream_has_new(&postgres->changes, link))
        buf_clear(&postgres->own_xids);
    if (!row_stream_has_new(&postgres->broadcasts, link))
        postgres->broadcasts_read_at = now;
    return 0;
}

const struct link_opening first_look = {
    .group = QUERIES_FIRST_LOOK,
    .reads = READS,
    .writes = WRITES,
    .add_parameters = add_parameters,
    .send_along = send_along,
    .take = take,
};
