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

/* What became of a single row. */
struct outcome {
    enum publisher_result result;
    int64_t id;
    struct reason *why;
};

static int note_outcome(
    void *context, size_t index, enum publisher_result result, int64_t id, const struct reason *why)
{
    struct outcome *outcome = context;

    (void)index;
    outcome->result = result;
    outcome->id = id;
    if (result == PUBLISHER_REFUSED && outcome->why)
        *outcome->why = *why;
    return 0;
}

enum publisher_result publisher_write(
    struct publisher *publisher, const struct publication_row *row, int64_t *id, struct reason *why)
{
    struct outcome outcome = {.result = PUBLISHER_FAILED, .why = why};
    int written = publisher_write_all(publisher, &row, 1, note_outcome, &outcome, why);

    *id = written < 0 ? 0 : outcome.id;
    return written < 0 ? PUBLISHER_FAILED : outcome.result;
}

int publisher_write_all(struct publisher *publisher, const struct publication_row *const *rows,
    size_t count, publisher_told *told, void *context, struct reason *why)
{
    return publisher->engine->write_all(publisher, rows, count, told, context, why);
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
