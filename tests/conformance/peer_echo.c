#include "tests/conformance/peer_echo.h"

#include <stdlib.h>
#include <string.h>

static const struct peer_refusal invalid_namespace = {.message = "Invalid namespace"};

static void connect_peer(struct peer *peer, const struct peer_connect *connect)
{
    json_t *arguments;
    char *text;

    if (strcmp(connect->namespace, "/") != 0 && strcmp(connect->namespace, "/custom") != 0) {
        peer_refuse(peer, connect->namespace, &invalid_namespace);
        return;
    }
    peer_accept(peer, connect->namespace);
    arguments = json_array();
    if (connect->auth)
        json_array_append(arguments, (json_t *)connect->auth);
    else
        json_array_append_new(arguments, json_object());
    text = json_dumps(arguments, JSON_COMPACT);
    peer_send_to(peer, connect->namespace, "auth", text, strlen(text), NULL, 0);
    free(text);
    json_decref(arguments);
}

static void on_event(struct peer *peer, const struct peer_event *event)
{
    char *text = json_dumps(event->arguments, JSON_COMPACT);

    if (strcmp(event->name, "message") == 0)
        peer_send_to(peer, event->namespace, "message-back", text, strlen(text), event->binaries,
            event->binary_count);
    else if (strcmp(event->name, "message-with-ack") == 0)
        peer_answer_to(peer, event->namespace, event->answer, text, strlen(text), event->binaries,
            event->binary_count);
    free(text);
}

/* What is kept open for other namespaces, as the project's own server does. */
static void left(struct peer *peer, const char *namespace)
{
    (void)peer;
    (void)namespace;
}

static void closed(struct peer *peer, int code)
{
    (void)peer;
    (void)code;
}

const struct peer_owner peer_echo_owner = {
    .connect = connect_peer,
    .event = on_event,
    .left = left,
    .closed = closed,
};
