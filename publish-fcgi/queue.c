#include "publish-fcgi/queue.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/database_url.h"

void publish_queue_free(struct publish_queue *queue)
{
    if (queue)
        queue->engine->free(queue);
}

int publish_queue_ready(struct publish_queue *queue, int busy_timeout, struct reason *why)
{
    queue->is_locked = queue->is_uncertain = false;
    return queue->engine->ready(queue, busy_timeout, why);
}

void publish_queue_set_patience(struct publish_queue *queue, int busy_timeout)
{
    queue->engine->set_patience(queue, busy_timeout);
}

int publish_queue_ask(struct publish_queue *queue, enum publish_statement statement,
    const char *const *params, int count, struct reason *why)
{
    return queue->engine->ask(queue, statement, params, count, why);
}

int publish_queue_write_all(struct publish_queue *queue, const struct publication_row *const *rows,
    size_t count, publisher_told *told, void *context, struct reason *why)
{
    int result = publisher_write_all(queue->publisher, rows, count, told, context, why);

    if (result < 0)
        queue->engine->note_fault(queue);
    return result;
}

int publish_queue_describe(struct publish_queue *queue, struct buf *out)
{
    char *shown = database_url_shown(queue->config->database);
    struct reason why;

    buf_addf(out, "queue: %s\n", shown);
    free(shown);
    if (publish_queue_ready(queue, 0, &why) < 0 ||
        publish_queue_ask(queue, PUBLISH_COUNT_KEYS, NULL, 0, &why) < 0) {
        buf_addf(out, "  %s\n", why.text);
        return -1;
    }
    int64_t all = strtoll(queue->row[0], NULL, 10), active = strtoll(queue->row[1], NULL, 10);
    buf_addf(out, "keys: %" PRId64 " in use, %" PRId64 " revoked%s\n", active, all - active,
        active == 0 ? ": `belfry key create NAME` makes one" : "");
    return 0;
}
