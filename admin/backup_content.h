/*
 * backup_content: how much there is in a queue, or in a backup of one, for
 * people and for programs.
 */
#ifndef BELFRY_ADMIN_BACKUP_CONTENT_H
#define BELFRY_ADMIN_BACKUP_CONTENT_H

#include <jansson.h>
#include <sqlite3.h>
#include <stdint.h>

#include "common/reason.h"

/* Room for the words. */
#define BACKUP_CONTENT_WORDS 160

struct backup_content {
    int64_t notifications, broadcasts, conversations, messages;
};

/* 0, or -1 with the reason. */
int backup_content_count(sqlite3 *db, struct backup_content *content, struct reason *why);
/* "1 notification, 0 broadcasts, …". Returns out. */
const char *backup_content_words(
    const struct backup_content *content, char out[BACKUP_CONTENT_WORDS]);
/* Sets a member of the object for each. */
void backup_content_json(const struct backup_content *content, json_t *object);

#endif
