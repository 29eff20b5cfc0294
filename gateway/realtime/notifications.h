/*
 * notifications: clients' events about their notifications.
 *
 * Handlers of the table in events.c. Each answers at once, or when the store
 * has answered.
 */
#ifndef BELFRY_GATEWAY_REALTIME_NOTIFICATIONS_H
#define BELFRY_GATEWAY_REALTIME_NOTIFICATIONS_H

struct client;
struct peer_event;

void notifications_get_count(struct client *client, const struct peer_event *event);
void notifications_mark_read(struct client *client, const struct peer_event *event);
void notifications_mark_all_read(struct client *client, const struct peer_event *event);
void notifications_mark_unread(struct client *client, const struct peer_event *event);
void notifications_archive(struct client *client, const struct peer_event *event);
void notifications_unarchive(struct client *client, const struct peer_event *event);
void notifications_mark_seen(struct client *client, const struct peer_event *event);
void notifications_list(struct client *client, const struct peer_event *event);

#endif
