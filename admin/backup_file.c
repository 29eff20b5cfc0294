#include "admin/backup_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "admin/database_copy.h"
#include "common/buf.h"
#include "common/database.h"
#include "common/schema.h"

#define URI_MAX 16384

/* What stands in a file beside it belongs to it, and would be left out. */
static int check_beside(const char *path, struct reason *why)
{
    static const char *const endings[] = {"-wal", "-journal"};
    char name[4096];
    struct stat status;

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        if (lstat(name, &status) == 0 && status.st_size > 0)
            return reason_set(why,
                "%s: is a database in use, or a copy of one without what is in its %s: make a "
                "backup of it with `belfry backup`",
                path, endings[i]);
    }
    return 0;
}

static int open_immutable(const char *path, sqlite3 **db, struct reason *why)
{
    struct buf uri;

    buf_init(&uri, URI_MAX);
    buf_add_text(&uri, "file:");
    for (const char *at = path; *at; at++) {
        if (strchr("?#%", *at))
            buf_addf(&uri, "%%%02X", (unsigned char)*at);
        else
            buf_add_char(&uri, *at);
    }
    buf_add_text(&uri, "?immutable=1");
    int code = sqlite3_open_v2(uri.data, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    buf_release(&uri);
    if (code == SQLITE_OK)
        return 0;
    return reason_set(why, "%s: %s", path, strerror(errno));
}

static int check_kind(sqlite3 *db, const char *path, struct reason *why)
{
    int64_t id;

    if (database_integer(db, "PRAGMA application_id", 0, &id, why) < 0)
        return reason_prefix(why, "%s: ", path);
    if (id != SCHEMA_APPLICATION_ID)
        return reason_set(why, "%s: is no backup of a queue of Belfry", path);
    return database_copy_check(db, true, why) < 0 ? reason_prefix(why, "%s: ", path) : 0;
}

int backup_file_open(const char *path, sqlite3 **db, struct reason *why)
{
    struct stat status;

    *db = NULL;
    if (stat(path, &status) < 0)
        return reason_set(why, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode) || status.st_size == 0)
        return reason_set(why, "%s: is no backup of a queue of Belfry", path);
    if (check_beside(path, why) == 0 && open_immutable(path, db, why) == 0 &&
        check_kind(*db, path, why) == 0)
        return 0;
    database_close(db);
    return -1;
}
