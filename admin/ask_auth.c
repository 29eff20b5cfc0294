#include "admin/ask_auth.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/wire.h"
#include "common/memory.h"

/* FastCGI 1.0: the records of a single request, without the keep-alive flag. */
enum { VERSION = 1, BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };
enum { HEADER = 8, REQUEST_ID = 1, ROLE_RESPONDER = 1 };
#define ANSWER_MAX 65536

static void add_record(struct buf *out, int type, const void *content, size_t len)
{
    const char header[HEADER] = {
        VERSION, (char)type, 0, REQUEST_ID, (char)(len >> 8), (char)(len & 0xff), 0, 0};

    buf_add(out, header, sizeof header);
    buf_add(out, content, len);
}

static void add_parameter(struct buf *out, const char *name, const char *value)
{
    buf_add_char(out, (char)strlen(name));
    buf_add_char(out, (char)strlen(value));
    buf_add_text(out, name);
    buf_add_text(out, value);
}

static int send_request(int fd)
{
    static const char begin[8] = {0, ROLE_RESPONDER};
    struct buf parameters, out;

    buf_init(&parameters, 1024);
    buf_init(&out, 4096);
    add_parameter(&parameters, "REQUEST_METHOD", "GET");
    add_parameter(&parameters, "REQUEST_URI", "/api/websocket/auth");
    add_parameter(&parameters, "HTTP_HOST", "localhost");
    add_parameter(&parameters, "REMOTE_ADDR", "127.0.0.1");
    add_record(&out, BEGIN_REQUEST, begin, sizeof begin);
    add_record(&out, PARAMS, parameters.data, parameters.len);
    add_record(&out, PARAMS, "", 0);
    add_record(&out, STDIN, "", 0);
    int result = wire_write(fd, out.data, out.len);
    buf_release(&out);
    buf_release(&parameters);
    return result;
}

/* Takes a complete record from what was read. Returns false if it is incomplete. */
static bool take_record(const struct buf *in, size_t *at, struct buf *said, bool *ended)
{
    const unsigned char *header = (const unsigned char *)in->data + *at;
    size_t len, whole;

    if (in->len - *at < HEADER)
        return false;
    len = (size_t)header[4] << 8 | header[5];
    whole = HEADER + len + header[6];
    if (in->len - *at < whole)
        return false;
    if (header[1] == STDOUT)
        buf_add(said, in->data + *at + HEADER, len);
    *ended |= header[1] == END_REQUEST;
    *at += whole;
    return true;
}

/* Returns 0, or -1 if the answer was incomplete. */
static int read_answer(int fd, struct buf *answer)
{
    char piece[4096];
    struct buf in;
    size_t at = 0;
    bool ended = false;
    ssize_t got;

    buf_init(&in, ANSWER_MAX);
    while (!ended && !in.overflowed && (got = read(fd, piece, sizeof piece)) > 0) {
        buf_add(&in, piece, (size_t)got);
        while (!ended && take_record(&in, &at, answer, &ended))
            continue;
    }
    buf_release(&in);
    return ended ? 0 : -1;
}

/* "Status: 401 Unauthorized\r\n…\r\n\r\n{…}" */
static enum ask_auth judge_answer(const struct buf *answer, struct buf *said)
{
    static const char status[] = "Status: ";
    const char *at = strstr(answer->data, status);
    const char *body = strstr(answer->data, "\r\n\r\n");
    long code = at ? strtol(at + strlen(status), NULL, 10) : 200;

    if (code == 401 || code == 200) {
        buf_add_text(said, "ready");
        return ASK_AUTH_READY;
    }
    buf_addf(said, "%ld ", code);
    if (body)
        buf_add_text(said, body + 4);
    buf_add_text(said, ": belfry-auth --check says more");
    return ASK_AUTH_DOWN;
}

static enum ask_auth converse(int fd, struct buf *said)
{
    enum ask_auth result = ASK_AUTH_DOWN;
    struct buf answer;

    buf_init(&answer, ANSWER_MAX);
    if (send_request(fd) < 0 || read_answer(fd, &answer) < 0)
        buf_add_text(said, "no answer within 5 seconds, or half of one: see its log");
    else
        result = judge_answer(&answer, said);
    buf_release(&answer);
    return result;
}

enum ask_auth ask_auth(const struct config *config, struct buf *said)
{
    bool is_configured = *config->auth.socket != '\0';
    struct wire_target target = {
        .host = (char *)(is_configured ? config->auth.socket : ASK_AUTH_UNIT_SOCKET)};
    enum ask_auth result = ASK_AUTH_DOWN;
    struct reason why;
    int fd;

    if (!is_configured && access(target.host, F_OK) < 0) {
        buf_add_text(said,
            "not asked: there is no " ASK_AUTH_UNIT_SOCKET ", and socket under [auth] is not set");
        return ASK_AUTH_UNKNOWN;
    }
    fd = wire_connect(&target, &why);
    if (fd >= 0) {
        result = converse(fd, said);
        close(fd);
    } else {
        result = errno == EACCES ? ASK_AUTH_UNKNOWN : ASK_AUTH_DOWN;
        buf_add_text(said, why.text);
    }
    return result;
}
