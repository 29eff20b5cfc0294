#include "admin/listen.h"

#include <stdlib.h>
#include <string.h>

#include "admin/token.h"
#include "admin/websocket_client.h"
#include "common/json.h"
#include "common/moment.h"
#include "common/token.h"

/* How long to wait for the ping after the last event, since the answer to it confirms the event. */
#define FAREWELL_MS 1000

struct listening {
    const struct admin *admin;
    struct websocket_client *websocket;
    const char *event;   /* print and count only these events, or NULL */
    int64_t left;        /* events until it ends; -1 for no limit */
    int64_t deadline_ms; /* steady time; -1 for none */
    uint64_t pongs;      /* sent before the last event */
    bool confirms;
    bool refused; /* the topic was refused, and a sentence has said so */
};

/* The `id` of the `subscribe` request, which its answer repeats. */
#define TOPIC_ID 1

static void print_event(const struct listening *listening, json_t *frame, const char *event)
{
    char now[MOMENT_SHOWN_SIZE];
    struct buf shown;
    const json_t *data = json_object_get(frame, "data");
    char *text = data ? json_dumps(data, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    buf_init(&shown, 1 << 20);
    buf_add_escaped(&shown, event, strlen(event));
    buf_add_text(&shown, text ? "  " : "");
    buf_add_escaped(&shown, text ? text : "", text ? strlen(text) : 0);
    fprintf(listening->admin->out, "%s  %s\n",
        moment_show(clock_wall_ms(listening->admin->clock), true, now), shown.data);
    buf_release(&shown);
    free(text);
}

/* If we confirm events by acknowledgement, an event from the server has an `id` that we send back.
 */
static void confirm_event(struct listening *listening, const json_t *frame)
{
    json_t *id = json_object_get(frame, "id");

    if (!listening->confirms || !id)
        return;
    json_t *answer = json_pack("{s:O}", "ack", id);
    char *text = json_dumps(answer, JSON_COMPACT);
    websocket_client_send(listening->websocket, text, strlen(text));
    free(text);
    json_decref(answer);
}

/* Handles the answer to the request for the topic, which may be a refusal. */
static void take_answer(struct listening *listening, const json_t *frame)
{
    const json_t *data = json_object_get(frame, "data");
    const char *code = json_text(data, "code"), *message = json_text(data, "message");

    if (json_integer_value(json_object_get(frame, "ack")) != TOPIC_ID ||
        !json_is_false(json_object_get(data, "ok")))
        return;
    listening->refused = true;
    listening->left = 0;
    admin_say(listening->admin, "the topic is refused: %s%s%s", code ? code : "no reason is given",
        message ? ": " : "", message ? message : "");
}

static void take_event(struct listening *listening, json_t *frame, const char *event)
{
    if (listening->admin->json)
        admin_print_json(listening->admin, json_incref(frame));
    else
        print_event(listening, frame, event);
    fflush(listening->admin->out);
    listening->pongs = websocket_client_pongs(listening->websocket);
    if (listening->left > 0)
        listening->left--;
}

static void take_message(void *context, const char *text, size_t len)
{
    struct listening *listening = context;
    struct reason why;
    json_t *frame = json_read(text, len, &why);
    const char *event = frame ? json_text(frame, "event") : NULL;

    if (!frame) {
        admin_say(listening->admin, "what came is not JSON: %s", why.text);
        return;
    }
    confirm_event(listening, frame);
    if (!event)
        take_answer(listening, frame);
    if (listening->left != 0 &&
        (!listening->event || strcmp(event ? event : "", listening->event) == 0))
        take_event(listening, frame, event ? event : "(answer)");
    json_decref(frame);
}

static void send_event(struct listening *listening, json_t *event)
{
    char *text = json_dumps(event, JSON_COMPACT);

    websocket_client_send(listening->websocket, text, strlen(text));
    free(text);
    json_decref(event);
}

/* How many milliseconds to wait at most: until the deadline, or forever. */
static int patience(const struct listening *listening)
{
    if (listening->deadline_ms < 0)
        return -1;
    int64_t left = listening->deadline_ms - clock_steady_ms(listening->admin->clock);
    return left > 0 ? (int)left : 0;
}

/* Continues until the connection ends, or `pongs` more pongs were sent than before the last event,
 * or the time for leaving is over. Returns -1 if the connection has ended. */
static int linger(struct listening *listening, uint64_t pongs)
{
    struct reason why;
    int result = 0;

    listening->deadline_ms = clock_steady_ms(listening->admin->clock) + FAREWELL_MS;
    while (result >= 0 && patience(listening) > 0 &&
           websocket_client_pongs(listening->websocket) < listening->pongs + pongs)
        result = websocket_client_run(listening->websocket, patience(listening), &why);
    return result;
}

/* Waits until the last events are confirmed, then closes the connection properly. */
static void leave_gateway(struct listening *listening)
{
    if (linger(listening, 1) < 0)
        return;
    websocket_client_close(listening->websocket);
    linger(listening, UINT32_MAX);
}

static int listen_to(struct listening *listening)
{
    struct reason why;

    while (listening->left != 0) {
        int result = websocket_client_run(listening->websocket, patience(listening), &why);
        if (result < 0)
            return admin_refuse(listening->admin, "%s", why.text);
        if (result == 0 && patience(listening) == 0)
            break;
    }
    leave_gateway(listening);
    if (listening->left > 0)
        return admin_refuse(listening->admin,
            "the time is over, and %lld of the events that --count asks for did not come",
            (long long)listening->left);
    return listening->refused ? ADMIN_REFUSED : ADMIN_DONE;
}

static int find_target(
    const struct admin *admin, const char *url, struct wire_target *target, struct reason *why)
{
    const struct config *config = &admin->config;

    if (url)
        return wire_target_from_url(target, url, why);
    if (config->gateway.listen.count == 0)
        return reason_set(why, "no gateway is configured to listen: give --url");
    return wire_target_from_address(
        target, config->gateway.listen.items[0], config->gateway.websocket_path, why);
}

static int connect_and_listen(struct listening *listening, const struct arguments *arguments,
    const struct wire_target *target, const char *token)
{
    const char *topic = arguments_value(arguments, "--topic");
    struct reason why;

    listening->websocket = websocket_client_open(target, token, take_message, listening, &why);
    if (!listening->websocket)
        return admin_refuse(listening->admin, "the gateway: %s", why.text);
    if (listening->confirms)
        send_event(listening, json_pack("{s:s, s:{s:b}}", "event", "auth", "data", "ack", 1));
    if (topic)
        send_event(listening, json_pack("{s:s, s:{s:s}, s:i}", "event", "subscribe", "data",
                                  "topic", topic, "id", TOPIC_ID));
    int status = listen_to(listening);
    websocket_client_free(listening->websocket);
    return status;
}

/* Reads --count and --for. Returns 0, or -1 with the reason. */
static int read_limits(
    struct listening *listening, const struct arguments *arguments, struct reason *why)
{
    const char *count = arguments_value(arguments, "--count");
    const char *seconds = arguments_value(arguments, "--for");
    int64_t lasting;

    listening->left = listening->deadline_ms = -1;
    if (count && (strspn(count, "0123456789") != strlen(count) || strlen(count) > 9 ||
                     (listening->left = atoll(count)) < 1))
        return reason_set(why, "--count must be a number from 1 on");
    if (!seconds)
        return 0;
    if (duration_read(seconds, &lasting, why) < 0)
        return reason_prefix(why, "--for: ");
    if (lasting > 86400)
        return reason_set(why, "--for: a day at most");
    listening->deadline_ms = clock_steady_ms(listening->admin->clock) + lasting * 1000;
    return 0;
}

static int listen_run(struct admin *admin, const struct arguments *arguments)
{
    struct listening listening = {.admin = admin};
    const char *user = arguments_value(arguments, "--user");
    struct wire_target target;
    struct reason why;
    struct buf token;

    if (!user)
        return admin_misuse(admin, "`belfry listen` needs --user");
    listening.event = arguments_value(arguments, "--event");
    listening.confirms = arguments_value(arguments, "--ack") != NULL;
    if (read_limits(&listening, arguments, &why) < 0 ||
        find_target(admin, arguments_value(arguments, "--url"), &target, &why) < 0)
        return admin_misuse(admin, "%s", why.text);
    buf_init(&token, TOKEN_MAX_OCTETS);
    int status = token_for(admin, user, arguments_value(arguments, "--role"), 0, &token);
    if (status == ADMIN_DONE)
        status = connect_and_listen(&listening, arguments, &target, token.data);
    buf_wipe(&token);
    wire_target_release(&target);
    return status;
}

static const struct command_option listen_options[] = {
    {"--user", "USER", "the user to connect as"},
    {"--url", "URL", "the gateway, like ws://127.0.0.1:8081/ws or wss://…; default: as configured"},
    {"--role", "ROLE", "with this role in the token"},
    {"--topic", "TOPIC", "join this topic as well"},
    {"--event", "NAME", "print and count only these events"},
    {"--ack", NULL, "confirm each event with an acknowledgement instead of a pong"},
    {"--count", "N", "stop after this many events"},
    {"--for", "TIME", "stop after this time, like 10s"},
    {NULL, NULL, NULL},
};

const struct command listen_command = {
    .name = "listen",
    .summary = "Connect as a user and print what their browser would get",
    .options = listen_options,
    .more =
        "It issues itself a token with the configured secret. What it receives counts as\n"
        "delivered, so use a test user:\n\n"
        "    belfry listen --user test &\n"
        "    belfry send --user test --title 'Is this thing on?'\n\n"
        "With wss:// it comes through the web server, as browsers do, whose certificate has to\n"
        "be valid. SSL_CERT_FILE names a file with authorities of your own:\n\n"
        "    SSL_CERT_FILE=ca.pem belfry listen --user test --url wss://shop.test/ws",
    .run = listen_run,
};
