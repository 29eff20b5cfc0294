#include "admin/backup_content.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/database.h"

#define PARTS 4

static const struct {
    const char *sql, *one, *many;
    size_t offset;
    const char *before; /* in a sentence */
} parts[PARTS] = {
    {"SELECT count(*) FROM notifications", "notification", "notifications",
        offsetof(struct backup_content, notifications), ""},
    {"SELECT count(*) FROM broadcasts", "broadcast", "broadcasts",
        offsetof(struct backup_content, broadcasts), ", "},
    {"SELECT count(*) FROM conversations", "conversation", "conversations",
        offsetof(struct backup_content, conversations), ", "},
    {"SELECT count(*) FROM messages", "message", "messages",
        offsetof(struct backup_content, messages), " and "},
};

static int64_t count_of(const struct backup_content *content, size_t part)
{
    int64_t count;

    memcpy(&count, (const char *)content + parts[part].offset, sizeof count);
    return count;
}

int backup_content_count(sqlite3 *db, struct backup_content *content, struct reason *why)
{
    for (size_t i = 0; i < PARTS; i++) {
        int64_t count;

        if (database_integer(db, parts[i].sql, 0, &count, why) < 0)
            return -1;
        memcpy((char *)content + parts[i].offset, &count, sizeof count);
    }
    return 0;
}

const char *backup_content_words(
    const struct backup_content *content, char out[BACKUP_CONTENT_WORDS])
{
    size_t len = 0;

    for (size_t i = 0; i < PARTS; i++) {
        int64_t count = count_of(content, i);

        len += (size_t)snprintf(out + len, BACKUP_CONTENT_WORDS - len, "%s%" PRId64 " %s",
            parts[i].before, count, count == 1 ? parts[i].one : parts[i].many);
    }
    return out;
}

void backup_content_json(const struct backup_content *content, json_t *object)
{
    for (size_t i = 0; i < PARTS; i++)
        json_object_set_new(object, parts[i].many, json_integer(count_of(content, i)));
}
