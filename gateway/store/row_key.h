/*
 * row_key: the key by which `changes` names a notification, the JSON
 * ["user", id].
 */
#ifndef BELFRY_GATEWAY_STORE_ROW_KEY_H
#define BELFRY_GATEWAY_STORE_ROW_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/row_rules.h"

struct row_key {
    char user[ROW_ID_MAX + 1];
    int64_t id;
};

/* Whether `text` is such a key. Users whose id is longer than that cannot be connected. */
bool row_key_read(struct row_key *key, const char *text, size_t len);

#endif
