#include "publish-fcgi/batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/row_rules.h"
#include "publish-fcgi/access.h"
#include "publish-fcgi/body.h"
#include "publish-fcgi/faults.h"

/* What a member that is JSON may have at most: data is the longest of them. */
#define MEMBER_MAX (2 * ROW_DATA_MAX)

static const enum publication_kind kinds[] = {
    [PUBLISH_NOTIFICATIONS] = PUBLICATION_NOTIFICATION,
    [PUBLISH_BROADCASTS] = PUBLICATION_BROADCAST,
    [PUBLISH_MESSAGES] = PUBLICATION_MESSAGE,
};

/* An object on its way into one or more rows. */
struct batch_object {
    struct publication publication;
    struct publication_row row;
    struct buf json;
    json_t *users; /* NULL: it names one user, or none */
};

struct batch {
    struct publish_turn *turn;
    json_t *body;
    struct batch_object *objects;
    size_t count;
    size_t rows;
};

static size_t rows_of(const struct batch_object *object)
{
    return object->users ? json_array_size(object->users) : 1;
}

/* ---- reading and checking ---- */

static int refuse_object(
    const struct batch *batch, const struct batch_object *object, struct publication_error *error)
{
    fault_refuse(&batch->turn->reply, object - batch->objects, error);
    return -1;
}

static int users_fault(struct publication_error *error, enum publication_fault fault)
{
    error->fault = fault;
    error->field = "users";
    return -1;
}

/* Takes "users" out of the object, and the first of them for its user. */
static int take_users(struct batch_object *object, json_t *json, struct publication_error *error)
{
    json_t *users = json_object_get(json, "users");

    if (object->publication.kind != PUBLICATION_NOTIFICATION || !users || json_is_null(users))
        return 0;
    object->users = json_incref(users);
    json_object_del(json, "users");
    size_t count = json_array_size(users);
    if (count < 1 || count > BATCH_USERS_MAX) {
        reason_set(&error->why, "users must be an array of 1 to %d users", BATCH_USERS_MAX);
        return users_fault(error, PUBLICATION_LENGTH);
    }
    for (size_t i = 0; i < count; i++) {
        const char *user = json_string_value(json_array_get(users, i));
        if (user && strlen(user) == json_string_length(json_array_get(users, i)))
            continue;
        reason_set(&error->why, "users[%zu] must be a string%s", i, user ? " without NUL" : "");
        return users_fault(error, PUBLICATION_NOT_TEXT);
    }
    return 0;
}

static int join_users(struct batch_object *object, struct publication_error *error)
{
    const char **user = &object->publication.fields[NOTIFICATION_USER];

    if (!object->users)
        return 0;
    if (*user) {
        reason_set(&error->why, "give either user or users");
        return users_fault(error, PUBLICATION_CONTRADICTION);
    }
    *user = json_string_value(json_array_get(object->users, 0));
    object->publication.spelled[NOTIFICATION_USER] = "users";
    return 0;
}

static int check_access(const struct batch *batch, const struct batch_object *object)
{
    int field = access_field_outside(&batch->turn->key, &object->row);

    if (field < 0)
        return 0;
    const char *spelled = object->publication.spelled[field];
    reply_refuse(&batch->turn->reply, 403, "forbidden",
        "This key is bound to users that begin with \"%s\"", batch->turn->key.users);
    reply_blame(&batch->turn->reply, object - batch->objects,
        spelled ? spelled : publication_field_name(object->row.kind, field));
    return -1;
}

/* Makes the object's row that of another of its users. */
static int address_row(const struct batch *batch, struct batch_object *object, size_t user)
{
    struct publication_error error;
    const char *text = json_string_value(json_array_get(object->users, user));

    if (publication_row_change(&object->row, NOTIFICATION_USER, text, &error) == 0)
        return check_access(batch, object);
    error.field = "users";
    return refuse_object(batch, object, &error);
}

static int check_users(const struct batch *batch, struct batch_object *object)
{
    if (check_access(batch, object) < 0)
        return -1;
    for (size_t i = 1; object->users && i < json_array_size(object->users); i++)
        if (address_row(batch, object, i) < 0)
            return -1;
    return 0;
}

static int read_object(struct batch *batch, json_t *json)
{
    struct batch_object *object = &batch->objects[batch->count++];
    struct publication_error error;

    object->publication.kind = kinds[batch->turn->request->resource];
    buf_init(&object->json, MEMBER_MAX);
    if (take_users(object, json, &error) < 0 ||
        publication_from_json(&object->publication, json, &object->json, &error) < 0 ||
        join_users(object, &error) < 0 ||
        publication_check(&object->publication, batch->turn->now_ms, &object->row, &error) < 0)
        return refuse_object(batch, object, &error);
    batch->rows += rows_of(object);
    if (batch->rows <= BATCH_ROWS_MAX)
        return check_users(batch, object);
    reply_refuse(&batch->turn->reply, 413, "too_many_rows",
        "The objects of a request may become at most %d rows, one for each user", BATCH_ROWS_MAX);
    return -1;
}

static int batch_read(struct batch *batch)
{
    const struct publish_request *request = batch->turn->request;
    json_t *json;
    size_t i;

    batch->body = body_read(
        body_form_of(request->content_type), request->body, request->body_len, &batch->turn->reply);
    if (!batch->body)
        return -1;
    batch->objects = mem_array(json_array_size(batch->body) + 1, sizeof(*batch->objects));
    json_array_foreach (batch->body, i, json)
        if (read_object(batch, json) < 0)
            return -1;
    return 0;
}

static void batch_release(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        json_decref(batch->objects[i].users);
        buf_release(&batch->objects[i].json);
    }
    free(batch->objects);
    json_decref(batch->body);
}

/* ---- writing ---- */

/* The rows of all objects, and of which object each is. */
struct batch_rows {
    const struct batch *batch;
    const struct publication_row **rows;
    size_t *objects;
    struct publication_row *copies; /* of the rows of objects with several users */
    size_t count, copied;
};

static void rows_add(struct batch_rows *rows, size_t object, const struct publication_row *row)
{
    rows->objects[rows->count] = object;
    rows->rows[rows->count++] = row;
}

/* A row for each of the object's users, who were checked when it was read. */
static void rows_add_users(struct batch_rows *rows, size_t index)
{
    const struct batch_object *object = &rows->batch->objects[index];
    struct publication_error error;
    const json_t *user;
    size_t i;

    json_array_foreach (object->users, i, user) {
        struct publication_row *copy = &rows->copies[rows->copied++];

        publication_row_copy(copy, &object->row);
        publication_row_change(copy, NOTIFICATION_USER, json_string_value(user), &error);
        rows_add(rows, index, copy);
    }
}

static void rows_fill(struct batch_rows *rows, const struct batch *batch)
{
    *rows = (struct batch_rows){
        .batch = batch,
        .rows = mem_array(batch->rows + 1, sizeof(struct publication_row *)),
        .objects = mem_array(batch->rows + 1, sizeof(size_t)),
        .copies = mem_array(batch->rows + 1, sizeof(struct publication_row)),
    };
    for (size_t i = 0; i < batch->count; i++)
        if (batch->objects[i].users)
            rows_add_users(rows, i);
        else
            rows_add(rows, i, &batch->objects[i].row);
}

static void rows_release(struct batch_rows *rows)
{
    free(rows->rows);
    free(rows->objects);
    free(rows->copies);
}

static int row_told(
    void *context, size_t index, enum publisher_result result, int64_t id, const struct reason *why)
{
    const struct batch_rows *rows = context;
    const struct batch *batch = rows->batch;
    struct buf *body = &batch->turn->reply.body;

    if (result == PUBLISHER_REFUSED) {
        struct publication_error error = {.fault = PUBLICATION_REFUSED, .why = *why};
        return refuse_object(batch, &batch->objects[rows->objects[index]], &error);
    }
    buf_addf(body, "%s\"%" PRId64 "\"", body->data[body->len - 1] == '[' ? "" : ",", id);
    return 0;
}

static void batch_write(struct batch *batch)
{
    struct publish_turn *turn = batch->turn;
    struct batch_rows rows;
    struct reason why;

    rows_fill(&rows, batch);
    buf_add_text(&turn->reply.body, "{\"ids\":[");
    if (publish_queue_write_all(turn->queue, rows.rows, rows.count, row_told, &rows, &why) < 0)
        publish_turn_fail(turn, &why);
    else
        buf_add_text(&turn->reply.body, "]}");
    rows_release(&rows);
}

void batch_publish(struct publish_turn *turn)
{
    struct batch batch = {.turn = turn};

    if (batch_read(&batch) == 0 && publish_turn_begin(turn) == 0) {
        batch_write(&batch);
        publish_turn_end(turn);
    }
    batch_release(&batch);
}
