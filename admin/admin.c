#include "admin/admin.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/database.h"
#include "common/memory.h"
#include "common/schema.h"

static void say(const struct admin *admin, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void say(const struct admin *admin, const char *format, va_list args)
{
    fputs("belfry: ", admin->err);
    vfprintf(admin->err, format, args);
    fputc('\n', admin->err);
}

void admin_say(const struct admin *admin, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(admin, format, args);
    va_end(args);
}

int admin_refuse(const struct admin *admin, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(admin, format, args);
    va_end(args);
    return ADMIN_REFUSED;
}

int admin_misuse(const struct admin *admin, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(admin, format, args);
    va_end(args);
    return ADMIN_MISUSED;
}

/* Opens a file that must be there; `advice` is a sentence for where it is not, with its path. */
static int open_present(
    const struct admin *admin, const char *path, sqlite3 **db, const char *what, const char *how)
{
    struct reason why;
    *db = NULL;
    if (access(path, F_OK) < 0 && errno == ENOENT) {
        admin_say(admin, "no %s at %s: make one with `belfry init %s--database %s`", what, path,
            how, admin->config.database);
        return -1;
    }
    if (database_open(path, DATABASE_OWN, (int)admin->config.queue.busy_timeout, db, &why) < 0) {
        admin_say(admin, "%s", why.text);
        return -1;
    }
    return 0;
}

int admin_open_queue(const struct admin *admin, sqlite3 **db)
{
    struct reason why;
    const char *path = admin->config.database;
    if (open_present(admin, path, db, "queue", "") < 0)
        return -1;
    if (schema_check_queue(*db, path, &why) < 0) {
        admin_say(admin, "%s", why.text);
        database_close(db);
        return -1;
    }
    return 0;
}

char *admin_sessions_path(const struct admin *admin)
{
    char *path = config_session_database(&admin->config);
    if (path)
        return path;
    const char *queue = admin->config.database;
    const char *slash = strrchr(queue, '/');
    int folder = slash ? (int)(slash - queue + 1) : 0;
    if (asprintf(&path, "%.*ssessions.db", folder, queue) < 0)
        abort();
    return path;
}

int admin_open_sessions(const struct admin *admin, sqlite3 **db)
{
    struct reason why;
    char *path = admin_sessions_path(admin);
    int result = open_present(admin, path, db, "sessions file", "--sessions ");
    if (result == 0 && schema_check_sessions(*db, path, &why) < 0) {
        admin_say(admin, "%s", why.text);
        database_close(db);
        result = -1;
    }
    free(path);
    return result;
}

const char *admin_complaint(const struct reason *why)
{
    static const char before[] = "CHECK constraint failed: ";
    const char *found = strstr(why->text, before);
    return found ? found + strlen(before) : why->text;
}

void admin_print_json(const struct admin *admin, json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT);
    fprintf(admin->out, "%s\n", line ? line : "{}");
    free(line);
    json_decref(object);
}
