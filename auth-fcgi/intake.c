#include "auth-fcgi/intake.h"

#include <string.h>

#include <fastcgi.h>

#include "auth-fcgi/pairs.h"
#include "auth-fcgi/request.h"

#define CONTROL_MAX 1024
#define REPLIES_MAX 4096
#define BEGIN_SIZE 8

void intake_init(struct intake *intake)
{
    *intake = (struct intake){.status = 0};
    buf_init(&intake->control, CONTROL_MAX);
    buf_init(&intake->params, INTAKE_PARAMS_MAX);
    buf_init(&intake->replies, REPLIES_MAX);
}

void intake_release(struct intake *intake)
{
    buf_release(&intake->control);
    buf_wipe(&intake->params);
    buf_release(&intake->replies);
}

void intake_next(struct intake *intake)
{
    intake->id = 0;
    intake->keep = false;
    intake->params_whole = false;
    intake->body = 0;
    intake->status = 0;
    buf_wipe(&intake->params);
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

static void add_header(struct buf *out, int type, uint16_t id, size_t len)
{
    const unsigned char header[INTAKE_HEADER] = {FCGI_VERSION_1, (unsigned char)type,
        (unsigned char)(id >> 8), (unsigned char)id, (unsigned char)(len >> 8), (unsigned char)len};

    buf_add(out, header, sizeof(header));
}

static void add_end(struct buf *out, uint16_t id, unsigned char status)
{
    const unsigned char body[8] = {[4] = status};

    add_header(out, FCGI_END_REQUEST, id, sizeof(body));
    buf_add(out, body, sizeof(body));
}

void intake_end(struct buf *out, uint16_t id)
{
    add_end(out, id, FCGI_REQUEST_COMPLETE);
}

void intake_answer(struct buf *out, uint16_t id, const struct buf *text)
{
    add_header(out, FCGI_STDOUT, id, text->len);
    buf_add(out, text->data, text->len);
    add_header(out, FCGI_STDOUT, id, 0);
    intake_end(out, id);
}

static enum intake_event broken(struct intake *intake, const char *what)
{
    reason_set(&intake->why, "%s", what);
    return INTAKE_BROKEN;
}

static enum intake_event refuse(struct intake *intake, int status)
{
    intake->status = status;
    return INTAKE_REFUSED;
}

static enum intake_event begin_request(struct intake *intake)
{
    const unsigned char *body = (const unsigned char *)intake->control.data;

    if (intake->control.len != BEGIN_SIZE)
        return broken(intake, "a BEGIN_REQUEST of another size than 8");
    bool keep = (body[2] & FCGI_KEEP_CONN) != 0;
    if ((body[0] << 8 | body[1]) != FCGI_RESPONDER) {
        add_end(&intake->replies, record_id(intake), FCGI_UNKNOWN_ROLE);
        return keep ? INTAKE_MORE : INTAKE_ABORTED;
    }
    intake->id = record_id(intake);
    intake->keep = keep;
    return INTAKE_MORE;
}

/* What a web server may ask, and what it is told: as many connections as it likes, each with one
 * request at a time. */
static enum intake_event get_values(struct intake *intake)
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
    add_header(&intake->replies, FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID, content.len);
    buf_add(&intake->replies, content.data, content.len);
    buf_release(&content);
    return INTAKE_MORE;
}

static enum intake_event params_end(struct intake *intake)
{
    intake->params_whole = true;
    if (pairs_check(intake->params.data, intake->params.len, &intake->why) < 0)
        return refuse(intake, 400);
    return INTAKE_MORE;
}

/* The record's content is all there. */
static enum intake_event record_end(struct intake *intake)
{
    bool empty = intake->header[4] == 0 && intake->header[5] == 0;
    bool ours = intake->id != 0 && record_id(intake) == intake->id;
    enum intake_event event = INTAKE_MORE;

    if (record_type(intake) == FCGI_BEGIN_REQUEST && intake->id == 0)
        event = begin_request(intake);
    else if (record_type(intake) == FCGI_GET_VALUES)
        event = get_values(intake);
    else if (record_type(intake) == FCGI_ABORT_REQUEST && ours)
        event = INTAKE_ABORTED;
    else if (record_type(intake) == FCGI_PARAMS && ours && empty)
        event = params_end(intake);
    else if (record_type(intake) == FCGI_STDIN && ours && empty)
        event = INTAKE_REQUEST;
    buf_clear(&intake->control);
    return event;
}

static enum intake_event begin_judge(struct intake *intake)
{
    if (intake->id == 0)
        return INTAKE_MORE;
    if (record_id(intake) == intake->id)
        return broken(intake, "a request that began twice");
    add_end(&intake->replies, record_id(intake), FCGI_CANT_MPX_CONN);
    return INTAKE_MORE;
}

static enum intake_event unknown_type(struct intake *intake)
{
    const unsigned char body[8] = {(unsigned char)record_type(intake)};

    add_header(&intake->replies, FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID, sizeof(body));
    buf_add(&intake->replies, body, sizeof(body));
    return INTAKE_MORE;
}

/* A record's header is whole: whether such a record may come now. */
static enum intake_event record_begin(struct intake *intake)
{
    int type = record_type(intake);
    bool management = record_id(intake) == FCGI_NULL_REQUEST_ID;
    bool ours = intake->id != 0 && record_id(intake) == intake->id;

    if (intake->header[0] != FCGI_VERSION_1)
        return broken(intake, "another version than 1, or no FastCGI at all");
    intake->content_left = (size_t)(intake->header[4] << 8 | intake->header[5]);
    intake->padding_left = intake->header[6];
    if (type == FCGI_GET_VALUES)
        return management ? INTAKE_MORE : broken(intake, "GET_VALUES inside a request");
    if (management && type >= FCGI_BEGIN_REQUEST && type <= FCGI_DATA)
        return broken(intake, "a record of a request with the id 0");
    if (type == FCGI_END_REQUEST || type == FCGI_STDOUT || type == FCGI_STDERR)
        return broken(intake, "a record that only applications send");
    if (type < FCGI_BEGIN_REQUEST || type > FCGI_DATA)
        return unknown_type(intake);
    if (type == FCGI_BEGIN_REQUEST)
        return begin_judge(intake);
    if (ours && type == FCGI_PARAMS && intake->params_whole)
        return broken(intake, "PARAMS behind their end");
    if (ours && type == FCGI_STDIN && !intake->params_whole)
        return broken(intake, "STDIN in front of the end of PARAMS");
    return INTAKE_MORE;
}

/* Some of the record's content. */
static enum intake_event content_take(struct intake *intake, const char *data, size_t len)
{
    bool ours = intake->id != 0 && record_id(intake) == intake->id;

    switch (record_type(intake)) {
    case FCGI_BEGIN_REQUEST:
    case FCGI_GET_VALUES:
        buf_add(&intake->control, data, len);
        if (intake->control.overflowed)
            return broken(intake, "a record that is longer than its type can be");
        break;
    case FCGI_PARAMS:
        if (ours)
            buf_add(&intake->params, data, len);
        if (intake->params.overflowed) {
            reason_set(&intake->why, "more than %d octets of parameters", INTAKE_PARAMS_MAX);
            return refuse(intake, 431);
        }
        break;
    case FCGI_STDIN:
        if (ours)
            intake->body += len;
        if (intake->body > REQUEST_BODY_MAX) {
            reason_set(&intake->why, "a body of more than %d octets", REQUEST_BODY_MAX);
            return refuse(intake, 413);
        }
    }
    return INTAKE_MORE;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum intake_event header_take(struct intake *intake, const char **data, size_t *len)
{
    size_t part = smaller(INTAKE_HEADER - intake->header_len, *len);

    memcpy(intake->header + intake->header_len, *data, part);
    intake->header_len += part;
    *data += part;
    *len -= part;
    return intake->header_len < INTAKE_HEADER ? INTAKE_MORE : record_begin(intake);
}

static enum intake_event rest_take(struct intake *intake, const char **data, size_t *len)
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
            event = header_take(intake, data, len);
        else
            event = rest_take(intake, data, len);
        if (event == INTAKE_MORE && intake->header_len == INTAKE_HEADER &&
            intake->content_left == 0 && intake->padding_left == 0) {
            event = record_end(intake);
            intake->header_len = 0;
        }
        if (intake->replies.overflowed)
            event = broken(intake, "more to answer than is read");
    }
    return event;
}
