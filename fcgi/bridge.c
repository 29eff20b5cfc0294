#include "fcgi/bridge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fastcgi.h>
#include <fcgiapp.h>

#include "common/memory.h"
#include "fcgi/intake.h"

/* Bytes of a socket's buffer: the longest request or answer fits, as nobody reads while it is
 * written. */
#define SOCKET_BUFFER (256 * 1024)

struct bridge {
    int fd;               /* this end */
    FCGX_Request request; /* has the other end */
    struct buf out;       /* an answer; its memory is kept, since the next one is as long */
};

int bridge_init(struct reason *why)
{
    return FCGX_Init() == 0 ? 0 : reason_set(why, "libfcgi cannot be initialised");
}

static int sockets_make(int sockets[2], struct reason *why)
{
    const int size = SOCKET_BUFFER;
    const struct timeval limit = {.tv_sec = 1};

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        return reason_set(why, "a pair of sockets for libfcgi cannot be made: %s", strerror(errno));
    for (int i = 0; i < 2; i++)
        setsockopt(sockets[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    /* libfcgi never has to wait. Should that be wrong, the thread must not hang. */
    setsockopt(sockets[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(sockets[1], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    return 0;
}

struct bridge *bridge_new(size_t answer_max, struct reason *why)
{
    int sockets[2];

    if (sockets_make(sockets, why) < 0)
        return NULL;
    struct bridge *bridge = mem_zalloc(sizeof(*bridge));
    bridge->fd = sockets[0];
    buf_init(&bridge->out, answer_max);
    FCGX_InitRequest(&bridge->request, -1, FCGI_FAIL_ACCEPT_ON_INTR);
    bridge->request.ipcFd = sockets[1];
    bridge->request.keepConnection = FCGI_KEEP_CONN;
    return bridge;
}

void bridge_free(struct bridge *bridge)
{
    if (!bridge)
        return;
    close(bridge->fd);
    FCGX_Free(&bridge->request, 1);
    buf_wipe(&bridge->out);
    free(bridge);
}

/* The parameters go from where they are; only the headers of the records are written here. */
static int request_send(
    struct bridge *bridge, uint16_t id, const struct buf *params, struct reason *why)
{
    const unsigned char begin[8] = {0, FCGI_RESPONDER, FCGI_KEEP_CONN};
    unsigned char before[3 * INTAKE_HEADER], end[INTAKE_HEADER];
    struct iovec parts[] = {
        {before, params->len > 0 ? sizeof(before) : 2 * INTAKE_HEADER},
        {params->data, params->len},
        {end, sizeof(end)},
    };
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};

    intake_write_header(before, FCGI_BEGIN_REQUEST, id, sizeof(begin));
    memcpy(before + INTAKE_HEADER, begin, sizeof(begin));
    intake_write_header(before + 2 * INTAKE_HEADER, FCGI_PARAMS, id, params->len);
    intake_write_header(end, FCGI_PARAMS, id, 0);
    size_t len = parts[0].iov_len + parts[1].iov_len + parts[2].iov_len;
    if (sendmsg(bridge->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len)
        return reason_set(why, "libfcgi did not take a request");
    return 0;
}

/* libfcgi has written the last record, so all of them are there. */
static void records_receive(struct bridge *bridge, struct buf *records)
{
    char chunk[4096];
    ssize_t got;

    do {
        got = recv(bridge->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
        if (got > 0)
            buf_add(records, chunk, (size_t)got);
    } while (got == (ssize_t)sizeof(chunk));
    mem_wipe(chunk, sizeof(chunk));
}

int bridge_run(struct bridge *bridge, uint16_t id, const struct buf *params, bridge_answer *answer,
    void *context, struct buf *records, struct reason *why)
{
    struct buf *out = &bridge->out;

    if (request_send(bridge, id, params, why) < 0)
        return -1;
    if (FCGX_Accept_r(&bridge->request) < 0)
        return reason_set(why, "libfcgi refused a request");
    answer(context, bridge->request.envp, out);
    int put = FCGX_PutStr(out->data, (int)out->len, bridge->request.out);
    bool whole = put == (int)out->len && !out->overflowed;
    buf_scrub(out);
    FCGX_Finish_r(&bridge->request);
    records_receive(bridge, records);
    if (!whole || bridge->request.ipcFd < 0)
        return reason_set(why, "libfcgi could not write an answer");
    return 0;
}
