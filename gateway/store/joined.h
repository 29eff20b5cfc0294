/*
 * joined: the conversations that somebody has joined, counted.
 *
 * Messages of these are told; those of the others wait in the file until
 * somebody comes and asks.
 */
#ifndef BELFRY_GATEWAY_STORE_JOINED_H
#define BELFRY_GATEWAY_STORE_JOINED_H

#include <stdbool.h>
#include <stddef.h>

struct joined_conversation;

struct joined {
    struct joined_conversation *by_id;
};

void joined_init(struct joined *joined);
void joined_release(struct joined *joined);
void joined_add(struct joined *joined, const char *conversation);
/* One less; nothing where it was not joined. Joins from before joined_begin_anew go first. */
void joined_remove(struct joined *joined, const char *conversation);
/* Nobody has joined anything; but whoever had still leaves, some of them late. */
void joined_begin_anew(struct joined *joined);
/* `conversation` need not end in NUL. */
bool joined_has(const struct joined *joined, const char *conversation, size_t len);

#endif
