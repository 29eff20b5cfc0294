#include "publish-fcgi/writer.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/memory.h"
#include "publish-fcgi/queue_choice.h"

/* How long a transaction takes turns in, in milliseconds: other programs wait for its end. */
#define GROUP_MS 20
/* The turns of one transaction. */
struct writer_group {
    size_t members; /* that have not left it; the last frees it */
    int64_t begun_at;
    bool is_undone; /* its only turn took back what it wrote */
    bool is_over;
    int result; /* once it is over: 0, or -1 with the fault where nothing is written */
    struct writer_fault fault;
};

struct publish_writer {
    struct publish_queue *queue; /* of whoever has taken the writer, as is `group` */
    struct writer_group *group;  /* NULL while no transaction is open */
    pthread_mutex_t lock;        /* of what follows, and of a group's members and end */
    pthread_cond_t left, over;
    bool is_taken;
    size_t waiting; /* to take it */
};

struct publish_writer *publish_writer_new(const struct config *config)
{
    struct publish_writer *writer = mem_zalloc(sizeof(*writer));

    writer->queue = publish_queue_new(config, PUBLISH_TO_WRITE);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->left, NULL);
    pthread_cond_init(&writer->over, NULL);
    return writer;
}

void publish_writer_free(struct publish_writer *writer)
{
    publish_queue_free(writer->queue);
    pthread_cond_destroy(&writer->over);
    pthread_cond_destroy(&writer->left);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}

/* Whether all threads write by this one connection. */
static bool is_shared(const struct publish_writer *writer)
{
    return writer->queue->engine->save;
}

struct publish_queue *publish_writer_queue(struct publish_writer *writer, struct publish_queue *own)
{
    return is_shared(writer) ? writer->queue : own;
}

static void writer_take(struct publish_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    writer->waiting++;
    while (writer->is_taken)
        pthread_cond_wait(&writer->left, &writer->lock);
    writer->waiting--;
    writer->is_taken = true;
    pthread_mutex_unlock(&writer->lock);
}

/* Call it locked. */
static void writer_leave(struct publish_writer *writer)
{
    writer->is_taken = false;
    pthread_cond_signal(&writer->left);
}

/* ---- the transaction ---- */

/* Returns -1. */
static int fault_note(const struct publish_queue *queue, struct writer_fault *fault)
{
    fault->is_locked = queue->is_locked;
    fault->is_uncertain = queue->is_uncertain;
    return -1;
}

static int transaction_begin(
    struct publish_queue *queue, int busy_timeout, struct writer_fault *fault)
{
    if (publish_queue_ready(queue, busy_timeout, &fault->why) < 0 ||
        queue->engine->begin(queue, &fault->why) < 0)
        return fault_note(queue, fault);
    return 0;
}

static int transaction_commit(struct publish_queue *queue, struct writer_fault *fault)
{
    return queue->engine->commit(queue, &fault->why) < 0 ? fault_note(queue, fault) : 0;
}

/* ---- groups ---- */

/* The first turn needs no savepoint: until it ends, the whole transaction is its own. */
static bool is_first(const struct writer_group *group)
{
    return group->members == 1;
}

static int group_begin(
    struct publish_writer *writer, int busy_timeout, int64_t now, struct writer_fault *fault)
{
    if (transaction_begin(writer->queue, busy_timeout, fault) < 0) {
        pthread_mutex_lock(&writer->lock);
        writer_leave(writer);
        pthread_mutex_unlock(&writer->lock);
        return -1;
    }
    writer->group = mem_zalloc(sizeof(*writer->group));
    writer->group->members = 1;
    writer->group->begun_at = now;
    return 0;
}

static int group_join(struct publish_writer *writer, int64_t now, struct writer_fault *fault)
{
    struct writer_fault of_group;

    pthread_mutex_lock(&writer->lock);
    writer->group->members++;
    pthread_mutex_unlock(&writer->lock);
    if (writer->queue->engine->save(writer->queue, &fault->why) == 0)
        return 0;
    fault_note(writer->queue, fault);
    publish_writer_end(writer, writer->queue, false, now, &of_group);
    return -1;
}

/* Commits for all members and wakes them. Returns locked. */
static void group_end(struct publish_writer *writer)
{
    struct writer_group *group = writer->group;

    if (!group->is_undone)
        group->result = transaction_commit(writer->queue, &group->fault);
    pthread_mutex_lock(&writer->lock);
    group->is_over = true;
    writer->group = NULL;
    writer_leave(writer);
    pthread_cond_broadcast(&writer->over);
}

/* Whether the next turn may go on with the transaction. Call it locked. */
static bool group_may_go_on(const struct publish_writer *writer, int64_t now)
{
    return writer->waiting > 0 && writer->queue->engine->is_open(writer->queue) &&
           now - writer->group->begun_at < GROUP_MS;
}

/* Call it locked, once the group is over. */
static int group_leave(struct writer_group *group, struct writer_fault *fault)
{
    int result = group->result;

    if (result < 0)
        *fault = group->fault;
    if (--group->members == 0)
        free(group);
    return result;
}

/* ---- turns ---- */

struct publish_queue *publish_writer_begin(struct publish_writer *writer, struct publish_queue *own,
    int busy_timeout, int64_t now, struct writer_fault *fault)
{
    int result;

    if (!is_shared(writer))
        return transaction_begin(own, busy_timeout, fault) == 0 ? own : NULL;
    writer_take(writer);
    result = writer->group ? group_join(writer, now, fault)
                           : group_begin(writer, busy_timeout, now, fault);
    return result == 0 ? writer->queue : NULL;
}

/* Where that fails, nothing of the whole transaction is kept. */
static void turn_settle(struct publish_writer *writer, bool keep)
{
    const struct publish_queue_engine *engine = writer->queue->engine;

    if (!is_first(writer->group)) {
        engine->settle(writer->queue, keep);
    } else if (!keep && engine->is_open(writer->queue)) {
        writer->group->is_undone = true;
        engine->rollback(writer->queue);
    }
}

/* Of a turn that had the transaction to itself. */
static int transaction_end(struct publish_queue *queue, bool keep, struct writer_fault *fault)
{
    if (keep)
        return transaction_commit(queue, fault);
    queue->engine->rollback(queue);
    return 0;
}

int publish_writer_end(struct publish_writer *writer, struct publish_queue *queue, bool keep,
    int64_t now, struct writer_fault *fault)
{
    struct writer_group *group = writer->group;

    if (!is_shared(writer))
        return transaction_end(queue, keep, fault);
    turn_settle(writer, keep);
    pthread_mutex_lock(&writer->lock);
    if (group_may_go_on(writer, now)) {
        writer_leave(writer);
        while (!group->is_over)
            pthread_cond_wait(&writer->over, &writer->lock);
    } else {
        pthread_mutex_unlock(&writer->lock);
        group_end(writer);
    }
    int result = group_leave(group, fault);
    pthread_mutex_unlock(&writer->lock);
    return result;
}
