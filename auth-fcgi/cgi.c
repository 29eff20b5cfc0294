#include "auth-fcgi/cgi.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth-fcgi/endpoint.h"
#include "auth-fcgi/request.h"
#include "auth-fcgi/response.h"
#include "common/buf.h"

/* Milliseconds for a body to arrive. */
#define BODY_TIMEOUT 10000

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

/* Takes what is left of the body, which nobody needs: where the answer goes over the same socket,
 * as with Apache's mod_cgid, octets that nobody has read would reset it. */
static void body_drain(const struct clock *clock)
{
    char octets[16384];
    const char *length = getenv("CONTENT_LENGTH");
    int64_t left = length ? strtoll(length, NULL, 10) : 0;
    int64_t now = clock_steady_ms(clock);
    const int64_t deadline = now + BODY_TIMEOUT;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    while (left > 0 && now < deadline && poll(&input, 1, (int)(deadline - now)) > 0) {
        size_t most = left < (int64_t)sizeof(octets) ? (size_t)left : sizeof(octets);
        ssize_t got = read(STDIN_FILENO, octets, most);

        if (got <= 0)
            break;
        left -= got;
        now = clock_steady_ms(clock);
    }
}

int cgi_answer(struct settings *settings, const struct clock *clock, const struct logger *log)
{
    struct buf out;

    buf_init(&out, RESPONSE_MAX);
    if (settings) {
        struct endpoint *endpoint = endpoint_new(settings, clock, log);

        endpoint_answer(endpoint, environ, REQUEST_BY_CGI, ENDPOINT_WAIT, &out);
        endpoint_free(endpoint);
    } else {
        endpoint_answer_misconfigured(&out);
    }
    int result = write_all(STDOUT_FILENO, out.data, out.len);
    buf_wipe(&out);
    body_drain(clock);
    return result;
}
