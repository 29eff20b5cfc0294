/*
 * restore_draft: what will be restored, in a file of its own beside the queue,
 * where it is migrated and completed before anybody sees it.
 */
#ifndef BELFRY_ADMIN_RESTORE_DRAFT_H
#define BELFRY_ADMIN_RESTORE_DRAFT_H

#include <sqlite3.h>
#include <stdint.h>

#include "admin/admin.h"

struct restore_draft {
    char *path;
    sqlite3 *db;
};

/* Copies the backup into a draft for the queue at that path, as whoever runs this. `page_size` is
 * that of the queue, which its file keeps; 0: any. `keeps` says whether the queue has rows that
 * must stay. 0, or -1 with the reason; restore_draft_remove in both cases. */
int restore_draft_make(struct restore_draft *draft, const struct admin *admin, sqlite3 *backup,
    const char *queue, int64_t page_size, bool keeps, struct reason *why);
/* Closes it and deletes its files. */
void restore_draft_remove(struct restore_draft *draft);

#endif
