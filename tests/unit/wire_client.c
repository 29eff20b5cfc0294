#include "tests/unit/wire_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

static socklen_t parse(const char *address, struct sockaddr_storage *at)
{
    struct sockaddr_in *in = (struct sockaddr_in *)at;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)at;
    struct sockaddr_un *un = (struct sockaddr_un *)at;
    int port = atoi(strrchr(address, ':') + 1);

    if (strncmp(address, "unix:", 5) == 0) {
        un->sun_family = AF_UNIX;
        strcpy(un->sun_path, address + 5);
        return sizeof(*un);
    }
    if (*address == '[') {
        *in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        in6->sin6_addr = in6addr_loopback;
        return sizeof(*in6);
    }
    *in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return sizeof(*in);
}

int wire_client_connect(const char *address)
{
    struct sockaddr_storage at = {0};
    socklen_t len = parse(address, &at);
    int yes = 1;
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, len), 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    return fd;
}

void wire_read(int fd, struct buf *in)
{
    char bytes[65536];
    ssize_t got;

    while ((got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        buf_add(in, bytes, (size_t)got);
}

void wire_consume(struct buf *in, size_t len)
{
    memmove(in->data, in->data + len, in->len - len + 1);
    in->len -= len;
}

void wire_add_upgrade(struct buf *out, const char *target, const char *fields)
{
    buf_addf(out,
        "GET %s HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
        target, fields);
}

void wire_add_frame(struct buf *out, unsigned char first, const void *payload, size_t len)
{
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    const unsigned char *bytes = payload;
    size_t extended = len < 126 ? 0 : len < 65536 ? 2 : 8;

    buf_add_char(out, (char)first);
    buf_add_char(out, (char)(0x80 | (extended == 0 ? len : extended == 2 ? 126 : 127)));
    for (size_t i = extended; i > 0; i--)
        buf_add_char(out, (char)(len >> (8 * (i - 1))));
    buf_add(out, mask, sizeof(mask));
    for (size_t i = 0; i < len; i++)
        buf_add_char(out, (char)(bytes[i] ^ mask[i % 4]));
}

void wire_send_frame(int fd, unsigned kind, const void *payload, size_t len)
{
    struct buf frame;

    buf_init(&frame, SIZE_MAX);
    wire_add_frame(&frame, (unsigned char)(0x80 | kind), payload, len);
    assert_int_equal(send(fd, frame.data, frame.len, MSG_NOSIGNAL), frame.len);
    buf_release(&frame);
}

bool wire_first_frame(const struct buf *in, struct wire_frame *frame)
{
    const unsigned char *at = (const unsigned char *)in->data;

    if (in->len < 2)
        return false;
    assert_int_equal(at[1] & 0x80, 0); /* a server never masks */
    size_t extended = at[1] == 126 ? 2 : at[1] == 127 ? 8 : 0;
    if (in->len < 2 + extended)
        return false;
    size_t len = extended == 0 ? at[1] : 0;
    for (size_t i = 0; i < extended; i++)
        len = len << 8 | at[2 + i];
    *frame = (struct wire_frame){at[0], at + 2 + extended, len, 2 + extended + len};
    return in->len >= frame->whole;
}
