#include "common/publisher.h"

void publisher_free(struct publisher *publisher)
{
    if (!publisher)
        return;
    publisher_rollback(publisher);
    publisher->engine->free(publisher);
}

int publisher_begin(struct publisher *publisher, struct reason *why)
{
    return publisher->engine->begin(publisher, why);
}

int publisher_commit(struct publisher *publisher, struct reason *why)
{
    int result = publisher->engine->commit(publisher, why);

    if (result < 0)
        publisher_rollback(publisher);
    return result;
}

void publisher_rollback(struct publisher *publisher)
{
    publisher->engine->rollback(publisher);
}

enum publisher_result publisher_write(
    struct publisher *publisher, const struct publication_row *row, int64_t *id, struct reason *why)
{
    *id = 0;
    return publisher->engine->write(publisher, row, id, why);
}

enum publisher_result publisher_publish(struct publisher *publisher,
    const struct publication *publication, int64_t now_ms, int64_t *id,
    struct publication_error *error)
{
    struct publication_row row;

    if (publication_check(publication, now_ms, &row, error) < 0)
        return PUBLISHER_REFUSED;
    error->fault = PUBLICATION_REFUSED;
    error->field = NULL;
    return publisher_write(publisher, &row, id, &error->why);
}
