/* Whether a notification to a test user arrives: the whole way, from the row to a client. */
#include "admin/doctor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "admin/identity.h"
#include "admin/publish.h"
#include "admin/websocket_client.h"
#include "common/json.h"
#include "common/token.h"

/* The whole check. */
#define PATIENCE_MS 9000
/* The notification of a check that was killed expires by itself. */
#define LIFE_MS 60000

struct arrival {
    struct websocket_client *websocket;
    int64_t end;       /* steady ms: it is not waited for longer */
    int64_t id;        /* of the notification; 0: not inserted yet */
    bool is_connected; /* the gateway has taken the token */
    bool is_here;
    struct reason refusal; /* what the gateway says against it; empty: nothing */
};

static void take_error(struct arrival *arrival, const json_t *data)
{
    const char *code = json_text(data, "code"), *message = json_text(data, "message");

    reason_set(&arrival->refusal, "%s: %s", code ? code : "error", message ? message : "");
}

static void take_message(void *context, const char *text, size_t len)
{
    struct arrival *arrival = context;
    struct reason why;
    json_t *frame = json_read(text, len, &why);
    const char *event = frame ? json_text(frame, "event") : NULL;
    const json_t *data = json_object_get(frame, "data");
    const char *id = json_text(data, "id");

    if (event && strcmp(event, "connected") == 0)
        arrival->is_connected = true;
    else if (event && strcmp(event, "error") == 0)
        take_error(arrival, data);
    else if (event && strcmp(event, "notification") == 0 && id && arrival->id > 0)
        arrival->is_here |= strtoll(id, NULL, 10) == arrival->id;
    json_decref(frame);
}

/* Waits until that is so, or nothing more can come. */
static void await(struct doctor *doctor, struct arrival *arrival, const bool *is_so)
{
    const struct clock *clock = doctor->admin->clock;
    struct reason why;
    int result = 0;

    while (!*is_so && result >= 0 && clock_steady_ms(clock) < arrival->end)
        result = websocket_client_run(
            arrival->websocket, (int)(arrival->end - clock_steady_ms(clock)), &why);
    if (result < 0 && !*is_so && !*arrival->refusal.text)
        arrival->refusal = why;
}

/* ---- the row ---- */

static const struct sql_text delete_row =
    SQL_BOTH("DELETE FROM notifications WHERE id = CAST($1 AS bigint)");

static int insert(struct doctor *doctor, struct sql *queue, int64_t *id, struct reason *why)
{
    int64_t now = clock_wall_ms(doctor->admin->clock);
    char expires[CLOCK_ISO_SIZE];
    const struct publication notification = {.kind = PUBLICATION_NOTIFICATION,
        .fields = {[NOTIFICATION_USER] = doctor->user,
            [NOTIFICATION_TITLE] = "belfry doctor",
            [NOTIFICATION_EXPIRES] = clock_iso(now + LIFE_MS, expires)}};
    struct publisher *publisher = publish_open(doctor->admin, queue, why);
    struct publication_error error = {.fault = PUBLICATION_REFUSED};
    enum publisher_result result = PUBLISHER_FAILED;

    if (publisher) {
        result = publisher_publish(publisher, &notification, now, id, &error);
        *why = error.why;
    }
    publisher_free(publisher);
    return result == PUBLISHER_WRITTEN ? 0 : -1;
}

/* It was only for this test. */
static void take_away(struct doctor *doctor, struct sql *queue, int64_t id)
{
    char text[24];
    const char *const parameters[] = {text};
    struct reason why;

    snprintf(text, sizeof text, "%" PRId64, id);
    if (sql_change(queue, &delete_row, parameters, 1, &why) < 0)
        doctor_fault(doctor,
            "delete it as somebody who may: DELETE FROM notifications WHERE id is that number",
            "notification %s, which was for this test, is still there: %s", text, why.text);
}

static void send_and_await(struct doctor *doctor, struct arrival *arrival, struct sql *queue)
{
    struct reason why;

    if (insert(doctor, queue, &arrival->id, &why) < 0) {
        doctor_fault(doctor,
            "give who publishes the right to write the queue and its folder: usermod -aG "
            "belfry-publish, or in PostgreSQL the role belfry_publisher",
            "no notification can be inserted: %s", why.text);
        return;
    }
    await(doctor, arrival, &arrival->is_here);
    if (arrival->is_here)
        doctor_well(doctor, "%s was sent one, and received it", doctor->user);
    else
        doctor_fault(doctor,
            "see the log of belfry-gateway, and that its `database` is this one; `belfry explain` "
            "says why a notification has not arrived",
            "%s was sent one, and did not receive it: %s", doctor->user,
            *arrival->refusal.text ? arrival->refusal.text : "nothing came");
    take_away(doctor, queue, arrival->id);
}

/* ---- the client ---- */

static void meet(struct doctor *doctor, struct arrival *arrival)
{
    struct sql *queue;

    await(doctor, arrival, &arrival->is_connected);
    if (!arrival->is_connected) {
        doctor_fault(doctor,
            "give the gateway and this command the same configuration, with the same secret and "
            "issuer, then restart the gateway: `belfry token check` says more",
            "the gateway refuses a token that is signed with the secret configured here: %s",
            *arrival->refusal.text ? arrival->refusal.text : "nothing came");
    } else if (admin_open_queue(doctor->admin, &queue) < 0) {
        doctor_fault(doctor, "see the finding about the database",
            "no notification can be inserted: the queue cannot be opened");
    } else {
        send_and_await(doctor, arrival, queue);
        sql_close(&queue);
        identity_restore();
    }
}

static int issue(const struct doctor *doctor, struct buf *token, struct reason *why)
{
    const struct config *config = &doctor->admin->config;
    struct token_policy policy = token_policy_from(config);
    struct token_claims claims;
    struct secrets secrets;

    if (secrets_load(&secrets, config, why) < 0)
        return -1;
    token_claims_init(&claims);
    claims.subject = strdup(doctor->user);
    int result = token_issue(
        &policy, &secrets, &claims, -1, clock_wall_seconds(doctor->admin->clock), token, why);
    token_claims_release(&claims);
    secrets_release(&secrets);
    return result;
}

static void connect_and_meet(
    struct doctor *doctor, const struct wire_target *target, const struct buf *token)
{
    struct arrival arrival = {.end = clock_steady_ms(doctor->admin->clock) + PATIENCE_MS};
    struct reason why;

    arrival.websocket = websocket_client_open(target, token->data, take_message, &arrival, &why);
    if (!arrival.websocket) {
        doctor_fault(doctor, "see that the gateway listens where `listen` under [gateway] says",
            "the gateway: %s", why.text);
        return;
    }
    meet(doctor, &arrival);
    websocket_client_close(arrival.websocket);
    websocket_client_run(arrival.websocket, 0, &why);
    websocket_client_free(arrival.websocket);
}

/* It needs a gateway and a secret: without them, other findings have said what to do. */
void doctor_notification(struct doctor *doctor)
{
    const struct config *config = &doctor->admin->config;
    struct wire_target target;
    struct reason why;
    struct buf token;

    if (!doctor->is_ready || config->gateway.listen.count == 0)
        return;
    buf_init(&token, TOKEN_MAX_OCTETS);
    if (issue(doctor, &token, &why) == 0 &&
        wire_target_from_address(
            &target, config->gateway.listen.items[0], config->gateway.websocket_path, &why) == 0) {
        connect_and_meet(doctor, &target, &token);
        wire_target_release(&target);
    }
    buf_wipe(&token);
}
