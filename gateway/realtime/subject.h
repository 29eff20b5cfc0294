/*
 * subject: the members of an `error` that name what an event was about, `topic`
 * and `conversationId`, each with its leading comma.
 */
#ifndef BELFRY_GATEWAY_REALTIME_SUBJECT_H
#define BELFRY_GATEWAY_REALTIME_SUBJECT_H

struct peer_event;

/* The caller frees it; NULL if the event names no topic, or is NULL. */
char *subject_of_event(const struct peer_event *event);
char *subject_of_topic(const char *topic);

#endif
