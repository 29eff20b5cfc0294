#include "tests/unit/framing/request_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "gateway/net/server.h"
#include "tests/unit/wire_client.h"

void request_continue(struct client *client, const char *text)
{
    assert_int_equal(send(client->fd, text, strlen(text), 0), strlen(text));
    rig_turn(client->rig);
}

void request_send(struct client *client, struct rig *rig, const char *method, const char *target,
    const char *body)
{
    struct buf head;

    client->rig = rig;
    client->fd = wire_client_connect(server_address(rig->server, 0));
    buf_init(&client->in, 1 << 20);
    buf_init(&head, 1 << 20);
    buf_addf(&head, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n", method, target);
    if (body)
        buf_addf(&head, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
    else
        buf_add_text(&head, "\r\n");
    request_continue(client, head.data);
    buf_release(&head);
}

void request_send_unanswered(struct client *client, struct rig *rig, const char *method,
    const char *target, const char *body)
{
    request_send(client, rig, method, target, body);
    assert_true(request_is_unanswered(client));
}

const char *request_await(struct client *client, int status)
{
    int got = 0;
    size_t len = 0;

    peer_client_await(client, "\r\n\r\n");
    assert_int_equal(sscanf(client->in.data, "HTTP/1.1 %d", &got), 1);
    assert_int_equal(got, status);
    const char *field = strcasestr(client->in.data, "content-length:");
    assert_non_null(field);
    sscanf(field + strlen("content-length:"), "%zu", &len);
    size_t head = (size_t)(strstr(client->in.data, "\r\n\r\n") + 4 - client->in.data);
    while (client->in.len < head + len)
        peer_client_await(client, client->in.data + head); /* reads once more */
    return client->in.data + head;
}

void request_expect(struct client *client, int status, const char *body)
{
    assert_string_equal(request_await(client, status), body);
    peer_client_close(client);
}

bool request_is_unanswered(struct client *client)
{
    rig_turn(client->rig);
    wire_read(client->fd, &client->in);
    return client->in.len == 0;
}
