#include "gateway/store/errands/bridge.h"

#include "common/memory.h"
#include "gateway/store/broadcasts.h"
#include "gateway/store/membership.h"
#include "gateway/store/messages.h"
#include "gateway/store/queue.h"
#include "gateway/store/sayings.h"
#include "gateway/store/sharing.h"

static const struct kind {
    void (*at_once)(struct queue *, struct request *);
    int (*read)(struct queue *, struct request *);
} kinds[REQUEST_KINDS] = {
    [REQUEST_JOIN] = {.read = messages_join},
    [REQUEST_PART] = {.at_once = messages_part},
    [REQUEST_READ_ON] = {.read = messages_read_on},
    [REQUEST_HISTORY] = {.read = messages_history},
    [REQUEST_MEMBER] = {.read = membership_answer},
    [REQUEST_CONVERSATIONS] = {.read = sharing_conversations},
    [REQUEST_CONTACTS] = {.read = sharing_contacts},
    [REQUEST_SEEN] = {.read = sharing_seen},
    [REQUEST_HEED] = {.at_once = sharing_heed},
    [REQUEST_UNHEED] = {.at_once = sharing_unheed},
    [REQUEST_STANDING] = {.read = broadcasts_standing},
    [REQUEST_BROADCASTS_BEHIND] = {.read = broadcasts_behind},
    [REQUEST_BROADCAST_SENT] = {.at_once = broadcasts_sent},
};

static enum errand_step bridge_read(struct queue *queue, struct errand *errand)
{
    struct request *request = (struct request *)errand;

    return (enum errand_step)kinds[request->kind].read(queue, request);
}

static void bridge_take(struct queue *queue, struct errand *errand)
{
    struct request *request = (struct request *)errand;

    kinds[request->kind].at_once(queue, request);
}

static struct errand *undoing(const struct errand *errand, enum request_kind kind)
{
    const struct request *request = (const struct request *)errand;
    struct request *undoing = request_new(kind, request->user);

    undoing->conversation = mem_strdup_or_null(request->conversation);
    undoing->session = request->session;
    undoing->has_session = request->has_session;
    return &undoing->errand;
}

static struct errand *undo_join(const struct errand *errand)
{
    return undoing(errand, REQUEST_PART);
}

const struct errand_kind bridge_kinds[REQUEST_KINDS] = {
    [REQUEST_JOIN] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_messages, .undo = undo_join, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_PART] = {ERRAND_OF(struct request), .take = bridge_take, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_READ_ON] = {ERRAND_OF(struct request), .of_ids = true, .read = bridge_read,
        .answer = request_answer_messages, .bytes = request_bytes, .free = request_release},
    [REQUEST_HISTORY] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_messages, .bytes = request_bytes, .free = request_release},
    [REQUEST_MEMBER] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_check, .bytes = request_bytes, .free = request_release},
    [REQUEST_CONVERSATIONS] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_conversations, .bytes = request_bytes, .free = request_release},
    [REQUEST_CONTACTS] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_seen, .bytes = request_bytes, .free = request_release},
    [REQUEST_SEEN] = {ERRAND_OF(struct request), .read = bridge_read, .answer = request_answer_seen,
        .bytes = request_bytes, .free = request_release},
    [REQUEST_HEED] = {ERRAND_OF(struct request), .take = bridge_take, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_UNHEED] = {ERRAND_OF(struct request), .take = bridge_take, .bytes = request_bytes,
        .free = request_release},
    [REQUEST_STANDING] = {ERRAND_OF(struct request), .read = bridge_read,
        .answer = request_answer_standing, .bytes = request_bytes, .free = request_release},
    [REQUEST_BROADCASTS_BEHIND] = {ERRAND_OF(struct request), .of_ids = true, .read = bridge_read,
        .answer = request_answer_standing, .bytes = request_bytes, .free = request_release},
    [REQUEST_BROADCAST_SENT] = {ERRAND_OF(struct request), .of_ids = true, .take = bridge_take,
        .bytes = request_bytes, .free = request_release},
    [REQUEST_SAY] = {ERRAND_OF(struct request), .write = sayings_write, .settle = sayings_settle,
        .answer = request_answer_said, .bytes = request_bytes, .free = request_release},
};
