/* What `belfry doctor` sees in the queue and around it. */
#include "admin/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "build-config.h"

#include "admin/identity.h"
#include "admin/place.h"
#include "common/database.h"
#include "common/database_url.h"
#include "common/filesystem.h"
#include "common/schema.h"
#ifdef WITH_POSTGRESQL
#include "common/postgres_examine.h"
#include "common/sql_postgres.h"
#endif

#define MEGABYTE ((uint64_t)1 << 20)
/* Less than this is too little for any queue. */
#define SPACE_MIN (100 * MEGABYTE)

static const char mend_file[] =
    "make the queue with `belfry init`, or set `database` to where it is; if it is damaged, stop "
    "everything that uses it, and `belfry restore` a backup";
static const char mend_server[] =
    "see that the server runs, that `database` names it and a login that may use the queue, and "
    "that `belfry init` was run: belfry-postgres(7)";

#ifdef WITH_POSTGRESQL
static void take_advice(void *context, const char *sentence)
{
    doctor_fault(context, "change that in PostgreSQL, as belfry-postgres(7) says", "%s", sentence);
}

static void examine_server(struct doctor *doctor, PGconn *conn)
{
    const struct config *config = &doctor->admin->config;
    const struct postgres_examination examination = {.url = config->database,
        .program = "belfry",
        .notify = config->queue.notify,
        .advise = take_advice,
        .context = doctor};
    char server[POSTGRES_SERVER_SIZE];
    struct reason why;

    postgres_server_name(conn, server);
    int advices = postgres_examine(conn, &examination, &why);
    if (advices < 0)
        doctor_fault(doctor, "see that the server answers, then run this again", "%s", why.text);
    else if (advices == 0)
        doctor_well(doctor, "%s, schema %d", server, SCHEMA_VERSION);
}
#endif

static void examine_file(struct doctor *doctor, sqlite3 *db)
{
    const char *path = doctor->admin->config.database;
    char type[FILESYSTEM_TYPE_SIZE] = "an unknown file system";
    sqlite3_stmt *statement = NULL;
    const char *mode = NULL;

    filesystem_type(path, type);
    if (sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        mode = database_text(statement, 0);
    if (filesystem_is_shared(type))
        doctor_fault(doctor, "move the queue to a disk of this machine, and set `database`",
            "%s is on %s, which several machines may have open", path, type);
    else if (!mode || strcmp(mode, "wal") != 0)
        doctor_fault(doctor, "run `belfry init`, which puts it back into WAL mode",
            "%s is in journal mode %s, in which readers and writers wait for each other", path,
            mode ? mode : "unknown");
    else
        doctor_well(doctor, "%s, schema %d, WAL, on %s, SQLite %s", path, SCHEMA_VERSION, type,
            sqlite3_libversion());
    sqlite3_finalize(statement);
}

void doctor_database(struct doctor *doctor)
{
    struct sql *queue;
    struct reason why;

    if (admin_try_queue(doctor->admin, &queue, &why) < 0)
        doctor_fault(doctor,
            database_url_is(doctor->admin->config.database) ? mend_server : mend_file, "%s",
            why.text);
    else if (sql_sqlite(queue))
        examine_file(doctor, sql_sqlite(queue));
#ifdef WITH_POSTGRESQL
    else
        examine_server(doctor, sql_postgres(queue));
#endif
    sql_close(&queue);
    identity_restore();
}

/* ---- the rights ---- */

static bool may_write(const char *path)
{
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

/* As the owner, if root runs this. Returns the path that cannot be written, malloc()ed, or NULL. */
static char *find_unwritable(const char *path, const char *folder)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char *name;

    if (!may_write(folder))
        return strdup(folder);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (asprintf(&name, "%s%s", path, endings[i]) < 0)
            abort();
        if (access(name, F_OK) == 0 && !may_write(name))
            return name;
        free(name);
    }
    return NULL;
}

static void tell_rights(struct doctor *doctor, const char *path, const char *folder)
{
    char *unwritable = find_unwritable(path, folder);
    struct stat status;

    if (unwritable)
        doctor_fault(doctor,
            "give the folder and its files to the user that the gateway runs as, and to the group "
            "of "
            "those who publish: belfry init --owner belfry --group belfry-publish",
            "%s cannot be written by %s", unwritable,
            getuid() == 0 ? "the owner of the queue" : "the user who runs this");
    else if (stat(path, &status) == 0 && (status.st_mode & 0006))
        doctor_fault(doctor, "take that right away: chmod o= on the file and its folder",
            "everybody on this machine may %s %s", status.st_mode & 0002 ? "write" : "read", path);
    else
        doctor_well(doctor, "the queue and its folder can be written by their owner");
    free(unwritable);
}

void doctor_rights(struct doctor *doctor)
{
    const char *path = doctor->admin->config.database;
    struct reason why;

    /* Of PostgreSQL, the check of the database has said it; a file that is missing, too. */
    if (database_url_is(path) || access(path, F_OK) < 0)
        return;
    char *folder = place_folder(path);
    if (identity_take(path, &why) < 0)
        doctor_fault(doctor, "make it a file of the user belfry", "%s", why.text);
    else
        tell_rights(doctor, path, folder);
    identity_restore();
    free(folder);
}

/* ---- the space ---- */

void doctor_space(struct doctor *doctor)
{
    const char *path = doctor->admin->config.database;
    struct statvfs space;
    struct stat status;

    if (database_url_is(path) || stat(path, &status) < 0 || statvfs(path, &space) < 0)
        return;
    uint64_t free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
    uint64_t wanted = (uint64_t)status.st_size / 2;
    if (free_bytes < (wanted > SPACE_MIN ? wanted : SPACE_MIN))
        doctor_fault(doctor,
            "make room: delete what is old with `belfry queue purge`, or what else is on that disk",
            "%" PRIu64 " MB are free beside the queue, which has %" PRIu64 " MB",
            free_bytes / MEGABYTE, (uint64_t)status.st_size / MEGABYTE);
    else if (space.f_files > 0 && space.f_favail < 100)
        doctor_fault(doctor, "delete files on that disk", "%" PRIu64 " more files fit on the disk",
            (uint64_t)space.f_favail);
    else
        doctor_well(doctor, "%" PRIu64 " MB are free, and the queue has %" PRIu64 " MB",
            free_bytes / MEGABYTE, (uint64_t)status.st_size / MEGABYTE);
}
