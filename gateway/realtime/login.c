#include "gateway/realtime/login.h"

#include <stdio.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/framing/refusal.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/client_life.h"
#include "gateway/realtime/client_log.h"
#include "gateway/realtime/own_topic.h"
#include "gateway/realtime/presence_elsewhere.h"
#include "gateway/store/store.h"

static const struct peer_refusal another_token = {
    .message = "The token is not one of this user: disconnect first", .code = "forbidden"};

const struct peer_refusal *login_refusal(enum token_verdict verdict)
{
    static const struct peer_refusal *const refusals[] = {
        [TOKEN_MISSING] = &refusal_token_missing,
        [TOKEN_INVALID] = &refusal_token_invalid,
        [TOKEN_EXPIRED] = &refusal_token_expired,
    };

    return refusals[verdict];
}

static void login_refuse(struct client *client, const struct peer_refusal *refusal)
{
    struct realtime *realtime = client->realtime;

    client->state = CLIENT_WAITING;
    if (client->user)
        users_leave(&realtime->users, client->user);
    client->user = NULL;
    realtime->counters.refused++;
    peer_refuse(client->peer, "/", refusal);
}

enum token_verdict login_verify(
    struct client *client, const char *token, struct token_claims *claims)
{
    const struct realtime_settings *settings = &client->realtime->settings;
    char sentence[sizeof(struct reason) + 32];
    struct reason why = {""};
    enum token_verdict verdict;

    token_claims_init(claims);
    if (!token || !*token) {
        verdict = TOKEN_MISSING;
        reason_set(&why, "none was sent: give it as `auth: { token }` or `Authorization: Bearer`");
    } else {
        verdict = token_verify(&settings->policy, settings->secrets, token, strlen(token),
            clock_wall_seconds(client->realtime->clock), claims, &why);
    }
    if (verdict != TOKEN_OK) {
        snprintf(sentence, sizeof(sentence), "token refused: %s", why.text);
        client_log_refusal(client, login_refusal(verdict), sentence);
    }
    return verdict;
}

static void on_attached(void *context, const struct store_attached *answer)
{
    struct client *client = context;

    if (client->state == CLIENT_GONE) {
        if (answer->verdict == STORE_OK)
            store_detach(client->realtime->store, client->claims.subject, client->claims.session);
    } else if (answer->verdict == STORE_OK) {
        client_ready(client, answer);
    } else if (answer->verdict == STORE_REVOKED) {
        client_log_refusal(client, &refusal_session_revoked,
            "token refused: revoked: it was issued before the revocation of its "
            "user; a new one is good");
        login_refuse(client, &refusal_session_revoked);
    } else if (answer->verdict == STORE_OVER) {
        client_log_refusal(client, &refusal_session_revoked,
            "token refused: its session is not in the session_database: the user "
            "has logged out, or belfry-auth looks into another one");
        login_refuse(client, &refusal_session_revoked);
    } else {
        login_refuse(client, &refusal_unavailable);
    }
    client_unref(client);
}

struct store_token login_store_token(const struct token_claims *claims)
{
    return (struct store_token){
        .user = claims->subject,
        .issued_at = claims->issued_at,
        .session = claims->session,
        .session_token = claims->session_token,
    };
}

static void login_attach(struct client *client)
{
    struct realtime *realtime = client->realtime;
    const struct store_token token = login_store_token(&client->claims);
    struct delivery *delivery;

    client->user = users_enter(&realtime->users, realtime, token.user);
    if (client->user->connections + presence_elsewhere_count(client->user) >
        realtime->settings.max_connections_per_user) {
        client_log_refusal(client, &refusal_too_many_connections,
            "connection refused: the user has max_connections_per_user already");
        login_refuse(client, &refusal_too_many_connections);
        return;
    }
    client->state = CLIENT_ATTACHING;
    delivery = own_topic_delivery(client->user);
    if (delivery)
        delivery_share(delivery);
    store_attach(realtime->store, &token, realtime->delivery.window_rows,
        realtime->delivery.window_bytes, on_attached, client_ref(client));
}

/* The client's options, `ack`, `subscribe` and `seen`. */
static void take_options(struct client *client, const json_t *auth)
{
    const json_t *ack = json_object_get(auth, "ack");
    const json_t *subscribe = json_object_get(auth, "subscribe");
    const json_t *seen = json_object_get(auth, "seen");

    if (json_is_boolean(ack))
        client->acknowledges = json_is_true(ack);
    if (json_is_boolean(subscribe))
        client->chooses_topics = json_is_false(subscribe);
    if (json_is_boolean(seen))
        client->takes_unseen = json_is_true(seen);
    if (client->state != CLIENT_READY)
        return;
    if (client->delivery && json_is_boolean(ack))
        delivery_acknowledged_by_client(client->delivery, client->acknowledges);
    if (json_is_boolean(subscribe))
        client_auto_subscribe(client, NULL);
    if (json_is_true(seen))
        client_send_unseen(client);
}

/* May be called before the store has answered whether the client may log in. */
const struct peer_refusal *login_vouch(struct peer *peer, const char *token)
{
    struct client *client = peer_object(peer);
    const char *user = client ? client->claims.subject : NULL;
    const struct peer_refusal *refusal;
    struct token_claims claims;
    enum token_verdict verdict;

    if (!user)
        return &refusal_token_invalid;
    verdict = login_verify(client, token, &claims);
    if (verdict != TOKEN_OK)
        refusal = login_refusal(verdict);
    else
        refusal = strcmp(claims.subject, user) == 0 ? NULL : &another_token;
    token_claims_release(&claims);
    return refusal;
}

const struct peer_refusal *login_again(struct peer *peer, const struct peer_connect *connect)
{
    struct client *client = peer_object(peer);

    if (!client_may_say(client))
        return &refusal_rate_limited;
    if (connect->token && login_vouch(peer, connect->token))
        return &another_token;
    take_options(client, connect->auth);
    return NULL;
}

void login_connect(struct peer *peer, const struct peer_connect *connect)
{
    struct realtime *realtime = peer_owner_context(peer);
    struct client *client = peer_object(peer);
    enum token_verdict verdict;

    if (strcmp(connect->namespace, "/") != 0) {
        peer_refuse(peer, connect->namespace, &refusal_invalid_namespace);
        return;
    }
    if (!client) {
        client = client_new(realtime, peer);
        peer_set_object(peer, client);
    }
    client->asked_at = clock_steady_us(realtime->clock);
    take_options(client, connect->auth);
    token_claims_release(&client->claims);
    verdict = login_verify(client, connect->token, &client->claims);
    if (verdict == TOKEN_OK)
        login_attach(client);
    else
        login_refuse(client, login_refusal(verdict));
}
