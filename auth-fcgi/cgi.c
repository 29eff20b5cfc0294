#include "auth-fcgi/cgi.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth-fcgi/endpoint.h"
#include "auth-fcgi/response.h"
#include "common/buf.h"

bool cgi_is_called(void)
{
    return getenv("GATEWAY_INTERFACE") || getenv("REQUEST_METHOD");
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

int cgi_answer(struct settings *settings, const struct clock *clock, const struct logger *log)
{
    struct buf out;
    buf_init(&out, RESPONSE_MAX);
    if (settings) {
        struct endpoint *endpoint = endpoint_new(settings, clock, log);
        endpoint_answer(endpoint, environ, -1, &out);
        endpoint_free(endpoint);
    } else {
        endpoint_answer_misconfigured(&out);
    }
    int result = write_all(STDOUT_FILENO, out.data, out.len);
    buf_wipe(&out);
    return result;
}
