/* What `belfry doctor --url` finds between a browser and Belfry's programs: the web server. */
#include "admin/doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "admin/http_client.h"
#include "common/json.h"
#include "common/token.h"

/* How long a connection stays silent, to see that the web server does not end it: with the time for
 * opening it no more than the ten seconds of a check. */
#define SILENCE_MS 6000
/* Clocks may differ by that much, as tokens allow. */
#define DRIFT_S 30
/* What is opened as a WebSocket, besides the fields of the check. */
#define UPGRADE \
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define AUTH_PATH "/api/websocket/auth"

static const char pass_it_on[] =
    "have the web server pass this path on as it is, as the files for nginx, lighttpd, Apache and "
    "Caddy among Belfry's examples do";

/* Asks the site for this path. Returns the status, or -1 after a finding. The reply has to be
 * released. */
static int ask_site(
    struct doctor *doctor, const char *path, const char *fields, struct http_reply *reply)
{
    const struct http_ask ask = {.fields = fields, .ms = DOCTOR_PATIENCE_MS};
    struct wire_target target = doctor->site;
    struct reason why;

    target.path = (char *)path;
    int status = http_client_ask(&target, &ask, reply, &why);
    if (status < 0)
        doctor_fault(doctor,
            "see that the web server runs, and that its name, port and certificate are as in --url",
            "%s%s: %s", doctor->url, path, why.text);
    return status;
}

/* Tells what an answer means that Belfry itself has not given. False: it may be Belfry's. */
static bool judge_foreign(struct doctor *doctor, const char *path, int status,
    const struct http_reply *reply, const char *program)
{
    const char *place = http_reply_field(reply, "Location");
    char todo[256];

    if (status >= 300 && status < 400) {
        doctor_fault(doctor, "give --url the address that browsers end up at", "%s leads to %s",
            path, place ? place : "another address");
        return true;
    }
    if (status != 502 && status != 503 && status != 504)
        return false;
    snprintf(todo, sizeof todo,
        "start %s, and see that the web server may reach it where it listens: its error log says "
        "more",
        program);
    doctor_fault(doctor, todo, "%s: the web server answers %d, since it does not reach %s", path,
        status, program);
    return true;
}

/* ---- the token ---- */

static void judge_token(struct doctor *doctor, const struct http_reply *reply)
{
    const struct config *config = &doctor->admin->config;
    struct token_policy policy = token_policy_from(config);
    struct reason why, ignored;
    struct token_claims claims;
    struct secrets secrets;
    json_t *body = json_read(reply->body.data, reply->body.len, &why);
    const char *token = json_text(body, "token");

    if (!token) {
        doctor_fault(doctor, pass_it_on, AUTH_PATH ": the answer has no token");
    } else if (secrets_load(&secrets, config, &ignored) == 0) {
        if (token_verify(&policy, &secrets, token, strlen(token),
                clock_wall_seconds(doctor->admin->clock), &claims, &why) == TOKEN_OK)
            doctor_well(doctor, "a login gets a token for %s, with the secret configured here",
                claims.subject);
        else
            doctor_fault(doctor,
                "give belfry-auth, or the application's route, the secret, issuer and audience of "
                "the gateway, and set the clocks",
                "the site's token is none that the gateway takes: %s", why.text);
        token_claims_release(&claims);
        secrets_release(&secrets);
    }
    json_decref(body);
}

static void judge_auth(struct doctor *doctor, int status, const struct http_reply *reply)
{
    if (status == 200 && doctor->cookie)
        judge_token(doctor, reply);
    else if (status == 200)
        doctor_fault(doctor,
            "see who the web server says has logged in (BELFRY_USER), and that the path is not "
            "answered by a page of the application",
            AUTH_PATH ": a visitor without a login is answered 200, where 401 is expected");
    else if (status == 401 && doctor->cookie)
        doctor_fault(doctor,
            "give the cookie to `belfry session check`, which says why it is no session",
            AUTH_PATH ": the cookie is no login");
    else if (status == 401)
        doctor_well(doctor, "a visitor without a login is refused, as is right");
    else if (status == 404)
        doctor_fault(doctor, pass_it_on, AUTH_PATH ": not found");
    else
        doctor_fault(doctor, "see the log of belfry-auth, and the error log of the web server",
            AUTH_PATH ": the answer is %d: %s", status, reply->body.data);
}

void doctor_site_token(struct doctor *doctor)
{
    struct http_reply reply;
    struct buf fields;

    buf_init(&fields, 1 << 15);
    if (doctor->cookie)
        buf_addf(&fields, "Cookie: %s\r\n", doctor->cookie);
    int status = ask_site(doctor, AUTH_PATH, fields.data, &reply);
    if (status >= 0 && !judge_foreign(doctor, AUTH_PATH, status, &reply, "belfry-auth"))
        judge_auth(doctor, status, &reply);
    http_reply_release(&reply);
    buf_wipe(&fields);
}

/* ---- the connection ---- */

/* The path of Socket.IO with its query. */
static void add_socketio(const struct doctor *doctor, struct buf *path, const char *transport)
{
    buf_addf(path, "%s?EIO=4&transport=%s", doctor->admin->config.gateway.socketio_path, transport);
}

static bool serves(const struct doctor *doctor, const char *transport)
{
    const struct config_list *transports = &doctor->admin->config.gateway.transports;

    for (size_t i = 0; i < transports->count; i++)
        if (strcmp(transports->items[i], transport) == 0)
            return true;
    return false;
}

static int ask_upgrade(struct doctor *doctor, const char *origin, struct http_reply *reply)
{
    struct buf path, fields;

    buf_init(&path, 4096);
    buf_init(&fields, 4096);
    add_socketio(doctor, &path, "websocket");
    buf_add_text(&fields, UPGRADE);
    if (origin)
        buf_addf(&fields, "Origin: %s\r\n", origin);
    int status = ask_site(doctor, path.data, fields.data, reply);
    buf_release(&fields);
    buf_release(&path);
    return status;
}

static void judge_upgrade(struct doctor *doctor, int status, const struct http_reply *reply)
{
    const char *path = doctor->admin->config.gateway.socketio_path;

    if (status == 101)
        doctor_well(doctor, "a WebSocket opens at %s", path);
    else if (status == 426 || status == 505)
        doctor_fault(doctor,
            "have the web server pass the upgrade on: in nginx proxy_http_version 1.1, "
            "proxy_set_header Upgrade $http_upgrade and Connection \"upgrade\"; in lighttpd "
            "proxy.header = ( \"upgrade\" => \"enable\" ); in Apache upgrade=websocket",
            "%s: the request to upgrade does not reach the gateway as one: %d", path, status);
    else if (status == 404 || status == 200)
        doctor_fault(doctor, pass_it_on, "%s: %d, and no belfry-gateway", path, status);
    else if (status == 429)
        doctor_fault(doctor,
            "set trusted_proxies to the address of the web server, and have it send "
            "X-Forwarded-For, or raise max_connections_per_address",
            "%s: the gateway has too many connections from this address", path);
    else
        doctor_fault(doctor, "see the log of belfry-gateway, and the error log of the web server",
            "%s: the answer is %d: %s", path, status, reply->body.data);
}

void doctor_site_upgrade(struct doctor *doctor)
{
    struct http_reply reply;

    if (!serves(doctor, "websocket"))
        return;
    int status = ask_upgrade(doctor, NULL, &reply);
    const char *path = doctor->admin->config.gateway.socketio_path;
    if (status >= 0 && !judge_foreign(doctor, path, status, &reply, "belfry-gateway"))
        judge_upgrade(doctor, status, &reply);
    http_reply_release(&reply);
}

void doctor_site_polling(struct doctor *doctor)
{
    struct http_reply reply;
    struct buf path;

    if (!serves(doctor, "polling"))
        return;
    buf_init(&path, 4096);
    add_socketio(doctor, &path, "polling");
    int status = ask_site(doctor, path.data, NULL, &reply);
    if (status >= 0 && !judge_foreign(doctor, path.data, status, &reply, "belfry-gateway")) {
        if (status == 200 && strncmp(reply.body.data, "0{", 2) == 0)
            doctor_well(doctor, "long polling works");
        else
            doctor_fault(
                doctor, pass_it_on, "%s: %d, and no session of long polling", path.data, status);
    }
    http_reply_release(&reply);
    buf_release(&path);
}

/* ---- the origin ---- */

static void judge_origins(
    struct doctor *doctor, const char *own, int own_status, int foreign_status)
{
    if (own_status == 403)
        doctor_fault(doctor,
            "have the web server pass the host on: in nginx proxy_set_header Host $http_host and "
            "X-Forwarded-Host $http_host; or add the site to allowed_origins",
            "pages of the site itself (%s) are refused as foreign", own);
    else if (own_status != 101)
        return; /* the check of the upgrade has said it */
    else if (foreign_status == 101)
        doctor_fault(doctor, "have the web server pass the field Origin on as it is",
            "pages of any other site are let in");
    else
        doctor_well(doctor, "pages of %s are let in, and those of other sites are not", own);
}

void doctor_site_origin(struct doctor *doctor)
{
    struct http_reply reply;
    struct buf own;
    int own_status, foreign_status = -1;

    if (!serves(doctor, "websocket"))
        return;
    buf_init(&own, 4096);
    buf_add_text(&own, doctor->site.tls ? "https://" : "http://");
    wire_target_add_host(&doctor->site, &own);
    own_status = ask_upgrade(doctor, own.data, &reply);
    http_reply_release(&reply);
    if (own_status == 101) {
        foreign_status = ask_upgrade(doctor, "https://belfry-doctor.invalid", &reply);
        http_reply_release(&reply);
    }
    judge_origins(doctor, own.data, own_status, foreign_status);
    buf_release(&own);
}

/* ---- the heartbeat ---- */

enum silence { SILENCE_KEPT, SILENCE_BROKEN, SILENCE_BEAT, SILENCE_CLOSED };

/* The first packet that a session is sent is its open packet; what follows is a heartbeat, or the
 * close frame of a gateway that awaits a token. */
static enum silence hear(struct transport *transport, int64_t ms, bool opened)
{
    unsigned char piece[1024];
    bool is_first = !opened;

    transport_allow(transport, ms);
    for (;;) {
        ssize_t got = transport_read(transport, piece, sizeof piece);

        if (got <= 0)
            return got < 0 && errno == ETIMEDOUT ? SILENCE_KEPT : SILENCE_BROKEN;
        if ((piece[0] & 0x0f) == 8)
            return SILENCE_CLOSED;
        if (!is_first)
            return SILENCE_BEAT;
        is_first = false;
    }
}

static void judge_silence(struct doctor *doctor, enum silence silence, int64_t beat_ms)
{
    int64_t beat = beat_ms / 1000;

    if (silence == SILENCE_BROKEN)
        doctor_fault(doctor,
            "give the web server a time-out longer than ping_interval and ping_timeout together: "
            "in "
            "nginx proxy_read_timeout 90s, in Apache ProxyTimeout 90 or timeout=90",
            "a connection without traffic was cut within %d s, while the heartbeat comes every "
            "%" PRId64 " s",
            SILENCE_MS / 1000, beat);
    else if (silence == SILENCE_BEAT)
        doctor_well(doctor, "a heartbeat comes through, every %" PRId64 " s", beat);
    else if (silence == SILENCE_CLOSED)
        doctor_well(doctor,
            "a connection without traffic stays until the gateway ends it, for it has no token; "
            "the heartbeat comes every %" PRId64
            " s, and the web server must not cut it before that",
            beat);
    else
        doctor_well(doctor,
            "a connection without traffic stays for %d s; the heartbeat comes every %" PRId64
            " s, and the web server must not cut it before that",
            SILENCE_MS / 1000, beat);
}

void doctor_site_heartbeat(struct doctor *doctor)
{
    struct http_reply reply;

    if (!serves(doctor, "websocket"))
        return;
    int status = ask_upgrade(doctor, NULL, &reply);
    if (status == 101 && reply.transport)
        judge_silence(doctor, hear(reply.transport, SILENCE_MS, reply.body.len > 0),
            doctor->admin->config.gateway.ping_interval);
    http_reply_release(&reply);
}

/* ---- the clock ---- */

void doctor_site_clock(struct doctor *doctor)
{
    struct tm parts = {0};
    struct http_reply reply;
    int status = ask_site(doctor, AUTH_PATH, NULL, &reply);
    const char *date = status >= 0 ? http_reply_field(&reply, "Date") : NULL;
    const char *end = date ? strptime(date, "%a, %d %b %Y %H:%M:%S", &parts) : NULL;
    int64_t drift = end ? (int64_t)timegm(&parts) - clock_wall_seconds(doctor->admin->clock) : 0;

    if (drift > DRIFT_S || drift < -DRIFT_S)
        doctor_fault(doctor,
            "have both machines take the time from the network: apt install systemd-timesyncd",
            "the clock of the web server is %lld s %s this machine's", llabs(drift),
            drift > 0 ? "ahead of" : "behind");
    else if (end)
        doctor_well(doctor, "it differs by %lld s", llabs(drift));
    http_reply_release(&reply);
}
