#include "fcgi/cgi.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/responder.h"

/* Milliseconds for a body to arrive. */
#define BODY_TIMEOUT 10000

/* The request's body on standard input. */
struct cgi_body {
    int64_t left; /* bytes that CONTENT_LENGTH announces and nobody has read */
    int64_t deadline;
    const struct clock *clock;
};

static struct cgi_body body_begin(const struct clock *clock)
{
    const char *length = getenv("CONTENT_LENGTH");

    return (struct cgi_body){
        length ? strtoll(length, NULL, 10) : 0, clock_steady_ms(clock) + BODY_TIMEOUT, clock};
}

/* Returns how many bytes it read: 0 at the end, or where the rest does not arrive in time. */
static size_t body_read(struct cgi_body *body, char *bytes, size_t size)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int64_t now = clock_steady_ms(body->clock);
    size_t most = body->left < (int64_t)size ? (size_t)body->left : size;

    if (body->left <= 0 || now >= body->deadline ||
        poll(&input, 1, (int)(body->deadline - now)) <= 0)
        return 0;
    ssize_t got = read(STDIN_FILENO, bytes, most);
    if (got <= 0)
        return 0;
    body->left -= got;
    return (size_t)got;
}

/* Reads the rest into `kept`, or drops it if that is NULL. */
static void body_read_all(struct cgi_body *body, struct buf *kept)
{
    char bytes[16384];
    size_t got;

    while ((got = body_read(body, bytes, sizeof(bytes))) > 0)
        if (kept)
            buf_add(kept, bytes, got);
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, data, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        data += written;
        len -= (size_t)written;
    }
    return 0;
}

/* A body that is longer than the endpoint takes is left unread: CONTENT_LENGTH alone refuses it. */
static void cgi_answer(const struct endpoint_kind *kind, struct program_settings *settings,
    struct cgi_body *body, const struct logger *log, struct buf *out)
{
    struct cgi_input input = {.parameters = environ,
        .by_cgi = true,
        .body_len = CGI_BODY_UNREAD,
        .body_max = kind->body_max};
    struct buf kept;

    buf_init(&kept, kind->body_max);
    if (kind->reads_body && body->left <= (int64_t)kind->body_max) {
        body_read_all(body, &kept);
        input.body = kept.data;
        input.body_len = (int64_t)kept.len;
    }
    struct responder *responder = responder_open(settings, body->clock, log);
    responder_answer(responder, &input, ENDPOINT_MAY_BLOCK, out);
    responder_close(responder);
    buf_wipe(&kept);
}

int cgi_serve(const struct endpoint_kind *kind, struct program_settings *settings,
    const struct clock *clock, const struct logger *log)
{
    struct cgi_body body = body_begin(clock);
    struct buf out;

    buf_init(&out, kind->answer_max);
    if (settings)
        cgi_answer(kind, settings, &body, log, &out);
    else
        kind->refuse(500, false, &out);
    int result = write_all(STDOUT_FILENO, out.data, out.len);
    buf_wipe(&out);
    /* With Apache's mod_cgid, the answer goes over the same socket as the body: bytes of the body
     * that nobody has read would reset it. */
    body_read_all(&body, NULL);
    return result;
}
