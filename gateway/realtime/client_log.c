#include "gateway/realtime/client_log.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/framing/peer.h"
#include "gateway/framing/refusal.h"
#include "gateway/net/connection_log.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/client_end.h"

/* A chain of loggers, which point to each other. */
struct client_line {
    struct connection_log connection;
    struct logger by_user, fields[3];
    const struct logger *log;
};

static void line_begin(struct client_line *line, const struct realtime *realtime,
    const struct peer *peer, const struct client *client)
{
    line->log =
        connection_log(&line->connection, realtime->log, peer_number(peer), peer_address(peer));
    if (!client || !client->claims.subject)
        return;
    line->by_user = logger_with(line->log, "user", client->claims.subject);
    line->log = &line->by_user;
}

static void line_add(struct client_line *line, size_t n, const char *key, const char *value)
{
    line->fields[n] = logger_with(line->log, key, value);
    line->log = &line->fields[n];
}

static void line_write(const struct client_line *line, struct log_pace *pace, const char *sentence)
{
    if (log_enabled(line->log, LOG_DEBUG))
        log_info(line->log, "%s", sentence);
    else
        log_paced(line->log, LOG_INFO, pace, "%s", sentence);
}

void client_log_connected(const struct client *client)
{
    struct client_line line;

    line_begin(&line, client->realtime, client->peer, client);
    line_add(&line, 0, "framing", peer_framing(client->peer));
    line_add(&line, 1, "carrier", peer_carrier(client->peer));
    line_write(&line, &client->realtime->comings, "connected");
}

void client_log_gone(struct realtime *realtime, const struct peer *peer, int code)
{
    const struct client *client = peer_object(peer);
    int64_t lasted = clock_wall_ms(realtime->clock) - peer_opened_at(peer);
    char number[12], seconds[32], sentence[256];
    struct client_line line;

    snprintf(number, sizeof(number), "%d", code);
    snprintf(seconds, sizeof(seconds), "%.1f", (double)(lasted > 0 ? lasted : 0) / 1000);
    snprintf(sentence, sizeof(sentence), "disconnected: %s", client_end_why(peer, code));
    line_begin(&line, realtime, peer, client);
    line_add(&line, 0, "carrier", peer_carrier(peer));
    line_add(&line, 1, "code", number);
    line_add(&line, 2, "seconds", seconds);
    line_write(&line, &realtime->goings, sentence);
}

void client_log_refusal(
    const struct client *client, const struct peer_refusal *refusal, const char *sentence)
{
    struct client_line line;

    line_begin(&line, client->realtime, client->peer, client);
    line_add(&line, 0, "code", refusal->code);
    log_paced(line.log, LOG_INFO, &client->realtime->refusals, "%s", sentence);
}
