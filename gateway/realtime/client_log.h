/*
 * client_log: the log's lines about clients: who came, who went and why, and
 * who was refused.
 *
 * Each line has the client's connection, address and, once it is known, user.
 * Anybody can connect and go as often as they like, so each sentence is written
 * at most CLIENT_LOG_EACH_MINUTE times a minute; those left out are counted in
 * the next. At level debug none is left out.
 */
#ifndef BELFRY_GATEWAY_REALTIME_CLIENT_LOG_H
#define BELFRY_GATEWAY_REALTIME_CLIENT_LOG_H

struct client;
struct peer;
struct peer_refusal;
struct realtime;

#define CLIENT_LOG_EACH_MINUTE 600

void client_log_connected(const struct client *client);
/* For a peer that was never a client as well. To be called while the client still has its peer. */
void client_log_gone(struct realtime *realtime, const struct peer *peer, int code);
/* Says why it may not connect: for the administrator who has to find out. */
void client_log_refusal(
    const struct client *client, const struct peer_refusal *refusal, const char *sentence);

#endif
