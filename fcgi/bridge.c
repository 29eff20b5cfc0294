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
#define REQUEST_MAX (INTAKE_PARAMS_MAX + 64)

struct bridge {
    int fd; /* this end */
    size_t answer_max;
    FCGX_Request request; /* has the other end */
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
    bridge->answer_max = answer_max;
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
    free(bridge);
}

static int request_send(
    struct bridge *bridge, uint16_t id, const struct buf *params, struct reason *why)
{
    const unsigned char begin[8] = {0, FCGI_RESPONDER, FCGI_KEEP_CONN};
    struct buf request;

    buf_init(&request, REQUEST_MAX);
    intake_add_record(&request, FCGI_BEGIN_REQUEST, id, begin, sizeof(begin));
    if (params->len > 0)
        intake_add_record(&request, FCGI_PARAMS, id, params->data, params->len);
    intake_add_record(&request, FCGI_PARAMS, id, "", 0);
    ssize_t sent = send(bridge->fd, request.data, request.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    bool whole = sent == (ssize_t)request.len;
    buf_wipe(&request);
    return whole ? 0 : reason_set(why, "libfcgi did not take a request");
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
    struct buf out;

    if (request_send(bridge, id, params, why) < 0)
        return -1;
    if (FCGX_Accept_r(&bridge->request) < 0)
        return reason_set(why, "libfcgi refused a request");
    buf_init(&out, bridge->answer_max);
    answer(context, bridge->request.envp, &out);
    int put = FCGX_PutStr(out.data, (int)out.len, bridge->request.out);
    bool whole = put == (int)out.len && !out.overflowed;
    buf_wipe(&out);
    FCGX_Finish_r(&bridge->request);
    records_receive(bridge, records);
    if (!whole || bridge->request.ipcFd < 0)
        return reason_set(why, "libfcgi could not write an answer");
    return 0;
}
