#include "gateway/realtime/refresh.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/json.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/login.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/subscriptions.h"
#include "gateway/realtime/token_end.h"

/* A verified token, while the store checks revocations and its session. */
struct refresh {
    struct reply *reply;
    struct token_claims claims;
};

static void refresh_free(struct refresh *refresh)
{
    token_claims_release(&refresh->claims);
    if (refresh->reply)
        reply_free(refresh->reply);
    free(refresh);
}

/* Both by the acknowledgement and by an event, for pages that ask for no acknowledgement. */
static void refresh_confirm(struct reply *reply)
{
    struct client *client = reply->client;
    int64_t end = client->claims.expires_at;
    char expires[CLOCK_ISO_SIZE];
    struct buf members;

    buf_init(&members, 128);
    buf_addf(&members, ",\"sessionExpiresAt\":\"%s\"", clock_iso(end * 1000, expires));
    reply_ok(reply, members.data, members.len);
    buf_clear(&members);
    buf_addf(&members, "{\"expiresIn\":%" PRId64 ",\"sessionExpiresAt\":\"%s\"}",
        end - clock_wall_seconds(client->realtime->clock), expires);
    client_send(client, "auth:refreshed", members.data, members.len);
    buf_release(&members);
}

static void refresh_apply(struct refresh *refresh)
{
    struct client *client = refresh->reply->client;

    store_leave_session(client->realtime->store, client->claims.subject, client->claims.session);
    token_claims_release(&client->claims);
    client->claims = refresh->claims;
    token_claims_init(&refresh->claims);
    client_trim_claims(client);
    token_end_begin(client);
    subscriptions_review(client);
    refresh_confirm(refresh->reply);
}

/* The client is gone: the store need not watch the new session for it. */
static void refresh_decline(const struct refresh *refresh)
{
    store_leave_session(
        refresh->reply->client->realtime->store, refresh->claims.subject, refresh->claims.session);
}

static void on_checked(void *context, enum store_verdict verdict)
{
    struct refresh *refresh = context;

    if (verdict != STORE_OK)
        reply_refused(refresh->reply, verdict);
    else if (reply_wanted(refresh->reply))
        refresh_apply(refresh);
    else
        refresh_decline(refresh);
    refresh_free(refresh);
}

void refresh_token(struct client *client, const struct peer_event *event)
{
    struct refresh *refresh = mem_zalloc(sizeof(*refresh));
    enum token_verdict verdict =
        login_verify(client, json_text(event->data, "token"), &refresh->claims);

    if (verdict != TOKEN_OK) {
        const struct peer_refusal *refusal = login_refusal(verdict);

        answer_error(client, event->name, event->answer, refusal->code, refusal->message);
    } else if (strcmp(refresh->claims.subject, client->claims.subject) != 0) {
        answer_error(client, event->name, event->answer, "forbidden",
            "The token is another user's: disconnect first");
    } else {
        const struct store_token token = login_store_token(&refresh->claims);

        refresh->reply = reply_new(client, "auth:refresh", event->answer);
        store_check(client->realtime->store, &token, on_checked, refresh);
        return;
    }
    refresh_free(refresh);
}
