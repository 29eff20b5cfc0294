/*
 * backup: `belfry backup`, a copy of the queue while others use it.
 *
 * The copy is made under another name and gets its own once it is complete and
 * on the disk, so it is whole or not there.
 */
#ifndef BELFRY_ADMIN_BACKUP_H
#define BELFRY_ADMIN_BACKUP_H

#include "admin/command.h"
#include "common/buf.h"

extern const struct command backup_command;

/* What a queue has, for people and programs. */
struct backup_content {
    int64_t notifications, broadcasts, conversations, messages;
};

/* 0, or -1 with the reason. */
int backup_count(sqlite3 *db, struct backup_content *content, struct reason *why);
/* Adds "1 notification, 0 broadcasts, …". */
void backup_content_words(const struct backup_content *content, struct buf *out);
/* Sets a member of the object for each. */
void backup_content_json(const struct backup_content *content, json_t *object);

#endif
