#include "tests/conformance/socketio_echo.h"

#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/net/wheel.h"

/* `auth`, which goes out a moment after CONNECT and not in the same segment: clients of suites hang
 * up one listener and then another, and those that read both packets at once would miss one. */
struct greeting {
    struct wheel_entry timer;
    struct peer *peer;
    const char *namespace;
    char *arguments;
};

static const struct peer_refusal invalid_namespace = {.message = "Invalid namespace"};

static const char *served_namespace(const char *namespace)
{
    return strcmp(namespace, "/") == 0 ? "/" : strcmp(namespace, "/custom") == 0 ? "/custom" : NULL;
}

static void greeting_send(struct wheel_entry *entry)
{
    struct greeting *greeting = container_of(entry, struct greeting, timer);

    peer_send_to(greeting->peer, greeting->namespace, "auth", greeting->arguments,
        strlen(greeting->arguments), NULL, 0);
    free(greeting->arguments);
    greeting->arguments = NULL;
    peer_go_on(greeting->peer);
}

static struct greeting *greeting_of(struct peer *peer)
{
    struct greeting *greeting = peer_object(peer);

    if (!greeting) {
        greeting = mem_zalloc(sizeof(*greeting));
        greeting->peer = peer;
        peer_set_object(peer, greeting);
    }
    return greeting;
}

/* What the client says meanwhile is heard after it. */
static void on_connect(struct peer *peer, const struct peer_connect *connect)
{
    const char *namespace = served_namespace(connect->namespace);
    struct greeting *greeting = greeting_of(peer);

    if (!namespace) {
        peer_refuse(peer, connect->namespace, &invalid_namespace);
        return;
    }
    json_t *arguments =
        json_pack("[o]", connect->auth ? json_deep_copy(connect->auth) : json_object());
    greeting->namespace = namespace;
    greeting->arguments = json_dumps(arguments, JSON_COMPACT);
    json_decref(arguments);
    peer_accept(peer, namespace);
    peer_hold(peer);
    wheel_start(peer_owner_context(peer), &greeting->timer, 1, greeting_send);
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

/* The others stay open, as in the project's own server. */
static void on_left(struct peer *peer, const char *namespace)
{
    (void)peer;
    (void)namespace;
}

static void on_closed(struct peer *peer, int code)
{
    struct greeting *greeting = peer_object(peer);

    (void)code;
    if (!greeting)
        return;
    wheel_stop(&greeting->timer);
    free(greeting->arguments);
    free(greeting);
}

const struct peer_owner socketio_echo = {
    .connect = on_connect,
    .event = on_event,
    .left = on_left,
    .closed = on_closed,
};
