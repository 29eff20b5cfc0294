#include "fcgi/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <fastcgi.h>
#include <fcgiapp.h>

#include "common/memory.h"
#include "fcgi/intake.h"

/* Bytes that the pipe holds: the longest request fits, as nobody reads while it is written. */
#define PIPE_SIZE (2 * (INTAKE_PARAMS_MAX + 1))
/* libfcgi numbers its requests; here there is one at a time. */
#define REQUEST_ID 1

struct bridge {
    int fd;               /* the end that is written to */
    FCGX_Request request; /* has the other end */
};

int bridge_init(struct reason *why)
{
    return FCGX_Init() == 0 ? 0 : reason_set(why, "libfcgi cannot be initialised");
}

/* Neither end ever has to wait. Should that be wrong, an error is better than a thread that hangs.
 */
static int pipe_make(int ends[2], struct reason *why)
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return reason_set(why, "a pipe for libfcgi cannot be made: %s", strerror(errno));
    if (fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE) >= 0)
        return 0;
    reason_set(why,
        "a pipe of %d bytes for libfcgi cannot be made: %s. If it is not permitted, raise the "
        "sysctl fs.pipe-max-size or fs.pipe-user-pages-soft",
        PIPE_SIZE, strerror(errno));
    close(ends[0]);
    close(ends[1]);
    return -1;
}

struct bridge *bridge_new(struct reason *why)
{
    int ends[2];

    if (pipe_make(ends, why) < 0)
        return NULL;
    struct bridge *bridge = mem_zalloc(sizeof(*bridge));
    bridge->fd = ends[1];
    FCGX_InitRequest(&bridge->request, -1, FCGI_FAIL_ACCEPT_ON_INTR);
    bridge->request.ipcFd = ends[0];
    bridge->request.keepConnection = FCGI_KEEP_CONN;
    return bridge;
}

void bridge_free(struct bridge *bridge)
{
    if (!bridge)
        return;
    close(bridge->fd);
    FCGX_Free(&bridge->request, 1);
    free(bridge);
}

/* The parameters go from where they are; only the headers of the records are written here. */
static int request_send(struct bridge *bridge, const struct buf *params, struct reason *why)
{
    const unsigned char begin[8] = {0, FCGI_RESPONDER, FCGI_KEEP_CONN};
    unsigned char before[3 * INTAKE_HEADER], end[INTAKE_HEADER];
    const struct iovec parts[] = {
        {before, params->len > 0 ? sizeof(before) : 2 * INTAKE_HEADER},
        {params->data, params->len},
        {end, sizeof(end)},
    };

    intake_write_header(before, FCGI_BEGIN_REQUEST, REQUEST_ID, sizeof(begin));
    memcpy(before + INTAKE_HEADER, begin, sizeof(begin));
    intake_write_header(before + 2 * INTAKE_HEADER, FCGI_PARAMS, REQUEST_ID, params->len);
    intake_write_header(end, FCGI_PARAMS, REQUEST_ID, 0);
    size_t len = parts[0].iov_len + parts[1].iov_len + parts[2].iov_len;
    if (writev(bridge->fd, parts, 3) != (ssize_t)len)
        return reason_set(why, "libfcgi did not take a request");
    return 0;
}

/* FCGX_Finish_r would write the end of an answer: what belongs to the request is freed instead. */
int bridge_run(struct bridge *bridge, const struct buf *params, bridge_answer *answer,
    void *context, struct reason *why)
{
    if (request_send(bridge, params, why) < 0)
        return -1;
    if (FCGX_Accept_r(&bridge->request) < 0)
        return reason_set(why, "libfcgi refused a request");
    answer(context, bridge->request.envp);
    FCGX_Free(&bridge->request, 0);
    return 0;
}
