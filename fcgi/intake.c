#include "fcgi/intake.h"

#include <string.h>

#include <fastcgi.h>

#include "fcgi/pairs.h"

/* Bytes of a record that is not part of a request's content. */
#define CONTROL_MAX 1024
/* Bytes of replies that have not been passed on yet. */
#define REPLIES_MAX 4096
#define BEGIN_SIZE 8

void intake_init(struct intake *intake, struct intake_bodies *bodies)
{
    *intake = (struct intake){.bodies = bodies};
    buf_init(&intake->control, CONTROL_MAX);
    buf_init(&intake->params, INTAKE_PARAMS_MAX);
    buf_init(&intake->body, bodies->body_max);
    buf_init(&intake->replies, REPLIES_MAX);
}

static void body_drop(struct intake *intake)
{
    intake->bodies->kept -= intake->body.len;
    intake->body_len = 0;
    buf_wipe(&intake->body);
}

void intake_release(struct intake *intake)
{
    buf_release(&intake->control);
    buf_wipe(&intake->params);
    body_drop(intake);
    buf_release(&intake->replies);
}

void intake_next(struct intake *intake)
{
    intake->id = 0;
    intake->keep = false;
    intake->params_complete = false;
    intake->status = 0;
    buf_wipe(&intake->params);
    body_drop(intake);
}

bool intake_is_idle(const struct intake *intake)
{
    return intake->id == 0 && intake->header_len == 0;
}

static int record_type(const struct intake *intake)
{
    return intake->header[1];
}

static uint16_t record_id(const struct intake *intake)
{
    return (uint16_t)(intake->header[2] << 8 | intake->header[3]);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void intake_write_header(unsigned char header[INTAKE_HEADER], int type, uint16_t id, size_t len)
{
    const unsigned char bytes[INTAKE_HEADER] = {FCGI_VERSION_1, (unsigned char)type,
        (unsigned char)(id >> 8), (unsigned char)id, (unsigned char)(len >> 8), (unsigned char)len};

    memcpy(header, bytes, sizeof(bytes));
}

void intake_add_record(struct buf *out, int type, uint16_t id, const void *content, size_t len)
{
    unsigned char header[INTAKE_HEADER];

    intake_write_header(header, type, id, len);
    buf_add(out, header, sizeof(header));
    buf_add(out, content, len);
}

static void add_end(struct buf *out, uint16_t id, unsigned char status)
{
    const unsigned char body[8] = {[4] = status};

    intake_add_record(out, FCGI_END_REQUEST, id, body, sizeof(body));
}

void intake_add_end(struct buf *out, uint16_t id)
{
    add_end(out, id, FCGI_REQUEST_COMPLETE);
}

void intake_add_answer(struct buf *out, uint16_t id, const struct buf *text)
{
    for (size_t at = 0; at < text->len; at += FCGI_MAX_LENGTH)
        intake_add_record(
            out, FCGI_STDOUT, id, text->data + at, smaller(text->len - at, FCGI_MAX_LENGTH));
    intake_add_record(out, FCGI_STDOUT, id, "", 0);
    intake_add_end(out, id);
}

static enum intake_event intake_break(struct intake *intake, const char *what)
{
    reason_set(&intake->why, "%s", what);
    return INTAKE_BROKEN;
}

static enum intake_event intake_refuse(struct intake *intake, int status)
{
    intake->status = status;
    body_drop(intake);
    return INTAKE_REFUSED;
}

static enum intake_event request_begin(struct intake *intake)
{
    const unsigned char *body = (const unsigned char *)intake->control.data;

    if (intake->control.len != BEGIN_SIZE)
        return intake_break(intake, "a BEGIN_REQUEST record that is not 8 bytes long");
    bool keep = (body[2] & FCGI_KEEP_CONN) != 0;
    if ((body[0] << 8 | body[1]) != FCGI_RESPONDER) {
        add_end(&intake->replies, record_id(intake), FCGI_UNKNOWN_ROLE);
        return keep ? INTAKE_MORE : INTAKE_ABORTED;
    }
    intake->id = record_id(intake);
    intake->keep = keep;
    return INTAKE_MORE;
}

/* What a web server may ask, and what it is told: it may open as many connections as it likes, with
 * one request at a time on each. */
static enum intake_event values_answer(struct intake *intake)
{
    static const struct {
        const char *name;
        const char *value;
    } values[] = {{FCGI_MAX_CONNS, "1024"}, {FCGI_MAX_REQS, "1024"}, {FCGI_MPXS_CONNS, "0"}};
    struct pair pair;
    struct buf content;
    const char *at = intake->control.data;
    buf_init(&content, CONTROL_MAX);
    while (pairs_next(&at, intake->control.data + intake->control.len, &pair) > 0)
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
            if (pair.name_len == strlen(values[i].name) &&
                memcmp(pair.name, values[i].name, pair.name_len) == 0)
                buf_addf(&content, "%c%c%s%s", (char)pair.name_len, (char)strlen(values[i].value),
                    values[i].name, values[i].value);
    intake_add_record(
        &intake->replies, FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID, content.data, content.len);
    buf_release(&content);
    return INTAKE_MORE;
}

static enum intake_event params_complete(struct intake *intake)
{
    intake->params_complete = true;
    if (pairs_check(intake->params.data, intake->params.len, &intake->why) < 0)
        return intake_refuse(intake, 400);
    return INTAKE_MORE;
}

/* The record is complete. */
static enum intake_event record_end(struct intake *intake)
{
    bool empty = intake->header[4] == 0 && intake->header[5] == 0;
    bool ours = intake->id != 0 && record_id(intake) == intake->id;
    enum intake_event event = INTAKE_MORE;

    if (record_type(intake) == FCGI_BEGIN_REQUEST && intake->id == 0)
        event = request_begin(intake);
    else if (record_type(intake) == FCGI_GET_VALUES)
        event = values_answer(intake);
    else if (record_type(intake) == FCGI_ABORT_REQUEST && ours)
        event = INTAKE_ABORTED;
    else if (record_type(intake) == FCGI_PARAMS && ours && empty)
        event = params_complete(intake);
    else if (record_type(intake) == FCGI_STDIN && ours && empty)
        event = INTAKE_REQUEST;
    buf_clear(&intake->control);
    return event;
}

static enum intake_event begin_check(struct intake *intake)
{
    if (intake->id == 0)
        return INTAKE_MORE;
    if (record_id(intake) == intake->id)
        return intake_break(intake, "a request that began twice");
    add_end(&intake->replies, record_id(intake), FCGI_CANT_MPX_CONN);
    return INTAKE_MORE;
}

static enum intake_event unknown_type_answer(struct intake *intake)
{
    const unsigned char body[8] = {(unsigned char)record_type(intake)};

    intake_add_record(
        &intake->replies, FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID, body, sizeof(body));
    return INTAKE_MORE;
}

/* A record's header is complete: checks whether such a record may come now. */
static enum intake_event record_begin(struct intake *intake)
{
    int type = record_type(intake);
    bool management = record_id(intake) == FCGI_NULL_REQUEST_ID;
    bool ours = intake->id != 0 && record_id(intake) == intake->id;

    if (intake->header[0] != FCGI_VERSION_1)
        return intake_break(intake, "not version 1 of FastCGI, or not FastCGI at all");
    intake->content_left = (size_t)(intake->header[4] << 8 | intake->header[5]);
    intake->padding_left = intake->header[6];
    if (type == FCGI_GET_VALUES)
        return management ? INTAKE_MORE
                          : intake_break(intake, "a GET_VALUES record inside a request");
    if (management && type >= FCGI_BEGIN_REQUEST && type <= FCGI_DATA)
        return intake_break(intake, "a record of a request whose id is 0");
    if (type == FCGI_END_REQUEST || type == FCGI_STDOUT || type == FCGI_STDERR)
        return intake_break(intake, "a record that only applications may send");
    if (type < FCGI_BEGIN_REQUEST || type > FCGI_DATA)
        return unknown_type_answer(intake);
    if (type == FCGI_BEGIN_REQUEST)
        return begin_check(intake);
    if (ours && type == FCGI_PARAMS && intake->params_complete)
        return intake_break(intake, "a PARAMS record after the end of the parameters");
    if (ours && type == FCGI_STDIN && !intake->params_complete)
        return intake_break(intake, "a STDIN record before the end of the parameters");
    return INTAKE_MORE;
}

static enum intake_event body_take(struct intake *intake, const char *data, size_t len)
{
    struct intake_bodies *bodies = intake->bodies;

    intake->body_len += len;
    if (intake->body_len > bodies->body_max) {
        reason_set(&intake->why, "a body is longer than the %zu bytes that are accepted",
            bodies->body_max);
        return intake_refuse(intake, 413);
    }
    if (!bodies->keep)
        return INTAKE_MORE;
    if (len > bodies->bodies_max - bodies->kept) {
        reason_set(&intake->why,
            "the bodies that are arriving hold %zu bytes already, and no more is kept at once",
            bodies->kept);
        return intake_refuse(intake, 503);
    }
    buf_add(&intake->body, data, len);
    bodies->kept += len;
    return INTAKE_MORE;
}

/* Takes some of the record's content. */
static enum intake_event content_take(struct intake *intake, const char *data, size_t len)
{
    bool ours = intake->id != 0 && record_id(intake) == intake->id;

    switch (record_type(intake)) {
    case FCGI_BEGIN_REQUEST:
    case FCGI_GET_VALUES:
        buf_add(&intake->control, data, len);
        if (intake->control.overflowed)
            return intake_break(intake, "a record that is longer than its type allows");
        break;
    case FCGI_PARAMS:
        if (ours)
            buf_add(&intake->params, data, len);
        if (intake->params.overflowed) {
            reason_set(&intake->why, "the parameters are longer than %d bytes", INTAKE_PARAMS_MAX);
            return intake_refuse(intake, 431);
        }
        break;
    case FCGI_STDIN:
        return ours ? body_take(intake, data, len) : INTAKE_MORE;
    }
    return INTAKE_MORE;
}

static enum intake_event header_feed(struct intake *intake, const char **data, size_t *len)
{
    size_t part = smaller(INTAKE_HEADER - intake->header_len, *len);

    memcpy(intake->header + intake->header_len, *data, part);
    intake->header_len += part;
    *data += part;
    *len -= part;
    return intake->header_len < INTAKE_HEADER ? INTAKE_MORE : record_begin(intake);
}

static enum intake_event content_feed(struct intake *intake, const char **data, size_t *len)
{
    enum intake_event event = INTAKE_MORE;
    size_t content = smaller(intake->content_left, *len);

    if (content > 0)
        event = content_take(intake, *data, content);
    intake->content_left -= content;
    size_t padding = smaller(intake->padding_left, *len - content);
    intake->padding_left -= padding;
    *data += content + padding;
    *len -= content + padding;
    return event;
}

enum intake_event intake_feed(struct intake *intake, const char **data, size_t *len)
{
    enum intake_event event = INTAKE_MORE;

    while (event == INTAKE_MORE && *len > 0) {
        if (intake->header_len < INTAKE_HEADER)
            event = header_feed(intake, data, len);
        else
            event = content_feed(intake, data, len);
        if (event == INTAKE_MORE && intake->header_len == INTAKE_HEADER &&
            intake->content_left == 0 && intake->padding_left == 0) {
            event = record_end(intake);
            intake->header_len = 0;
        }
        if (intake->replies.overflowed)
            event = intake_break(intake, "more questions than the web server reads answers to");
    }
    return event;
}
