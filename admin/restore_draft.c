#include "admin/restore_draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/database_copy.h"
#include "common/database.h"
#include "common/schema.h"

/* Into the draft, from the queue as it is now. */
static const char *const keep_sql[] = {
    "INSERT INTO main.revocations SELECT * FROM queue.revocations AS now WHERE NOT EXISTS"
    " (SELECT 1 FROM main.revocations AS old"
    " WHERE old.user_id = now.user_id AND old.not_before >= now.not_before)",
    "INSERT OR IGNORE INTO main.belfry_meta"
    " SELECT * FROM queue.belfry_meta WHERE key GLOB 'session_over.*'",
    "UPDATE main.publish_keys SET revoked_at ="
    " (SELECT revoked_at FROM queue.publish_keys AS now WHERE now.hash = publish_keys.hash)"
    " WHERE revoked_at IS NULL",
};

static int draft_create(struct restore_draft *draft, const char *queue, struct reason *why)
{
    if (asprintf(&draft->path, "%s.restore-%ld", queue, (long)getpid()) < 0)
        abort();
    int fd = open(draft->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return reason_set(why, "%s: %s", draft->path, strerror(errno));
    close(fd);
    return 0;
}

static int draft_connect(struct restore_draft *draft, struct reason *why)
{
    database_close(&draft->db);
    if (sqlite3_open_v2(draft->path, &draft->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return database_reason(draft->db, why, "opening the draft");
    return 0;
}

/* Copies the backup. What keeps its page size cannot take over another. */
static int draft_fill(struct restore_draft *draft, const struct admin *admin, sqlite3 *backup,
    int64_t page_size, struct reason *why)
{
    char sql[128];
    int64_t size;

    if (draft_connect(draft, why) < 0 ||
        database_exec(draft->db, "PRAGMA journal_mode = OFF", why) < 0 ||
        database_copy(admin, backup, draft->db, 0, why) < 0 || draft_connect(draft, why) < 0 ||
        database_exec(
            draft->db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE", why) < 0 ||
        database_integer(draft->db, "PRAGMA page_size", 0, &size, why) < 0)
        return -1;
    if (page_size == 0 || size == page_size)
        return 0;
    snprintf(sql, sizeof sql, "PRAGMA page_size = %lld; VACUUM", (long long)page_size);
    return database_exec(draft->db, sql, why);
}

static int draft_keep(struct restore_draft *draft, const char *queue, struct reason *why)
{
    sqlite3_stmt *attach = NULL;
    int result = 0;

    if (sqlite3_prepare_v2(draft->db, "ATTACH ? AS queue", -1, &attach, NULL) == SQLITE_OK)
        database_bind(attach, 1, queue);
    if (!attach || sqlite3_step(attach) != SQLITE_DONE)
        result = database_reason(draft->db, why, "reading the queue as it is");
    sqlite3_finalize(attach);
    for (size_t i = 0; i < sizeof keep_sql / sizeof *keep_sql && result == 0; i++)
        result = database_exec(draft->db, keep_sql[i], why);
    if (result == 0)
        result = database_exec(draft->db, "DETACH queue", why);
    return result;
}

int restore_draft_make(struct restore_draft *draft, const struct admin *admin, sqlite3 *backup,
    const char *queue, int64_t page_size, bool keeps, struct reason *why)
{
    *draft = (struct restore_draft){.db = NULL};
    if (draft_create(draft, queue, why) < 0 ||
        draft_fill(draft, admin, backup, page_size, why) < 0 || draft_connect(draft, why) < 0 ||
        schema_init_queue(draft->db, draft->path, why) < 0 ||
        schema_rename_queue(draft->db, why) < 0)
        return -1;
    return keeps ? draft_keep(draft, queue, why) : 0;
}

void restore_draft_remove(struct restore_draft *draft)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char *name;

    database_close(&draft->db);
    for (size_t i = 0; draft->path && i < sizeof endings / sizeof *endings; i++) {
        if (asprintf(&name, "%s%s", draft->path, endings[i]) < 0)
            abort();
        unlink(name);
        free(name);
    }
    if (draft->path && asprintf(&name, "%s.before-v%d", draft->path, SCHEMA_VERSION) >= 0) {
        unlink(name);
        free(name);
    }
    free(draft->path);
}
