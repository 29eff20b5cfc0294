#include "gateway/realtime/subject.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/memory.h"
#include "gateway/framing/peer.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/topic.h"

#define SUBJECT_MAX 8192

char *subject_of_topic(const char *topic)
{
    const char *conversation = topic_conversation(topic);
    struct buf members;
    char *subject;

    if (!*topic || strlen(topic) > TOPIC_MAX)
        return NULL;
    buf_init(&members, SUBJECT_MAX);
    buf_add_text(&members, ",\"topic\":");
    buf_add_json_string(&members, topic, strlen(topic));
    if (conversation) {
        buf_add_text(&members, ",\"conversationId\":");
        buf_add_json_string(&members, conversation, strlen(conversation));
    }
    subject = mem_strndup(members.data, members.len);
    buf_release(&members);
    return subject;
}

char *subject_of_event(const struct peer_event *event)
{
    const json_t *data = event ? event->data : NULL;
    char number[INPUT_NUMBER_SIZE], topic[TOPIC_MAX + 1];
    const char *name = NULL, *conversation;

    if (json_is_string(data))
        name = input_name(data, number);
    else if (json_is_string(json_object_get(data, "topic")))
        name = input_name(json_object_get(data, "topic"), number);
    if (name)
        return subject_of_topic(name);
    conversation = input_name(json_object_get(data, "conversationId"), number);
    if (!conversation || strlen(conversation) > TOPIC_MAX - strlen("conversation:"))
        return NULL;
    snprintf(topic, sizeof(topic), "conversation:%s", conversation);
    return subject_of_topic(topic);
}
