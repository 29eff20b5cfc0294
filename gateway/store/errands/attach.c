/* A connection came (store_attach), and went (store_detach). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/row_rules.h"
#include "gateway/store/broadcast_page.h"
#include "gateway/store/engine.h"
#include "gateway/store/errands/bearer.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/scan.h"

/* Rows counted at a time for a new connection: others are answered in between. */
#define COUNT_ROWS 4096

struct detach {
    struct errand errand;
    struct bearer bearer;
};

static void detach_take(struct queue *queue, struct errand *errand)
{
    const struct bearer *bearer = &((struct detach *)errand)->bearer;
    struct watched *watched;

    bearer_leave_session(queue, bearer);
    watched = watch_find_even_gone(&queue->inbox.watch, bearer->user);
    if (watched)
        watched->changed_at = queue->turn.wall;
    watch_detach(&queue->inbox.watch, bearer->user);
}

static void detach_free(struct errand *errand)
{
    bearer_release(&((struct detach *)errand)->bearer);
}

static const struct errand_kind detach_kind = {
    ERRAND_OF_NOBODY(struct detach), .take = detach_take, .free = detach_free};

void store_detach(struct store *store, const char *user, const char *session)
{
    struct detach *detach = (struct detach *)errand_new(&detach_kind);

    bearer_init(&detach->bearer, user, session);
    post_errand(store, &detach->errand, NULL);
}

struct attach {
    struct errand errand;
    void (*done)(void *context, const struct store_attached *answer);
    struct bearer bearer;
    size_t max_rows, max_bytes;
    int64_t scan_started;

    int64_t counted_upto; /* unread rows are counted up to this id */
    bool is_long;         /* counting them took more than one part */

    struct store_counts counts;
    int64_t highest;
    int64_t heard_all, heard_own;
    char queue[ENGINE_NAME_SIZE];
    struct owed owed;
};

static enum errand_step attach_count(struct queue *queue, struct attach *attach)
{
    size_t rows = COUNT_ROWS;
    int counted;

    if (inbox_find(&queue->inbox, attach->bearer.user))
        return ERRAND_DONE;
    counted = scan_count_on(&queue->inbox, &queue->turn, attach->bearer.user, &attach->counted_upto,
        &attach->counts, &rows);
    attach->is_long |= counted == 0;
    return counted < 0 ? ERRAND_FAILED : counted ? ERRAND_DONE : ERRAND_GOES_ON;
}

static int attach_scan(struct queue *queue, struct attach *attach)
{
    const struct watched *watched = inbox_find(&queue->inbox, attach->bearer.user);
    struct store_scan scan = {
        .user = attach->bearer.user,
        .max_rows = attach->max_rows,
        .max_bytes = attach->max_bytes,
    };

    snprintf(attach->queue, sizeof(attach->queue), "%s", queue->turn.engine->name);
    attach->highest = queue->inbox.last_seen;
    if (watched)
        attach->counts = watched->counts;
    return scan_owed(&queue->inbox, &queue->turn, &scan, &attach->owed);
}

/* Nearly always there is none, and then no connection has to ask. */
static int topic_heard(struct queue *queue, const char *topic, int64_t *heard)
{
    const struct standing_range range = {
        .topic = topic, .after = 0, .heard = STORE_HEARD_ALL, .limit = 1};
    struct broadcast_page page = {0};
    int result = broadcast_page_standing(&queue->topics.broadcasts, &queue->turn, &range, &page);

    *heard = page.complete && page.page.count == 0 ? page.heard : STORE_SOME_STAND;
    broadcast_page_release(&page);
    return result;
}

static int attach_topics(struct queue *queue, struct attach *attach)
{
    char own[ROW_TOPIC_MAX + 1];

    snprintf(own, sizeof(own), "user:%s:notifications", attach->bearer.user);
    return topic_heard(queue, "*", &attach->heard_all) < 0
               ? -1
               : topic_heard(queue, own, &attach->heard_own);
}

static void attach_begin(struct queue *queue, struct attach *attach, bool is_seen)
{
    struct watch *watch = &queue->inbox.watch;
    struct watched *watched = watch_attach(watch, attach->bearer.user);

    watched->changed_at = queue->turn.wall;
    if (attach->bearer.has_session)
        logout_hold(&queue->logout, watched, &attach->bearer.session, is_seen);
    if (watched->connections > 1) {
        watch_doubt(watch, watched);
        return;
    }
    watched->counts = watched->told = attach->counts;
    watched->first_owed = 0;
    watched->swept_at = queue->turn.steady;
    if (attach->is_long)
        watch_flag(watch, watched, WATCH_RECOUNT);
}

static enum errand_step attach_read(struct queue *queue, struct errand *errand)
{
    struct attach *attach = (struct attach *)errand;
    bool is_seen;
    enum errand_step step;

    if (inbox_is_due_untold(&queue->inbox, attach->bearer.user))
        return ERRAND_LATER;
    step = bearer_judge(queue, &attach->bearer, &errand->verdict, &is_seen);
    if (step != ERRAND_DONE || errand->verdict != STORE_OK)
        return step;
    step = attach_count(queue, attach);
    if (step != ERRAND_DONE)
        return step;
    if (attach_scan(queue, attach) < 0 || attach_topics(queue, attach) < 0)
        return ERRAND_FAILED;
    attach_begin(queue, attach, is_seen);
    return ERRAND_DONE;
}

static void attach_answer(struct errand *errand)
{
    struct attach *attach = (struct attach *)errand;
    struct store_row *rows = page_rows(&attach->owed.page);
    struct store_attached answer = {
        .verdict = errand->verdict,
        .counts = attach->counts,
        .queue = attach->queue,
        .highest = attach->highest,
        .scan_started = attach->scan_started,
        .page = scan_page(&attach->owed, errand->verdict, rows),
        .heard_all = attach->heard_all,
        .heard_own = attach->heard_own,
    };

    attach->done(errand->context, &answer);
    free(rows);
}

static struct errand *attach_undo(const struct errand *errand)
{
    struct detach *detach = (struct detach *)errand_new(&detach_kind);

    bearer_copy(&detach->bearer, &((const struct attach *)errand)->bearer);
    return &detach->errand;
}

static size_t attach_bytes(const struct errand *errand)
{
    return scan_bytes(&((const struct attach *)errand)->owed);
}

static void attach_free(struct errand *errand)
{
    struct attach *attach = (struct attach *)errand;

    bearer_release(&attach->bearer);
    scan_release(&attach->owed);
}

static const struct errand_kind attach_kind = {
    ERRAND_OF(struct attach),
    .read = attach_read,
    .answer = attach_answer,
    .undo = attach_undo,
    .bytes = attach_bytes,
    .free = attach_free,
};

void store_attach(struct store *store, const struct store_token *token, size_t max_rows,
    size_t max_bytes, void (*attached)(void *context, const struct store_attached *answer),
    void *context)
{
    struct attach *attach = (struct attach *)errand_new(&attach_kind);

    attach->done = attached;
    bearer_init_token(&attach->bearer, token);
    attach->errand.about = attach->bearer.user;
    attach->max_rows = max_rows;
    attach->max_bytes = max_bytes;
    attach->scan_started = store_scan_moment(store);
    post_errand(store, &attach->errand, context);
}
