/*
 * row_rules: what the CHECKs of schema_queue.sql require of a row, for code
 * that checks before it writes, or again after it has read: a program can
 * switch CHECKs off, and another engine has to be told the same limits.
 *
 * The DDL is the definition. Whoever changes a number there changes it here;
 * a test inserts rows at and past each limit.
 */
#ifndef BELFRY_COMMON_ROW_RULES_H
#define BELFRY_COMMON_ROW_RULES_H

#include <stdbool.h>

/* Bytes, except where the name says characters. Unless a comment says otherwise, text that is there
 * may not be empty. */
#define ROW_ID_MAX 255 /* of users, conversations, idempotency keys and a message's client_ref */
#define ROW_TITLE_MAX 1024
#define ROW_NAME_MAX 1024 /* sender_name; may be empty, as may the title of a conversation */
#define ROW_TYPE_MAX 64
#define ROW_BODY_MAX 16384 /* may be empty */
#define ROW_DATA_MAX 32768
#define ROW_TOPIC_MAX 512
#define ROW_EVENT_CHARACTERS_MAX 64
#define ROW_CONTENT_MAX 32768
#define ROW_METADATA_MAX 8192

/* The same sender, conversation, client_ref and content within this time are one message that was
 * sent again. */
#define ROW_MESSAGE_REPEAT_MS 600000

/* low, normal, high or urgent. */
bool row_is_priority(const char *text);

/* Whether socket.io fires an event of this name by itself: every client would take one that we sent
 * for the end of its connection. */
bool row_event_is_reserved(const char *event);

#endif
