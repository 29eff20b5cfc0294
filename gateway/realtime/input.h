/*
 * input: values from a client's JSON, each checked against its bounds.
 *
 * All return true if the value is present and valid. The optional ones also
 * return true if it is absent, and then leave the output unchanged.
 */
#ifndef BELFRY_GATEWAY_REALTIME_INPUT_H
#define BELFRY_GATEWAY_REALTIME_INPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* An id: a string of decimal digits, or an integer; 1 to INT64_MAX. */
bool input_id(const json_t *value, int64_t *id);
/* Every id of an array, into `ids`, which has room for all. */
bool input_ids(const json_t *list, int64_t *ids);
bool input_optional_id(const json_t *object, const char *key, int64_t *id);
/* `since` of an event's data: an id, or 0, as a string or an integer. -1 if it is absent. */
bool input_since(const json_t *data, int64_t *since);
/* A name that the application chose: a string, or an integer, which is written into `number`. NULL
 * if `value` is neither, or contains a NUL. */
#define INPUT_NUMBER_SIZE 24
const char *input_name(const json_t *value, char number[INPUT_NUMBER_SIZE]);
/* `conversationId` of an event's data, of 1 to 255 bytes, as input_name gives it. */
#define INPUT_CONVERSATION_FAULT "conversationId must be a string of 1 to 255 octets"
const char *input_conversation(const json_t *data, char number[INPUT_NUMBER_SIZE]);
/* A string without a NUL, lent. */
bool input_optional_text(const json_t *object, const char *key, const char **text);
/* An integer from 1 to most. */
bool input_optional_count(const json_t *object, const char *key, int64_t most, int64_t *count);

#endif
