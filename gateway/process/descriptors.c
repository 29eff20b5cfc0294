#include "gateway/process/descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr header; /* aligned for it */
    char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

int descriptors_send(int socket, const char *text, size_t len, const int *fds, size_t count)
{
    union control control = {.bytes = {0}};
    struct iovec part = {(void *)text, len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (count > DESCRIPTORS_MAX) {
        errno = E2BIG;
        return -1;
    }
    if (count > 0) {
        struct cmsghdr *header;

        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* Those for which there is no room are closed. */
static size_t take(const struct cmsghdr *header, int *fds, size_t room)
{
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    size_t taken = 0;

    for (size_t i = 0; i < count; i++) {
        int fd;

        memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
        if (taken < room)
            fds[taken++] = fd;
        else
            close(fd);
    }
    return taken;
}

ssize_t descriptors_receive(int socket, char *text, size_t size, int *fds, size_t *count)
{
    union control control = {.bytes = {0}};
    struct iovec part = {text, size};
    struct msghdr message = {.msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes)};
    size_t room = *count;
    ssize_t len;

    *count = 0;
    do {
        len = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (len < 0 && errno == EINTR);
    if (len < 0)
        return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
         header = CMSG_NXTHDR(&message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            *count += take(header, fds + *count, room - *count);
    return len;
}
